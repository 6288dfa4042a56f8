"""One of ours and one of another platform: the same, or not, as staff said."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Engine, delete, insert, select

from bot.curated import Matched
from storage.desk_tables import pairs
from storage.faults import transaction
from storage.moderation.codings import number_of
from storage.moderation.curated import reference
from storage.tables import contributions

p, c = pairs.c, contributions.c


class Pairs:
    """They go with ours; they stay when the platform's is read again. Blocking calls."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def say(self, ours: str, theirs: str, same: bool | None, who: str, on: date) -> bool:
        """None: not decided any more. False when ours is no longer there."""
        number, (source, _, id) = number_of(ours), theirs.partition(":")
        its = (p.contribution == number, p.source == source, p.id_source == id)
        owner = select(c.conversation_id).where(c.number == number)
        with transaction(self._engine) as connection:
            connection.execute(delete(pairs).where(*its))
            conversation = connection.scalar(owner)
            if conversation is not None and same is not None:
                row = {
                    "contribution": number, "conversation_id": conversation, "source": source,
                    "id_source": id, "same": same, "decided_by": who, "decided_on": on,
                }  # fmt: skip
                connection.execute(insert(pairs), row)
        return conversation is not None

    def every(self) -> Mapping[tuple[str, str], Matched]:
        """By the references of both."""
        wanted = select(pairs, c.kind).join(contributions, c.number == p.contribution)
        found = {}
        with transaction(self._engine, writing=False) as connection:
            for row in connection.execute(wanted.order_by(p.contribution, p.source, p.id_source)):
                ours = reference(row.kind, row.contribution)
                theirs = f"{row.source}:{row.id_source}"
                found[ours, theirs] = Matched(
                    ours, theirs, row.same, row.decided_by, row.decided_on
                )
        return found
