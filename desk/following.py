"""Counts everybody away from the pages: they show the last figures, at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bot.errors import GuideError
from bot.guide import Guide
from bot.model import Participation
from desk.counting import Tallies, counted

STALE = timedelta(minutes=15)  # then a visit has it counted again
EACH, REST = 200, 0.01  # so many participations, then seconds left to those who answer

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Figures:
    """Everybody, as counted at one moment."""

    at: datetime
    seconds: float
    participations: int
    lost: int  # left out: the text of their version is lost
    tallies: Mapping[str, Tallies]


class Stopped(Exception):
    """The server stops."""


class Following:
    """The last figures, kept in memory only. May be asked from any thread."""

    def __init__(
        self,
        read: Callable[[], Iterable[Participation]],
        guide_of: Callable[[str, str], Guide],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._read, self._guide_of, self._now = read, guide_of, now
        self._one = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self.figures: Figures | None = None
        self.failed = False  # the last time
        self.done = 0  # participations counted so far

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def visited(self) -> None:
        """Count when there is nothing to show, or nothing recent."""
        old = self.figures is None or self._now() - self.figures.at > STALE
        if old and not self.failed:
            self.refresh()

    def refresh(self) -> None:
        """Count again; once at a time."""
        with self._one:
            if not self.running:
                self.done, self.failed = 0, False
                self._thread = threading.Thread(target=self._count, name="overview", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until the count that runs is over."""
        if self._thread is not None:
            self._thread.join(seconds)

    def stop(self) -> None:
        """Leave what is being counted."""
        self._stopping = True
        self.wait(5)

    def _count(self) -> None:
        begun = time.perf_counter()
        try:
            at = self._now()
            tallies, lost = counted(self._read(), self._guide, self._progress)
            seconds = time.perf_counter() - begun
            self.figures = Figures(at, seconds, self.done, lost, tallies)
        except Stopped:
            return
        except Exception as error:  # the page says it; nothing else may stop
            self.failed = True
            log.error("overview_failed", error=type(error).__name__)

    def _progress(self, count: int) -> None:
        self.done = count
        if self._stopping:
            raise Stopped
        if count % EACH == 0:
            time.sleep(REST)

    def _guide(self, guide: str, version: str) -> Guide | None:
        try:
            return self._guide_of(guide, version)
        except GuideError:
            return None
