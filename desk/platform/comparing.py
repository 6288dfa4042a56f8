"""Compares both sides away from the pages: which of ours another platform also has, nearly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from bot.errors import GuideError
from bot.guide import Guide
from desk.platform.ports import Outsides
from desk.ports import Present
from exports.coding.texts import team_records
from exports.fusion.alike import Alike
from exports.fusion.comparing import Sides

EACH, REST = 20, 0.005  # so many texts, then seconds left to those who answer

log = structlog.get_logger(__name__)
Text = TypeVar("Text")


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides, as they were at one moment: references and numbers, no words."""

    at: datetime
    ours: int
    theirs: int
    found: tuple[Alike, ...]  # the nearest first


class Stopped(Exception):
    """The server stops."""


class Comparing:
    """The last comparison, kept in memory only. May be asked from any thread."""

    def __init__(
        self,
        present: Present,
        outsides: Outsides,
        guide_of: Callable[[str, str], Guide],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._present, self._outsides, self._guide_of, self._now = present, outsides, guide_of, now
        self._one = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self.last: Compared | None = None
        self.failed = ""  # the last time: why, in French
        self.done = 0  # texts compared so far

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Compare again; once at a time."""
        with self._one:
            if not self.running:
                self.done, self.failed = 0, ""
                self._thread = threading.Thread(target=self._compare, name="compare", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> None:
        """Until the comparison that runs is over."""
        if self._thread is not None:
            self._thread.join(seconds)

    def stop(self) -> None:
        """Leave what is being compared."""
        self._stopping = True
        self.wait(5)

    def _compare(self) -> None:
        try:
            at = self._now()
            people = self._gently(self._present.curated())
            sides = Sides.of(
                team_records(people, self._guide_of), self._gently(self._outsides.every())
            )
            self.done = 0
            found = sides.alike(self._counted)
            found.sort(key=lambda one: (-one.score, one.ours))
            self.last = Compared(at, len(sides.ours), len(sides.theirs), tuple(found))
        except Stopped:
            return
        except GuideError as error:
            self.failed = str(error)
        except Exception as error:  # the page says it; nothing else may stop
            self.failed = "Panne de notre côté : l’erreur est notée. Recommencez."
            log.error("compare_failed", error=type(error).__name__)

    def _counted(self, texts: Iterable[Text]) -> Iterator[Text]:
        for one in self._gently(texts):
            self.done += 1
            yield one

    def _gently(self, texts: Iterable[Text]) -> Iterator[Text]:
        for n, one in enumerate(texts, start=1):
            if self._stopping:
                raise Stopped
            if n % EACH == 0:
                time.sleep(REST)
            yield one
