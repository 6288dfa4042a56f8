"""How many turns one person may take in a minute, in this process."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from time import monotonic

from bot.errors import TooFast

MINUTE = 60.0
REMEMBERED = 10_000  # persons
FLOOD = 4  # times the ceiling: so many messages are not even read

Person = tuple[str, str]  # channel, sender


class Ceiling:
    """Counts turns saved; a message that comes again is not a turn, but it is an attempt."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._turns = Window(per_minute, clock)
        self._attempts = Window(FLOOD * per_minute, clock)

    def attempt(self, person: Person) -> None:
        """Before anything is understood. Raises TooFast for a flood."""
        self._attempts.check(person)
        self._attempts.count(person)

    def check(self, person: Person) -> None:
        """Before a new turn. Raises TooFast when this person has to wait."""
        self._turns.check(person)

    def count(self, person: Person) -> None:
        """A turn was saved."""
        self._turns.count(person)


class Window:
    """What each person did in the last minute, at most so many times. Several threads may ask."""

    def __init__(self, most: int, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._clock = most, clock
        self._done: OrderedDict[Person, deque[float]] = OrderedDict()

    def check(self, person: Person) -> None:
        """Raises TooFast when this person has to wait."""
        done, now = self._done.get(person, deque[float]()), self._clock()
        while done and now - done[0] >= MINUTE:
            done.popleft()
        if len(done) >= self._most:
            raise TooFast(MINUTE - (now - done[0]))

    def count(self, person: Person) -> None:
        done = self._done.pop(person, None) or deque[float]()
        done.append(self._clock())
        self._done[person] = done
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
