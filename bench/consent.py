"""Thousands of persons who agree, take it back, correct and wander: is anything kept too soon?

    python -m bench.consent                  10 000 paths over five seeds
    python -m bench.consent --paths 500 --seeds 1 2

Each path is a conversation before a real SQLite database; after each message all that is stored of
the person is opened and read. Exits with 1 at the first fault, with the path that led there.
Goals P4 and P5.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from bench.figures import Cell, table
from bench.server import ROOT
from storage.conversations import SqlStore
from storage.database import open_database
from storage.sealing.keys import Keys
from storage.threads import Threads

PATHS, SEEDS = 10_000, (1, 2, 3, 4, 5)


def played(paths: int, seed: int, folder: Path) -> tuple[int, int, int]:
    """How many paths, messages and withdrawals. Raises AssertionError for a fault."""
    sys.path[:0] = [str(ROOT / "tests")]
    from consent_machine import Consenting

    engine = open_database(f"sqlite:///{folder / f'{seed}.db'}", create=True)

    class Here(Consenting):  # type: ignore[misc, unused-ignore]
        store = SqlStore(engine, Keys(bytes(range(32))), remembered=0)
        threads = Threads(1)

    asked: Any = settings(
        max_examples=paths, stateful_step_count=25, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        run_state_machine_as_test(seeded(seed)(Here), settings=asked)
    finally:
        Here.threads.close()
        engine.dispose()
    return Here.paths, Here.steps, Here.withdrawals


def main(arguments: Sequence[str] | None = None) -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.consent", description=__doc__)
    asked.add_argument("--paths", type=int, default=PATHS)
    asked.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    given = asked.parse_args(arguments)
    rows: list[tuple[Cell, ...]] = []
    began = time.monotonic()
    memory = Path("/dev/shm")  # nothing is to outlive a power cut here
    where = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="parole-", dir=where) as folder:
        for seed in given.seeds:
            counts = played(given.paths // len(given.seeds), seed, Path(folder))
            rows.append((str(seed), *counts, 0))
            print(f"graine {seed} : {counts[0]} parcours, 0 faute", file=sys.stderr, flush=True)
    total = [sum(int(row[n]) for row in rows) for n in (1, 2, 3)]
    rows.append(("en tout", *total, 0))
    print(table(("Accord (P4, P5) : graine", "Parcours", "Messages", "Retraits", "Fautes"), rows))
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
