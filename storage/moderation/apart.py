"""Contributions that look alike and are not: staff said so, and nobody asks again."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import Engine, insert, select

from bot.errors import CurationError
from storage.desk_tables import apart
from storage.faults import transaction
from storage.moderation.codings import number_of
from storage.tables import contributions


class Apart:
    """Remembers judgements: any two contributions of the same one are not the same. Blocking."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, references: Sequence[str], who: str, on: date) -> None:
        """From now on none of these is taken for another one of them. Raises CurationError."""
        numbers = {number_of(one) for one in references}
        judgement = secrets.token_hex(8)
        with transaction(self._engine) as connection:
            there = select(contributions.c.number).where(contributions.c.number.in_(numbers))
            known = sorted(connection.scalars(there).all())
            if len(known) < 2:
                raise CurationError("Ces contributions ne sont plus là. Rechargez la page.")
            its = {"judgement": judgement, "decided_by": who, "decided_on": on}
            connection.execute(insert(apart), [{"contribution": n, **its} for n in known])

    def of(self, numbers: Collection[int]) -> Mapping[int, frozenset[str]]:
        """The judgements in which each of these is."""
        found: dict[int, set[str]] = defaultdict(set)
        mine = select(apart.c.contribution, apart.c.judgement)
        with transaction(self._engine, writing=False) as connection:
            for number, judgement in connection.execute(
                mine.where(apart.c.contribution.in_(numbers))
            ):
                found[number].add(judgement)
        return {number: frozenset(its) for number, its in found.items()}
