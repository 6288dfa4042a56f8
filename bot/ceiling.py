"""How many turns one person may take in a minute.

Each process counts what it saved; near the ceiling, the memory says what all of them saved.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime
from time import monotonic

from bot.errors import TooFast

MINUTE = 60.0
REMEMBERED = 10_000  # persons
SERVERS = 8  # that may share a database
FLOOD = 4  # times the ceiling: so many messages are not even read

Person = tuple[str, str]  # channel, sender


class Ceiling:
    """Counts turns saved; a message that comes again is not a turn, but it is an attempt."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self.per_minute = per_minute
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

    def near(self, person: Person) -> bool:
        """Whether other servers may have saved the rest of what this person is allowed."""
        return self._turns.done(person) * SERVERS >= self.per_minute

    def check_since(self, saved: datetime | None, now: datetime) -> None:
        """`saved`: when the turn was that stands `per_minute` turns back. Raises TooFast."""
        if saved is not None and 0 <= (spent := (now - saved).total_seconds()) < MINUTE:
            raise TooFast(MINUTE - spent)


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

    def done(self, person: Person) -> int:
        """How many times in the last minute."""
        now = self._clock()
        return sum(now - at < MINUTE for at in self._done.get(person, ()))

    def count(self, person: Person) -> None:
        done = self._done.pop(person, None) or deque[float]()
        done.append(self._clock())
        self._done[person] = done
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)
