"""How many conversations one address opens in an hour, whichever server it asks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from storage.keys import Keys
from storage.statements import insert_once
from storage.tables import tries

HOUR = 3600.0

_this: Any = tries.c.who == bindparam("one")
_count = select(tries).where(_this).with_for_update()
_change = update(tries).where(_this).values(wrong=bindparam("wrong"), until=bindparam("until"))


def count(connection: Connection, keys: Keys, address: str, most: int, now: float) -> float:
    """0: one more was counted. Else the seconds to wait, and nothing is. Only a hash is kept."""
    who = keys.trying(f"opening {address}")
    once = insert_once(connection.dialect, tries)
    connection.execute(once, {"who": who, "wrong": 0, "until": 0.0})
    row = connection.execute(_count, {"one": who}).one()
    fresh = row.until <= now
    if not fresh and row.wrong >= most:
        return float(row.until - now)
    opened = 1 if fresh else row.wrong + 1
    new = {"one": who, "wrong": opened, "until": now + HOUR if fresh else row.until}
    connection.execute(_change, new)
    return 0.0
