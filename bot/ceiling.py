"""How many turns one person may take in a minute.

Each process counts what it saved; near the ceiling, the memory says what all of them saved. A
message counts in the minute in which it was sent, as its channel says: what waited for us is no
flood. Beyond the ceiling comes a minute of rest, so that what is not kept is one piece.
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
    """Counts turns saved; a message that comes again is not a turn, but it is an attempt.

    `ago`: how many seconds ago the message was sent.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self.per_minute = per_minute
        self._turns = Window(per_minute, clock)
        self._attempts = Window(FLOOD * per_minute, clock)

    def attempt(self, person: Person, ago: float = 0.0) -> None:
        """Before anything is understood. Raises TooFast for a flood."""
        self._attempts.take(person, ago)

    def give_back(self, person: Person) -> None:
        """The attempt failed for a fault of ours, and the same message comes again."""
        self._attempts.give_back(person)

    def check(self, person: Person, ago: float = 0.0) -> None:
        """Before a new turn. Raises TooFast when this person has to wait."""
        self._turns.check(person, ago)

    def count(self, person: Person, ago: float = 0.0) -> None:
        """A turn was saved."""
        self._turns.count(person, ago)

    def saved(self, person: Person) -> bool:
        """Whether a turn of this person was saved here, not long ago."""
        return self._turns.known(person)

    def near(self, person: Person, ago: float = 0.0) -> bool:
        """Whether other servers may have saved the rest of what this person is allowed."""
        return self._turns.done(person, ago) * SERVERS >= self.per_minute

    def check_since(self, burst: tuple[datetime, datetime] | None, sent: datetime) -> None:
        """`burst`: when the turn `per_minute` turns back was sent, and the last. Raises TooFast."""
        if burst is not None:
            start = burst[0]
            first, last, at = ((one - start).total_seconds() for one in (*burst, sent))
            _check(first, last, at)


class Window:
    """At most so many times in a minute, then a minute of rest. Several threads may ask."""

    def __init__(self, most: int, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._clock = most, clock
        self._done: OrderedDict[Person, deque[float]] = OrderedDict()

    def take(self, person: Person, ago: float = 0.0) -> None:
        """Check, then count."""
        self.check(person, ago)
        self.count(person, ago)

    def check(self, person: Person, ago: float = 0.0) -> None:
        """Raises TooFast when this person has to wait."""
        done = tuple(self._done.get(person, ()))
        if len(done) >= self._most:
            _check(done[0], done[-1], self._clock() - ago)

    def done(self, person: Person, ago: float = 0.0) -> int:
        """How many times in that minute."""
        at = self._clock() - ago
        return sum(abs(at - one) < MINUTE for one in tuple(self._done.get(person, ())))

    def count(self, person: Person, ago: float = 0.0) -> None:
        done = self._done.pop(person, None) or deque[float](maxlen=self._most)
        done.append(self._clock() - ago)
        self._done[person] = done
        if len(self._done) > REMEMBERED:
            self._done.popitem(last=False)

    def known(self, person: Person) -> bool:
        return bool(self._done.get(person))

    def give_back(self, person: Person) -> None:
        """The last one does not count."""
        if done := self._done.get(person):
            done.pop()


def _check(first: float, last: float, at: float) -> None:
    """The first and the last of as many as are allowed, and one more. Raises TooFast.

    Nothing says when a button was pressed: it counts now, even before a message of yesterday.
    """
    if 0 <= last - first < MINUTE and abs(at - last) < MINUTE:
        raise TooFast(MINUTE - (at - last))
