"""A1 and A2: one person who floods, one address that opens conversations without end."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import httpx

from bench.faults.crowd import Counted, Insisting, Person, script
from bench.faults.goals import SQLITE, Asked, Result
from bench.faults.place import Place, placed
from bench.figures import quantile
from bench.wire import Wire, written

CEILING, OPENINGS = 30, 20  # a minute for a person; an hour for an address
NORMAL = 20  # persons
RATIO = 1.2  # of their p95, the goal
ADDRESS = "8.8.8.8"
WIRES = 16  # connections of the one who floods: one that lingers holds up no other
GAP = 1.0  # seconds between two messages of one person


def run(asked: Asked) -> Iterator[Result]:
    settings = {
        "max_turns_per_minute": str(CEILING), "max_openings_per_hour": str(OPENINGS),
        "proxies": "127.0.0.1",
    }  # fmt: skip
    for database in asked.databases:
        count = 1 if database == SQLITE else 2
        with placed(asked, database, plans=[{"deaths": []}] * count, settings=settings) as place:
            yield asyncio.run(one_person(asked, place, database))
            yield asyncio.run(one_address(asked, place, database))


@dataclass
class Flood:
    """What was sent, and what came of it."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    sentences: set[str] = field(default_factory=set)


async def one_person(asked: Asked, place: Place, database: str) -> Result:
    """The others alone, beside the flood, then alone again: the same messages, in the same run."""
    seconds = asked.of(2, 60)
    flood, alone = Flood(), await normal(place, seconds)
    flooding = asyncio.create_task(flooded(place, seconds - 1, flood))
    during = await normal(place, seconds)
    stored = await flooding
    after = await normal(place, seconds)
    quiet = sorted(alone.took + after.took)
    before, beside = (1000 * quantile(one, 0.95) for one in (quiet, sorted(during.took)))
    ratio = beside / before if before else 0.0
    most = CEILING  # within a minute
    others = during.wrong.total() + alone.wrong.total() + after.wrong.total()
    failures = max(0, stored - most) + others + (not flood.sentences)
    figure = (
        f"{flood.sent} envoyés, {stored} gardés (au plus {most}), {flood.statuses[429]} × 429 ; "
        f"{NORMAL} autres : p95 {before:.0f} ms seuls ({len(quiet)} tours), {beside:.0f} ms à côté "
        f"({len(during.took)} tours), rapport {ratio:.2f}"
    )
    missed = asked.long and ratio > RATIO
    case = "une personne inonde"
    cases = flood.sent + len(during.took)
    return Result("A1", database, case, cases, (), failures, figure, missed)


async def normal(place: Place, seconds: float) -> Counted:
    """Twenty persons who read before they answer."""
    counted, until = Counted(), time.monotonic() + seconds

    async def one(number: int) -> None:
        door, person = Insisting(place.ports, counted, number), Person(number, script(number))
        await asyncio.sleep(GAP * number / NORMAL)
        await person.opens(door)
        for at in range(len(person.script)):
            if time.monotonic() > until:
                break
            await person.says(door, at)
            await asyncio.sleep(GAP)
        await door.close()

    await asyncio.gather(*(one(n) for n in range(1, NORMAL + 1)))
    return counted


async def flooded(place: Place, seconds: float, flood: Flood) -> int:
    """Fifty messages a second from one person, to any server; how many were kept."""
    door, person = Insisting(place.ports, Counted()), Person(9, script(9))
    await person.opens(door)
    async with AsyncExitStack() as stack:
        free: asyncio.Queue[Wire] = asyncio.Queue()
        for number in range(WIRES):
            port = place.ports[number % len(place.ports)]
            free.put_nowait(await stack.enter_async_context(Wire("127.0.0.1", port)))

        async def send(number: int) -> None:
            body = written({"id": f"f{number}", "text": f"encore {number}"})
            wire = await free.get()
            answered = await wire.ask("POST", "/api/messages", person.token, body)
            free.put_nowait(wire)
            flood.statuses[answered.status] += 1
            if answered.status == 429:
                flood.sentences.add(answered.json()["detail"])

        flood.sent = await paced(send, 50, seconds)
    thread = await person.thread(door)
    await door.close()
    return max(0, len({text for who, text, _ in thread if who == "person"}), flood.statuses[200])


async def paced(
    send: Callable[[int], Coroutine[None, None, None]], speed: float, seconds: float
) -> int:
    """So many a second, none waiting for the one before."""
    began, tasks = time.monotonic(), []
    for number in range(int(speed * seconds)):
        await asyncio.sleep(max(0.0, began + number / speed - time.monotonic()))
        tasks.append(asyncio.create_task(send(number)))
    await asyncio.gather(*tasks)
    return len(tasks)


async def one_address(asked: Asked, place: Place, database: str) -> Result:
    flood, pages = Flood(), Counter[int]()
    headers = {"X-Forwarded-For": ADDRESS}
    async with httpx.AsyncClient(trust_env=False, timeout=30, headers=headers) as client:

        async def send(number: int) -> None:
            at = place.servers[number % len(place.servers)].url
            answered = await client.post(f"{at}/api/conversations", json={})
            flood.statuses[answered.status_code] += 1
            if answered.status_code == 429:
                flood.sentences.add(answered.json()["detail"])
            if number % 50 == 0:
                pages[(await client.get(f"{at}/")).status_code] += 1

        flood.sent = await paced(send, asked.of(50, 200), asked.of(1, 60))
    opened, odd = flood.statuses[201], flood.sent - flood.statuses[201] - flood.statuses[429]
    french = any("Revenez" in sentence for sentence in flood.sentences)
    failures = max(0, opened - OPENINGS) + odd + (not french) + pages.total() - pages[200]
    figure = (
        f"{flood.sent} demandes, {opened} conversations (au plus {OPENINGS}), "
        f"{flood.statuses[429]} × 429 en français, {pages[200]} pages servies sur {pages.total()}"
    )
    return Result("A2", database, "une adresse inonde", flood.sent, (), failures, figure)
