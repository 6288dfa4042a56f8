"""Everything hostile, at length, on both databases: goals I1, I2 and I4 with their figures.

    make hostile                       the corpus everywhere, 100 000 requests, 20 000 texts cut
    make hostile ARGS="--requests 10000 --seeds 3 --one-in 10"

It stops at the first answer that is a fault of ours, and says which request from which seed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

from storage.database import migrate
from tests import hostile_walks as walks
from tests.hostile import TEXTS
from tests.hostile_cuts import cut
from tests.hostile_requests import Attack, no_fault_logged
from tests.postgres import Cluster
from tests.whole_service import Whole, whole

OF_OPENAPI = 0.2  # of the requests; schemathesis takes ten times longer to make one


@contextmanager
def databases(kinds: list[str]) -> Iterator[Iterator[tuple[str, str, Path]]]:
    """A new database of each kind in turn: its kind, its address, a folder."""
    cluster = Cluster() if "postgres" in kinds else None

    def each() -> Iterator[tuple[str, str, Path]]:
        for kind in kinds:
            with tempfile.TemporaryDirectory() as made:
                if cluster is None or kind == "sqlite":
                    yield kind, f"sqlite:///{made}/parole.db", Path(made)
                else:
                    url = cluster.url()
                    migrate(url)
                    yield kind, url, Path(made)

    try:
        yield each()
    finally:
        if cluster is not None:
            cluster.stop()


async def walk(service: Whole, one_in: int) -> int:
    """The corpus through every entry; how many entries were given a text."""
    service.fills()
    cookie, texts = await service.staff(), TEXTS[::one_in]
    people = walks.tokens(service)
    for number, text in enumerate(texts):
        token = await anext(people)
        await walks.api(service, text, token)
        await walks.pages(service, text, token)
        await walks.telegram(service, text)
        await walks.desk_addresses(service, text, cookie, "P-000001")
        if number % 8 == 0:
            await walks.headers(service, text, token, cookie)
    forms = await walks.desk_forms(service, cookie, ["P-000001", "plateforme:op1", "1"])
    token = await walks.csrf_of(service, cookie)
    for form in forms:
        for name in form.names:
            for text in texts:
                await walks.desk_form(service, form, name, text, cookie, token)
    return service.asked


def main() -> None:
    """Prints a line for each database and seed."""
    reading = argparse.ArgumentParser(prog="python -m bench.hostile")
    reading.add_argument("--requests", type=int, default=100_000)
    reading.add_argument("--seeds", type=int, default=5)
    reading.add_argument("--one-in", type=int, default=1, help="texts of the corpus")
    reading.add_argument("--texts", type=int, default=20_000)
    reading.add_argument("--on", default="sqlite,postgres")
    asked = reading.parse_args()
    kinds = asked.on.split(",")
    for seed in range(1, asked.seeds + 1) if asked.texts else ():
        count, parts = cut(seed, asked.texts // asked.seeds)
        say(f"I4 seed {seed}: {count} texts, {parts} parts, 0 failures")
    if asked.one_in:
        with databases(kinds) as each:
            for kind, url, folder in each:
                with asyncio.Runner() as loop, no_fault_logged():
                    done = loop.run(_walked(url, folder, asked.one_in))
                say(f"I2 {kind}: {len(TEXTS[:: asked.one_in])} texts, {done}, 0 failures")
    seeds = [kinds[seed % len(kinds)] for seed in range(asked.seeds)]
    with databases(seeds if asked.requests else []) as each:
        for seed, (kind, url, folder) in enumerate(each, 1):
            say(f"I1 seed {seed}, {kind}: {attacked(url, folder, seed, asked)}, 0 failures")


async def _walked(url: str, folder: Path, one_in: int) -> str:
    async with whole(url, folder) as service:
        await walk(service, one_in)
        return service.told()


def attacked(url: str, folder: Path, seed: int, asked: argparse.Namespace) -> str:
    count = asked.requests // asked.seeds
    openapi = int(count * OF_OPENAPI)
    with asyncio.Runner() as loop, no_fault_logged():
        running = AsyncExitStack()
        try:
            service = loop.run(running.enter_async_context(whole(url, folder)))
            attack = Attack(service, loop)
            service.statuses.clear()
            attack.by_hypothesis(seed, count - openapi)
            attack.by_schemathesis(seed, openapi)
            attack.check()
        finally:
            loop.run(running.aclose())
    return service.told()


def say(line: str) -> None:
    print(f"{line}  [{time.process_time():.0f} s of processor]", flush=True)


if __name__ == "__main__":
    sys.exit(main())
