"""Work in a thread of its own, one at a time, that gives way to those who wait for an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Stopped(Exception):
    """The server stops: leave what is being done."""


class Background:
    """May be asked from any thread. `work` begins again each time it is started."""

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._name, self._work = name, work
        self._one = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def start(self, first: Callable[[], None] = lambda: None) -> None:
        """Begin, unless it is under way or stopped; `first`, in this thread, when it begins."""
        with self._one:
            if not self.running and not self.stopping:
                first()
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether what runs is over, waiting a little if needed."""
        if self._thread is not None:
            self._thread.join(seconds)
        return not self.running

    def stop(self) -> None:
        """Leave what is being done."""
        self._stopping.set()
        self.wait(5)

    def rest(self, seconds: float) -> None:
        """Leave so much time to others. Raises Stopped."""
        if self.stopping:
            raise Stopped
        if seconds > 0:
            time.sleep(seconds)

    def _run(self) -> None:
        try:
            self._work()
        except Stopped:
            return
