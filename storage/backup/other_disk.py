"""A disk that may be away, or never answer: what is done there has its own thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

MOST = 1000  # calls that wait
PATIENCE = 10.0  # seconds after which a call is late


class OtherDisk:
    """Calls, one after another, in order. May be asked from any thread.

    A call that never returns holds up neither who asked nor the end of the program.
    """

    def __init__(self, most: int = MOST, patience: float = PATIENCE) -> None:
        self._most, self._patience = most, patience
        self._calls: deque[tuple[float, Callable[[], None]]] = deque()  # the first is under way
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, call: Callable[[], None]) -> bool:
        """Have this done, which may not raise. False, and it will not be: too many wait."""
        with self._changed:
            if len(self._calls) >= self._most:
                return False
            self._calls.append((time.monotonic(), call))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="other disk", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return True

    @property
    def late(self) -> bool:
        """Whether what was asked first still waits, for longer than it should."""
        with self._changed:
            return bool(self._calls) and time.monotonic() - self._calls[0][0] > self._patience

    def settled(self) -> bool:
        """Whether all of it is done, once it had its time; at once when it is late already."""
        with self._changed:
            if not self._calls:
                return True
            left = self._calls[0][0] + self._patience - time.monotonic()
            return self._changed.wait_for(lambda: not self._calls, max(0.0, left))

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._calls))
                _, call = self._calls[0]
            call()
            with self._changed:
                self._calls.popleft()
                self._changed.notify_all()
