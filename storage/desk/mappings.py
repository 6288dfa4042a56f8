"""The files of columns that staff keep: the sheets of platforms, and how their exports are read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, delete, insert, select

from bot.curated import Columns
from storage.desk_tables import mappings
from storage.faults import transaction

m = mappings.c


class Mappings:
    """By direction, "out" or "in", and name. Blocking calls."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def every(self, direction: str) -> list[Columns]:
        """In the order of their names."""
        wanted = select(mappings).where(m.direction == direction).order_by(m.name)
        with transaction(self._engine, writing=False) as connection:
            return [_columns(row) for row in connection.execute(wanted)]

    def get(self, direction: str, name: str) -> Columns | None:
        wanted = select(mappings).where(m.direction == direction, m.name == name)
        with transaction(self._engine, writing=False) as connection:
            row = connection.execute(wanted).one_or_none()
        return _columns(row) if row else None

    def keep(self, direction: str, one: Columns) -> bool:
        """Keep this one in the place of the one of that name: whether it is new."""
        row = {
            "direction": direction, "name": one.name, "text": one.text,
            "changed_by": one.changed_by, "changed_on": one.changed_on,
        }  # fmt: skip
        with transaction(self._engine) as connection:
            before = connection.execute(_gone(direction, one.name)).rowcount
            connection.execute(insert(mappings), row)
        return not before

    def remove(self, direction: str, name: str) -> bool:
        """Whether it was there."""
        with transaction(self._engine) as connection:
            return bool(connection.execute(_gone(direction, name)).rowcount)


def _gone(direction: str, name: str) -> Any:
    return delete(mappings).where(m.direction == direction, m.name == name)


def _columns(row: Any) -> Columns:
    return Columns(row.name, row.text, row.changed_by, row.changed_on)
