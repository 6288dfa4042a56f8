"""The memory that the understanding server may take. Beyond it the server ends, and whoever keeps
it running starts it again: a server without memory would refuse every sentence for ever."""

from __future__ import annotations

import os
import resource
from typing import Any, NoReturn

MOST = 2 << 30  # bytes, as in deploy/
STARVED = 4  # exit code: no memory was left


def bound(most: int = MOST) -> None:
    """From now on the system gives this process no more than that. A lower limit stays."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def end() -> NoReturn:
    """At once: there is no memory left to close anything with."""
    os._exit(STARVED)


def watched(_: Any, found: dict[str, Any]) -> None:
    """What an event loop does with an error that nobody caught. Nothing of it is told."""
    if isinstance(found.get("exception"), MemoryError):
        end()
