"""How often somebody did something: who (a keyed hash), how many at most, in how long.

One table for sign-ins, return codes and conversations opened, whichever server is asked. What is
counted is locked until the transaction ends: a hundred at once are a hundred.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from storage.statements import insert_once
from storage.tables import tries

_one: Any = tries.c.who == bindparam("one")
_any: Any = tries.c.who.in_(bindparam("whose", expanding=True))
_locked = select(tries).where(_any).order_by(tries.c.who).with_for_update()
_change = (
    update(tries)
    .where(_one)
    .values(number=bindparam("n"), until=bindparam("til"), ends=bindparam("end"))
)
_over = select(tries.c.who).where(tries.c.ends < bindparam("now"))
_forget = delete(tries).where(tries.c.who.in_(_over.with_for_update(skip_locked=True)))
_remove = delete(tries).where(_any)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in this window, from the first; then one waits for its end, or for `wait` seconds.

    With `longest`, each one more doubles the wait, and only a window without any ends the count.
    """

    most: int
    window: float  # seconds
    wait: float = 0.0
    longest: float = 0.0

    def after(self, number: int, ends: float, now: float) -> tuple[float, float]:
        """When one more is looked at, and when the count ends, `number` having been counted."""
        if number == 1 or self.longest:
            ends = now + self.window
        if number < self.most:
            return 0.0, ends
        wait = self.wait
        if self.longest:
            wait = min(wait * 2.0 ** min(number - self.most, 20), self.longest)
        until = now + wait if wait else ends
        return until, max(ends, until)


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted so far, by who, and the seconds before one more is looked at."""

    rows: tuple[Any, ...]
    wait: float


def look(connection: Connection, whose: Mapping[str, Limit], now: float) -> Count:
    """Locked, always in the same order: two orders would end in a deadlock."""
    once = insert_once(connection.dialect, tries)
    for who in sorted(whose):
        connection.execute(once, {"who": who, "number": 0, "until": 0.0, "ends": 0.0})
    rows = tuple(connection.execute(_locked, {"whose": list(whose)}))
    return Count(rows, max(0.0, max(row.until for row in rows) - now))


def one_more(connection: Connection, whose: Mapping[str, Limit], count: Count, now: float) -> None:
    """Counted for each of them."""
    for row in count.rows:
        number = 1 if row.ends <= now else row.number + 1
        until, ends = whose[row.who].after(number, row.ends, now)
        connection.execute(_change, {"one": row.who, "n": number, "til": until, "end": ends})


def take(connection: Connection, whose: Mapping[str, Limit], now: float) -> float:
    """0: one more was counted. Else the seconds to wait, and nothing is."""
    count = look(connection, whose, now)
    if not count.wait:
        one_more(connection, whose, count, now)
    return count.wait


def forget(connection: Connection, *whose: str) -> None:
    """Whatever was counted for these."""
    connection.execute(_remove, {"whose": list(whose)})


def forget_what_is_over(connection: Connection, now: float) -> int:
    """Every count that ended, whoever it is of: how many."""
    return connection.execute(_forget, {"now": now}).rowcount
