"""What the overview of the desk reads: everybody, a day at a time; and who is hoped for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Engine, LargeBinary, delete, func, insert, select

from bot.model import Participation
from storage import reading
from storage.desk.marks import NONCE
from storage.desk_tables import targets
from storage.faults import transaction
from storage.sealing.keys import Keys
from storage.tables import conversations

t, c = targets.c, conversations.c
_stands = (
    select(c.started_on, c.id, c.status, func.substr(c.state, 1, NONCE, type_=LargeBinary))
    .order_by(c.started_on, c.id)
    .execution_options(yield_per=1_000)
)


class Overview:
    """Everybody, and the targets of staff. Blocking calls."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys

    def days(self) -> dict[date, str]:
        """The days on which somebody began, oldest first, and how everybody of each day stands.

        What is sealed never has the same bytes twice: a day that says the same was not touched.
        """
        hashes: dict[date, Any] = {}
        with transaction(self._engine, writing=False) as connection:
            for day, id, status, state in connection.execute(_stands):
                if day not in hashes:
                    hashes[day] = hashlib.sha256()
                hashes[day].update(f"{id}|{status}|".encode() + bytes(state))
        return {day: hashed.hexdigest() for day, hashed in hashes.items()}

    def of_day(self, day: date) -> Iterator[Participation]:
        """Every participation begun on this day, a page in memory at a time."""
        return reading.participations_of_day(self._engine, self._keys, day)

    def guides(self) -> list[tuple[str, str]]:
        """Every guide and version that somebody follows."""
        wanted = select(conversations.c.guide, conversations.c.version).distinct()
        with transaction(self._engine, writing=False) as connection:
            return sorted((row.guide, row.version) for row in connection.execute(wanted))

    def targets(self, guide: str) -> dict[tuple[str, str], int]:
        """By step and code, how many persons are hoped for."""
        wanted = select(targets).where(t.guide == guide).order_by(t.step, t.value)
        with transaction(self._engine, writing=False) as connection:
            return {(row.step, row.value): row.wanted for row in connection.execute(wanted)}

    def set_targets(self, guide: str, wanted: Mapping[tuple[str, str], int]) -> None:
        """These targets instead of those of this guide that were there."""
        rows = [
            {"guide": guide, "step": step, "value": value, "wanted": count}
            for (step, value), count in wanted.items()
        ]
        with transaction(self._engine) as connection:
            connection.execute(delete(targets).where(t.guide == guide))
            if rows:
                connection.execute(insert(targets), rows)
