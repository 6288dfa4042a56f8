"""Compares both sides away from the pages: which of ours another platform also has, nearly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import structlog

from bot.background import Background, Stopped
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
        self._background = Background("compare", self._compare)
        self.wait, self.stop = self._background.wait, self._background.stop
        self.last: Compared | None = None
        self.failed = ""  # the last time: why, in French
        self.done = 0  # texts compared so far

    @property
    def running(self) -> bool:
        return self._background.running

    def start(self) -> None:
        """Compare again; once at a time."""
        self._background.start(self._afresh)

    def _afresh(self) -> None:
        self.done, self.failed = 0, ""

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
            raise
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
            self._background.rest(0 if n % EACH else REST)
            yield one
