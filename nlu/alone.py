"""Leaves the network: the understanding server talks through a file, and through nothing else."""

from __future__ import annotations

import ctypes

NEW_USERS, NEW_NETWORK = 0x10000000, 0x40000000  # of linux/sched.h


def leave_network() -> bool:
    """Whether this process has no network any more. Before any thread; Linux only.

    An unprivileged process needs users of its own for it; where the system forbids both, the
    service of deploy/systemd does the same from outside.
    """
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    ways = (NEW_NETWORK, NEW_USERS | NEW_NETWORK)
    return unshare is not None and any(unshare(way) == 0 for way in ways)
