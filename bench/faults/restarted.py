"""R3: PostgreSQL stopped as by a crash, and started again, while people talk to two servers."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from random import Random

from bench.faults.crowd import Counted, Found, crowd, known, looked
from bench.faults.goals import POSTGRES, Asked, Result
from bench.faults.place import Place, placed
from storage.database import migrate
from tests.postgres import Cluster

RETRY_AFTER = 5.0  # seconds, as the answer 503 asks
APART = 8.0  # seconds at least, between two crashes
RECOVERY = 5.0  # seconds, the goal


async def restarts(
    cluster: Cluster, place: Place, times: int, draw: Random
) -> list[tuple[float, float]]:
    """Crash and restart; for each, the seconds without PostgreSQL, then until all serve again.

    Far enough apart for a message to meet one of them only.
    """
    took = []
    for number in range(times):
        await asyncio.sleep(APART * draw.uniform(1, 1.5) if number else draw.uniform(1, 3))
        fell = time.monotonic()
        await asyncio.to_thread(cluster.halt, signal.SIGQUIT)
        await asyncio.sleep(draw.uniform(0, 0.5))
        await asyncio.to_thread(cluster.start)
        began = time.monotonic()
        for server in place.servers:
            await asyncio.to_thread(server.serves)
        took.append((began - fell, time.monotonic() - began))
    return took


async def played(
    asked: Asked, cluster: Cluster, place: Place, seed: int
) -> tuple[Found, Counted, list[tuple[float, float]]]:
    heard = await known(asked, place.ports)
    draw, counted = Random(seed), Counted()
    times, people = asked.many(1, 20), asked.many(4, 112)
    gap = 0.3  # seconds between two messages of one person
    falling = asyncio.create_task(restarts(cluster, place, times, draw))
    persons = await crowd(
        place.ports, people, counted, pause=RETRY_AFTER, gap=lambda: draw.uniform(0, 2 * gap),
        at_once=asked.of(8, 16), rounds=asked.rounds,
    )  # fmt: skip
    took = await falling
    return await looked(persons, place.ports, heard), counted, took


def run(asked: Asked) -> Iterator[Result]:
    if POSTGRES not in asked.databases:
        return
    for seed in asked.seeds:
        cluster = Cluster("max_connections=60")  # its own, and durable: it is going to fall
        try:
            url = cluster.url()
            migrate(url)
            with placed(asked, POSTGRES, at={"database_url": url}) as place:
                found, counted, took = asyncio.run(played(asked, cluster, place, seed))
        finally:
            cluster.stop()
        away, back = max(one for one, _ in took), max(one for _, one in took)
        slow = sum(one > RECOVERY for _, one in took)
        allowed = 1 + int(away / RETRY_AFTER)  # one more, when PostgreSQL itself took longer
        again = max(0, counted.most_tries - 1 - allowed)
        failures = found.failures + counted.wrong.total() + slow + again
        figure = (
            f"{len(took)} redémarrages, {found.told()}, {away:.1f} s sans base, retour en "
            f"{back:.1f} s au plus, {counted.refused.total()} refus 503, "
            f"{counted.most_tries - 1} renvoi au plus par message"
        )
        yield Result("R3", POSTGRES, "redémarrage immédiat", found.turns, (seed,), failures, figure)
