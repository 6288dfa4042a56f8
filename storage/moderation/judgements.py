"""Which contributions each coder judged: those they coded, those they read with nothing to code."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, Select, delete, func, insert, select, union

from bot.curated import Reading
from bot.errors import CodebookError
from storage.desk_tables import codings, readings
from storage.faults import transaction
from storage.moderation.codings import UNKNOWN, number_of, reference_of
from storage.tables import contributions

CODED = "Vous avez déjà donné un thème ici. Retirez-le d'abord, ou passez à la suivante."

v, r, n = codings.c, readings.c, contributions.c.number
_owner = select(contributions.c.conversation_id)


class Judgements:
    """One per coder and contribution. A passage to be coded again is none."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self, reference: str, reading: Reading) -> bool:
        """Whether it was not known yet that this coder found nothing to code.

        Raises CodebookError where they coded, or where the contribution went.
        """
        number = number_of(reference)
        with transaction(self._engine) as connection:
            owner = connection.execute(_owner.where(n == number)).one_or_none()
            if owner is None:
                raise CodebookError(UNKNOWN)
            coded = select(v.id).where(
                v.contribution == number, v.coder == reading.coder, v.start < v.end
            )
            if connection.execute(coded.limit(1)).one_or_none() is not None:
                raise CodebookError(CODED)
            mine = select(r.coder).where(r.contribution == number, r.coder == reading.coder)
            if connection.execute(mine).one_or_none() is not None:
                return False
            row = {
                "contribution": number, "conversation_id": owner.conversation_id,
                "coder": reading.coder, "read_on": reading.on,
            }  # fmt: skip
            connection.execute(insert(readings), row)
            return True

    def unread(self, reference: str, coder: str) -> bool:
        """Whether there was such a reading to take away."""
        mine = (r.contribution == number_of(reference)) & (r.coder == coder)
        with transaction(self._engine) as connection:
            return bool(connection.execute(delete(readings).where(mine)).rowcount)

    def readers(self, reference: str) -> list[str]:
        """The coders who found nothing to code in this contribution."""
        mine = select(r.coder).where(r.contribution == number_of(reference)).order_by(r.coder)
        with transaction(self._engine, writing=False) as connection:
            return list(connection.scalars(mine))

    def progress(self) -> Mapping[str, int]:
        """By coder, how many contributions they judged: coded, or read with nothing to code."""
        judged = union(
            select(v.coder, v.contribution).where(v.start < v.end), select(r.coder, r.contribution)
        ).subquery()
        counted = select(judged.c.coder, func.count()).group_by(judged.c.coder)
        with transaction(self._engine, writing=False) as connection:
            return {row[0]: row[1] for row in connection.execute(counted.order_by(judged.c.coder))}

    def judged(self, coder: str) -> int:
        """How many contributions this coder judged."""
        mine = union(
            select(v.contribution).where(v.coder == coder, v.start < v.end),
            select(r.contribution).where(r.coder == coder),
        ).subquery()
        with transaction(self._engine, writing=False) as connection:
            return connection.scalar(select(func.count()).select_from(mine)) or 0

    def given(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """By coder, by contribution they judged, the codes given there: none is a judgement too."""
        coded: Select[Any] = (
            select(v.coder, v.contribution, contributions.c.kind, v.code)
            .join(contributions, contributions.c.number == v.contribution)
            .where(v.start < v.end)
            .distinct()
            .order_by(v.coder, v.contribution)
        )
        read: Select[Any] = (
            select(r.coder, r.contribution, contributions.c.kind)
            .join(contributions, contributions.c.number == r.contribution)
            .order_by(r.coder, r.contribution)
        )
        found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        with transaction(self._engine, writing=False) as connection:
            for row in connection.execute(coded):
                found[row.coder][reference_of(row.kind, row.contribution)].add(row.code)
            for row in connection.execute(read):
                found[row.coder][reference_of(row.kind, row.contribution)].update()
        return {
            coder: {reference: frozenset(codes) for reference, codes in references.items()}
            for coder, references in found.items()
        }
