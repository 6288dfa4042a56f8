"""Counts everybody away from the pages: they show the last figures, at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

import structlog

from bot.background import Background, Stopped
from bot.errors import GuideError
from bot.guide import Guide
from bot.model import Participation
from desk.overview.counting import Counted, Tallies, counted

TIMES_ITS_LENGTH = 20  # a count stays so many times what it took, then a visit renews it
SHORTEST, LONGEST = timedelta(seconds=15), timedelta(minutes=15)
EACH = 50  # participations, then as much time is left to those who answer
LONGEST_REST = 0.2  # seconds

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Figures:
    """Everybody, as counted at one moment."""

    at: datetime
    seconds: float
    participations: int
    lost: int  # left out: the text of their version is lost
    tallies: Mapping[str, Tallies]


class Everybody(Protocol):
    """The participations, by the day on which they began."""

    def days(self) -> Mapping[date, str]: ...

    def of_day(self, day: date) -> Iterator[Participation]: ...


class Following:
    """The last figures, kept in memory only. May be asked from any thread."""

    def __init__(
        self,
        everybody: Everybody,
        guide_of: Callable[[str, str], Guide],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._everybody, self._guide_of, self._now = everybody, guide_of, now
        self._days: dict[date, tuple[str, Counted]] = {}  # as they were counted
        self._background = Background("overview", self._count)
        self.wait, self.stop = self._background.wait, self._background.stop
        self.figures: Figures | None = None
        self.failed = False  # the last time
        self.done = 0  # participations counted so far
        self._worked_since = 0.0

    @property
    def running(self) -> bool:
        return self._background.running

    def visited(self) -> None:
        """Count when there is nothing to show, or nothing recent."""
        if not self.failed and (self.figures is None or self._old(self.figures)):
            self.refresh()

    def _old(self, figures: Figures) -> bool:
        stays = timedelta(seconds=TIMES_ITS_LENGTH * figures.seconds)
        return self._now() - figures.at > min(LONGEST, max(SHORTEST, stays))

    def refresh(self) -> None:
        """Count again; once at a time."""
        self._background.start(self._afresh)

    def _afresh(self) -> None:
        self.done, self.failed = 0, False

    def _count(self) -> None:
        begun = self._worked_since = time.perf_counter()
        try:
            at, found = self._now(), Counted()
            for each in self._read():
                found.add(each)
            seconds = time.perf_counter() - begun
            self.figures = Figures(at, seconds, found.people, found.lost, found.tallies)
        except Stopped:
            raise
        except Exception as error:  # the page says it; nothing else may stop
            self.failed = True
            log.error("overview_failed", error=type(error).__name__)

    def _read(self) -> Iterator[Counted]:
        """Every day; only those on which something changed since are read again."""
        known, self._days = self._days, {}
        for day, stands in self._everybody.days().items():
            before = known.get(day)
            if before is None or before[0] != stands or before[1].lost:
                its = self._everybody.of_day(day)
                before = stands, counted(its, self._guide, self._progress)
            self._days[day] = before
            yield before[1]

    def _progress(self, _: int) -> None:
        self.done += 1
        if self.done % EACH:
            self._background.rest(0)
        else:
            self._background.rest(min(LONGEST_REST, time.perf_counter() - self._worked_since))
            self._worked_since = time.perf_counter()

    def _guide(self, guide: str, version: str) -> Guide | None:
        try:
            return self._guide_of(guide, version)
        except GuideError:
            return None
