"""The doors of the desk, at length: S6, S9 and S11 with their figures.

    python -m bench.doors S9                     10 000 texts in the files of staff, five seeds
    python -m bench.doors S11 --count 2000       addresses from each seed, on each database
    python -m bench.doors S6                     every set of roles on every route

It stops at the first thing that is not as it should be, and says which.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine

from bench.hostile import databases
from storage.database import open_database
from tests.desk_asked import asked
from tests.desk_full import full_desk
from tests.harmless_cells import OWASP, drawn, tried
from tests.hostile import CORPUS
from tests.hostile_requests import no_fault_logged

DATABASES = ["sqlite", "postgres"]
TEXTS = 10_000


def cells(seeds: int, count: int | None) -> None:
    """S9: texts of any kind in the workbook and in the CSV for spreadsheets."""
    for seed in range(1, seeds + 1):
        texts = drawn(seed, count or TEXTS // seeds)
        listed = [*OWASP, *(one.text for one in CORPUS)] if seed == 1 else []
        with tempfile.TemporaryDirectory() as folder:
            counts: Counter[str] = tried([*listed, *texts], Path(folder))
        say(f"S9 seed {seed}: {dict(counts)}, 0 formulas, 0 cut without a word")


def searched(seeds: int, count: int | None) -> None:
    """S11: sorts, filters and searches of any kind on every page."""
    for kind, engine, folder in opened(DATABASES):
        with asyncio.Runner() as loop, no_fault_logged():
            running = AsyncExitStack()
            full = loop.run(running.enter_async_context(full_desk(engine, folder)))
            try:
                for seed in range(1, seeds + 1):
                    found = asked(full, loop, seed, count or 2000)
                    full.signs_in()
                    say(f"S11 {kind} seed {seed}: {count or 2000} addresses, {found} statements")
            finally:
                loop.run(running.aclose())


def roles(*_: int | None) -> None:
    """S6: every set of roles, with the code and without, on every route."""
    from tests.test_role_matrix import SETS, matrix, two_consultations

    async def play(engine: Engine, folder: Path) -> str:
        async with two_consultations(engine, folder) as full:
            return await matrix(full, SETS)

    for kind, engine, folder in opened(DATABASES):
        say(f"S6 {kind}: {asyncio.run(play(engine, folder))}")


def opened(kinds: list[str]) -> Iterator[tuple[str, Engine, Path]]:
    """A new database of each kind in turn, open."""
    with databases(kinds) as each:
        for kind, url, folder in each:
            with closing(open_database(url, create=kind == "sqlite")) as engine:
                yield kind, engine, folder


@contextmanager
def closing(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def say(line: str) -> None:
    print(f"{line}  [{time.process_time():.0f} s of processor]", flush=True)


def main() -> None:
    """Prints a line for each database and seed."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    reading = argparse.ArgumentParser(description=__doc__)
    reading.add_argument("goal", choices=["S6", "S9", "S11"])
    reading.add_argument("--count", type=int, default=None, help="from each seed")
    reading.add_argument("--seeds", type=int, default=5)
    given = reading.parse_args()
    {"S6": roles, "S9": cells, "S11": searched}[given.goal](given.seeds, given.count)


if __name__ == "__main__":
    main()
