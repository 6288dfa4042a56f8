"""S2: whether signing in tells an account from nobody, by its page or by its time.

    python -m bench.enumeration --count 400

Prints whether the pages are the same, the median of each sort of login, and how far apart they
are: the median of the differences inside each round, where the three come in any order, so that
a load falls on all alike; its 95 % interval says whether the machine was calm enough to conclude.
The processor's time, which others hardly disturb, is told beside.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from itertools import combinations
from pathlib import Path
from statistics import median

from desk.signing.passwords import Passwords
from storage.database import open_database
from storage.desk.accounts import Accounts
from tests.desk_service import office

LOGINS = ("lea", "personne", "partie")  # an account, nobody, an account that was closed
Taken = tuple[float, float]  # seconds of the clock, and of the processor
LIMIT = 0.005  # seconds between the medians


async def play(folder: Path, count: int) -> int:
    template = folder / "empty.db"
    open_database(f"sqlite:///{template}", create=True).dispose()
    rounds: list[dict[str, Taken]] = []
    pages: dict[str, set[tuple[int, str]]] = {login: set() for login in LOGINS}
    drawn = random.Random(2)
    async with office(template, folder) as room:
        room.desk.proving.passwords = Passwords()  # as slow as it really is
        for login in ("lea", "partie"):
            room.hire(login)
        Accounts(room.engine, room.keys).close("partie")
        async with room.client() as client:
            for number in range(-(-count // len(LOGINS)) + 1):
                taken: dict[str, Taken] = {}
                for login in drawn.sample(LOGINS, len(LOGINS)):
                    room.clock.pass_by(hours=2)  # nobody has to wait
                    fields = {"login": login, "password": f"faux-{number}-mot"}
                    begun, used = time.perf_counter(), time.process_time()
                    answer = await client.post("/equipe/connexion", data=fields)
                    taken[login] = time.perf_counter() - begun, time.process_time() - used
                    pages[login].add((answer.status_code, answer.text))
                if number:  # the first round warms up
                    rounds.append(taken)
    same = len({frozenset(seen) for seen in pages.values()}) == 1
    print(f"{len(rounds) * len(LOGINS)} logins, {len(rounds)} of each sort; same page: {same}")
    apart = [told(rounds, which, what) for which, what in enumerate(("clock", "processor"))]
    return 0 if same and apart[0] < LIMIT else 1


def told(rounds: list[dict[str, Taken]], which: int, what: str) -> float:
    """Prints the medians, and the largest difference between two sorts, which is given."""
    each = {login: median(one[login][which] for one in rounds) for login in LOGINS}
    worst, between = 0.0, ""
    for first, other in combinations(LOGINS, 2):
        gaps = [one[first][which] - one[other][which] for one in rounds]
        drawn = random.Random(3)
        again = sorted(median(drawn.choices(gaps, k=len(gaps))) for _ in range(1000))
        low, high = again[25], again[974]
        if abs(median(gaps)) >= worst:
            worst = abs(median(gaps))
            between = f"{first} - {other}: {median(gaps) * 1000:+.2f} ms"
            between += f" (95 %: {low * 1000:+.2f} to {high * 1000:+.2f})"
    medians = ", ".join(f"{login} {value * 1000:.1f} ms" for login, value in each.items())
    print(f"{what}: {medians}; furthest apart, {between}; wanted: {LIMIT * 1000:.0f} ms")
    return worst


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    with tempfile.TemporaryDirectory(prefix="parole-") as folder:
        return asyncio.run(play(Path(folder), parser.parse_args().count))


if __name__ == "__main__":
    raise SystemExit(main())
