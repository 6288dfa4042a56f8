"""Groups of contributions that say nearly the same: looked for in the background, kept in memory.

What is shown is always of now: the groups say which contributions to look at, the search says how
they stand, and staff which ones are not the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from bot.background import Background, Stopped
from bot.finding import Alike, Group, Near
from storage.moderation.apart import Apart
from storage.moderation.nearly import Said, groups, likeness, plain
from storage.search.searching import Searching

A_SCREEN = 3  # groups
MOST = 200  # contributions of a group shown, and joined, at once
READ = 500  # texts read at a time
STALE = timedelta(minutes=15)

log = structlog.get_logger(__name__)


class Lookalikes:
    """The groups as they were found, and how they stand. May be asked from any thread."""

    def __init__(
        self,
        search: Searching,
        apart: Apart,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._search, self._apart, self._now = search, apart, now
        self._background = Background("alike", self._work)
        self.wait, self.close = self._background.wait, self._background.stop
        self._groups: list[tuple[int, ...]] = []
        self._found_at: datetime | None = None
        self.seconds = 0.0  # taken by the last look

    @property
    def running(self) -> bool:
        return self._background.running

    def look(self, *, again: bool = False) -> None:
        """Look for them, when that was never done, or not lately."""
        if again or self._found_at is None or self._now() - self._found_at > STALE:
            self._background.start()

    def count(self) -> int | None:
        """How many groups are left to judge; None when nobody looked for them yet."""
        if self._found_at is None:
            return None
        return len(self._left()[0])

    def screen(self, after: int = 0) -> Alike:
        """Some groups, the largest first, from this place in the list."""
        left, judged = self._left()
        shown: list[Group] = []
        following = None
        for place, one in left:
            if place < after:
                continue
            if len(shown) >= A_SCREEN:
                following = place
                break
            shown += self._now_of(one, judged)
        return Alike(tuple(shown), len(left), following, self._found_at, self.running)

    def _left(self) -> tuple[list[tuple[int, list[int]]], Mapping[int, frozenset[str]]]:
        """The groups that still are some, by place; who was told apart."""
        every = self._groups
        standing = self._search.standing() if every else set[int]()
        left = [
            (place, [number for number in one if number in standing])
            for place, one in enumerate(every)
        ]
        left = [(place, one) for place, one in left if len(one) > 1]
        judged = self._apart.of([number for _, one in left for number in one]) if left else {}
        left = [
            (place, one)
            for place, one in left
            if not frozenset.intersection(*(judged.get(n, frozenset()) for n in one))
        ]
        return left, judged

    def _now_of(self, numbers: Sequence[int], judged: Mapping[int, frozenset[str]]) -> list[Group]:
        """What is left of a group: one, or several once some of it was told apart."""
        rest = self._search.these(numbers)
        found = []
        while len(rest) > 1:
            first, others, apart = rest[0], list[Near](), list[Near]()
            said, its = plain(first.text), judged.get(first.number, frozenset())
            for one in rest[1:]:
                score = likeness(said, plain(one.text))
                same = score and not its & judged.get(one.number, frozenset())
                (others if same else apart).append(Near(one, score))
            if others:
                found.append(Group(first, tuple(others[:MOST]), max(0, len(others) - MOST)))
            rest = [one.entry for one in apart]
        return found

    def _work(self) -> None:
        begun = time.monotonic()
        try:
            found = groups(self._every, self._search.text)
            self._groups, self._found_at = found, self._now()
            self.seconds = time.monotonic() - begun
        except Stopped:
            raise
        except Exception as error:  # a thread has nobody to tell: the next visit looks again
            if not self._background.stopping:
                log.warning("alike_stopped", error=type(error).__name__)

    def _every(self) -> Iterator[Said]:
        last = 0
        while page := self._search.said(last, READ):
            started = time.monotonic()
            yield from page
            last = page[-1][0]
            # the conversation comes first: at most half of the time is taken
            self._background.rest(min(0.2, time.monotonic() - started))
