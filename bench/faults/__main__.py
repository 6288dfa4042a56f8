"""The fault bench: what is promised when things break, and whether it is kept.

    python -m bench.faults --short
    python -m bench.faults --long --seeds 1,2,3 --only R2,R3

Prints one line for each goal and each database. Exits with 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

from bench.faults.dying import leave_in_order
from bench.faults.goals import POSTGRES, SQLITE, Asked, Result, possible, told
from tests.postgres import Cluster

FAMILIES: Mapping[str, tuple[str, ...]] = {  # a file of this folder, the goals it shows
    "repeated": ("R1",),
    "redelivered": ("R1",),
    "killed": ("R2",),
    "restarted": ("R3",),
    "full_disk": ("R4",),
    "misunderstood": ("R5",),
    "refused": ("R6",),
    "absent": ("R7",),
    "races": ("R8",),
    "poison": ("R9",),
    "watched": ("R10",),
    "floods": ("A1", "A2"),
    "long_texts": ("A3",),
    "starved": ("A3",),
    "patterns": ("A4",),
}


def played(asked: Asked, only: frozenset[str]) -> Iterator[Result]:
    """Each goal asked for, in the order of the table."""
    for family, goals in FAMILIES.items():
        if only and not only & set(goals):
            continue
        run: Callable[[Asked], Iterator[Result]] = import_module(f"bench.faults.{family}").run
        for result in run(asked):
            if not only or result.goal in only:
                yield result


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    asked.add_argument("--long", action="store_true")
    asked.add_argument("--short", dest="long", action="store_false", help="the default")
    asked.add_argument("--only", default="", help="R2,R3")
    asked.add_argument("--seeds", "--seed", default="1", help="1,2,3")
    asked.add_argument("--share", type=float, default=1.0, help="of the sizes of the long version")
    asked.add_argument("--database", choices=(SQLITE, POSTGRES))
    given = asked.parse_args()
    leave_in_order()
    results = []
    with tempfile.TemporaryDirectory(prefix="parole-faults-") as folder, ExitStack() as opened:
        clusters: list[Cluster] = []

        def cluster() -> Cluster:
            if not clusters:
                clusters.append(Cluster())
                opened.callback(clusters[0].stop)
            return clusters[0]

        wanted = (given.database,) if given.database else (SQLITE, POSTGRES)
        seeds = tuple(int(one) for one in given.seeds.split(","))
        to_do = Asked(Path(folder), given.long, seeds, possible(wanted), cluster, given.share)
        only = frozenset(one.strip().upper() for one in given.only.split(",") if one)
        began = time.monotonic()
        for result in played(to_do, only):
            results.append(result)
            print(
                f"{time.monotonic() - began:5.0f} s  {told([result]).splitlines()[-1]}", flush=True
            )
    print(f"\n{told(results)}")
    sys.exit(0 if results and all(one.held for one in results) else 1)


if __name__ == "__main__":
    main()
