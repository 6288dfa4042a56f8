"""What the overview of the desk reads: everybody, streamed; and how many persons are hoped for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import Engine, delete, insert, select

from bot.model import Participation
from storage import reading
from storage.desk_tables import targets
from storage.faults import transaction
from storage.keys import Keys
from storage.tables import conversations

t = targets.c


class Overview:
    """Everybody, and the targets of staff. Blocking calls."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys

    def participations(self) -> Iterator[Participation]:
        """Every participation, oldest day first, a page in memory at a time."""
        return reading.participations(self._engine, self._keys)

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
