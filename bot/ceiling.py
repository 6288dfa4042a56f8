"""How many turns one person may take in a minute, in this process."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from time import monotonic

from bot.errors import TooFast

MINUTE = 60.0
REMEMBERED = 10_000  # persons


class Ceiling:
    """Counts turns taken; a message that comes again is not a turn."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._clock = per_minute, clock
        self._taken: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def check(self, person: tuple[str, str]) -> None:
        """Raises TooFast when this person has to wait."""
        taken = self._taken.get(person)
        if taken is None:
            return
        now = self._clock()
        while taken and now - taken[0] >= MINUTE:
            taken.popleft()
        if len(taken) >= self._most:
            raise TooFast(MINUTE - (now - taken[0]))

    def count(self, person: tuple[str, str]) -> None:
        self._taken.setdefault(person, deque()).append(self._clock())
        self._taken.move_to_end(person)
        if len(self._taken) > REMEMBERED:
            self._taken.popitem(last=False)
