"""Stops asking a service that fails, and tries again after a while."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Literal

State = Literal["closed", "open", "trying"]


class Breaker:
    """Closed: all is well. Open: nothing is asked. Trying: one question is, to see."""

    def __init__(
        self, failures: int = 5, rest: float = 30.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._most, self._rest, self._clock = failures, rest, clock
        self._failures = 0
        self._opened: float | None = None
        self._asked = False

    @property
    def state(self) -> State:
        if self._opened is None:
            return "closed"
        return "open" if self._clock() - self._opened < self._rest else "trying"

    def lets_pass(self) -> bool:
        """Whether to ask now; while trying, only the first one may."""
        if self.state == "closed":
            return True
        if self.state == "open" or self._asked:
            return False
        self._asked = True
        return True

    def worked(self) -> None:
        self._failures, self._opened, self._asked = 0, None, False

    def failed(self) -> None:
        self._failures += 1
        if self._opened is not None or self._failures >= self._most:
            self._opened, self._asked = self._clock(), False

    def gave_up(self) -> None:
        """The one who asked left before any answer: nothing is known."""
        self._asked = False
