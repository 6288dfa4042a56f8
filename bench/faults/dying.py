"""No server outlives the bench: told to stop it stops them, killed it takes them along."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from types import FrameType

PR_SET_PDEATHSIG = 1  # Linux: a signal sent to us when our parent dies
LEAVING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def leave_in_order() -> None:
    """From now on a signal ends this program as an exit does: what was opened is closed, once."""

    def leave(number: int, _: FrameType | None) -> None:
        for sign in LEAVING:
            signal.signal(sign, signal.SIG_IGN)  # closing takes a moment: not twice
        sys.exit(128 + number)

    for sign in LEAVING:
        signal.signal(sign, leave)


def die_with(parent: int, sign: signal.Signals) -> None:
    """Be sent this signal when this parent dies, or now when it is dead already."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(sign))
        if os.getppid() != parent:
            os.kill(os.getpid(), sign)
