"""S2: whether signing in tells an account from nobody, by its page or by its time.

    python -m bench.enumeration --count 400

Prints the statuses, whether the pages are the same, and the median of each; a loaded machine
spreads the times, not their difference: the logins are taken in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

from desk.signing.passwords import Passwords
from storage.accounts import Accounts
from storage.database import open_database
from tests.desk_service import office

LOGINS = ("lea", "personne", "partie")  # an account, nobody, an account that was closed
LIMIT = 0.005  # seconds between the medians


async def play(folder: Path, count: int) -> int:
    template = folder / "empty.db"
    open_database(f"sqlite:///{template}", create=True).dispose()
    times: dict[str, list[float]] = {login: [] for login in LOGINS}
    pages: dict[str, set[tuple[int, str]]] = {login: set() for login in LOGINS}
    async with office(template, folder) as room:
        room.desk.proving.passwords = Passwords()  # as slow as it really is
        for login in ("lea", "partie"):
            room.hire(login)
        Accounts(room.engine, room.keys).close("partie")
        async with room.client() as client:
            for number in range(count + len(LOGINS)):
                login = LOGINS[number % len(LOGINS)]
                room.clock.pass_by(hours=2)  # nobody has to wait
                begun = time.perf_counter()
                fields = {"login": login, "password": f"faux-{number}-mot"}
                answer = await client.post("/equipe/connexion", data=fields)
                if number >= len(LOGINS):  # the first ones warm up
                    times[login].append(time.perf_counter() - begun)
                    pages[login].add((answer.status_code, answer.text))
    same = len({frozenset(seen) for seen in pages.values()}) == 1
    medians = {login: median(taken) for login, taken in times.items()}
    apart = max(medians.values()) - min(medians.values())
    for login, value in medians.items():
        print(f"{login}: {len(times[login])} tries, median {value * 1000:.1f} ms")
    print(f"same page: {same}; medians {apart * 1000:.1f} ms apart (wanted: {LIMIT * 1000:.0f} ms)")
    return 0 if same and apart < LIMIT else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    with tempfile.TemporaryDirectory(prefix="parole-") as folder:
        return asyncio.run(play(Path(folder), parser.parse_args().count))


if __name__ == "__main__":
    raise SystemExit(main())
