"""How often a message that the memory refuses is asked for again, when the memory itself is well.

What can pass by itself (a database away, busy or full) waits. What is about one person or one
message only, such as a damaged row, would hold up everybody behind it for a day.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.errors import DatabaseFull, NoRoom, StorageError, TryLater, of_one

DELIVERIES = 5
SECONDS = 30.0
LONGER = 600.0  # for what mostly passes, and only if others were served meanwhile
UNWELL = 5.0  # seconds during which a memory found unwell is not looked at again
REMEMBERED = 10_000

Fault = StorageError | TryLater


@dataclass(slots=True)
class _Failing:
    since: float
    times: int = 0


class Patience:
    """Counts the deliveries of each update that failed while the memory was well."""

    def __init__(
        self,
        look: Callable[[], Awaitable[object]],
        *,
        deliveries: int = DELIVERIES,
        seconds: float = SECONDS,
        longer: float = LONGER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`look` reads the memory and tries to write in it. It raises StorageError."""
        self._look, self._clock = look, clock
        self._deliveries, self._seconds, self._longer = deliveries, seconds, longer
        self._failing: OrderedDict[int | None, _Failing] = OrderedDict()
        self._given_up: OrderedDict[str, None] = OrderedDict()  # persons
        self._served: dict[str, float] = {}  # the last two persons served, and when
        self._unwell_until = float("-inf")

    async def is_over(self, update: int | None, person: str, fault: Fault) -> bool:
        """Whether this update is to be set aside, after one more delivery that failed."""
        if isinstance(fault, DatabaseFull | NoRoom):
            return False
        if not await self._well():
            self._failing.pop(update, None)
            return False
        if of_one(fault) and person in self._given_up:
            return True
        now = self._clock()
        failing = self._failing.setdefault(update, _Failing(now))
        failing.times += 1
        _newest(self._failing, update)
        if failing.times < self._deliveries:
            return False
        if of_one(fault):
            return now - failing.since >= self._seconds
        others = any(at > failing.since for who, at in self._served.items() if who != person)
        return others and now - failing.since >= self._longer

    def given_up(self, update: int | None, person: str, fault: Fault) -> None:
        """It is set aside. What this person says next does not wait as long."""
        self._failing.pop(update, None)
        if of_one(fault):
            self._given_up[person] = None
            _newest(self._given_up, person)

    def went(self, update: int | None, person: str) -> None:
        """It is committed."""
        self._failing.pop(update, None)
        self._given_up.pop(person, None)
        self._served.pop(person, None)
        self._served[person] = self._clock()
        if len(self._served) > 2:
            del self._served[next(iter(self._served))]

    async def _well(self) -> bool:
        """Looked at after the failure; not by everybody at once while it is away."""
        if self._clock() < self._unwell_until:
            return False
        try:
            await self._look()
        except StorageError:
            self._unwell_until = self._clock() + UNWELL
            return False
        return True


def _newest(remembered: OrderedDict[Any, Any], key: int | str | None) -> None:
    remembered.move_to_end(key)
    if len(remembered) > REMEMBERED:
        remembered.popitem(last=False)
