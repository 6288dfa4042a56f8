"""Leaves the network: the understanding server talks through a file, and through nothing else."""

from __future__ import annotations

import ctypes
from pathlib import Path

NEW_USERS, NEW_NETWORK = 0x10000000, 0x40000000  # of linux/sched.h
ROUTES = {"route": 0, "ipv6_route": -1}  # tables of this process; the word that names the device
STILL_THERE = (
    "La compréhension n'a pas pu quitter le réseau : ce système l'interdit. Elle répond "
    "quand même. Pour l'enfermer : deploy/systemd ou deploy/compose (docs/operate.md)."
)


def leave_network(own: Path = Path("/proc/self/net")) -> bool:
    """Whether this process has no network any more. Before any thread; Linux only.

    An unprivileged process needs users of its own for it; where the system forbids both, the
    service of deploy/systemd does the same from outside: then no road leads anywhere.
    """
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    ways = (NEW_NETWORK, NEW_USERS | NEW_NETWORK)
    left = unshare is not None and any(unshare(way) == 0 for way in ways)
    return left or not roads(own)


def roads(own: Path) -> bool:
    """Whether a route leads out of this machine; so it is said when nothing tells."""
    try:
        for table, device in ROUTES.items():
            if not (own / table).exists() and table == "ipv6_route":
                continue  # a system without IPv6
            lines = (own / table).read_text("ascii").splitlines()
            for line in lines[1:] if table == "route" else lines:
                if line.split() and line.split()[device] != "lo":
                    return True
    except OSError:
        return True
    return False
