"""Every message delivered several times, in any order, to one or two servers: is each kept once?

    python -m bench.deliveries

Fifty people stand at an open question. Each has ten messages that hold in any order: parts of the
answer, a typed wish, buttons of this question and of an old one. Every message is delivered five
times; all deliveries are shuffled and sent over eight connections. Exits with 1 on any fault.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bench import server
from bench.figures import Cell, table
from bench.people import OWN, read_texts
from bench.person import WAYS_OUT
from bench.server import Server
from bench.wire import Wire, written
from storage.database import migrate

PEOPLE, TIMES, CONNECTIONS = 50, 5, 8
PARTS = 7  # and three messages of other sorts: ten in all
PATIENCE = 60  # retries after a 503


@dataclass(frozen=True, slots=True)
class Seated:
    """A person at an open question."""

    token: str
    turns: int  # so far, the opening included
    texts: tuple[str, ...]
    bodies: tuple[bytes, ...]  # the ten messages


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the servers did with all that."""

    database: str
    servers: int
    deliveries: int
    messages: int
    same: int  # deliveries answered to the byte as the first of their message
    different: int
    lost: int
    doubled: int
    refused: Counter[int]  # statuses other than 200, the 503 that were retried put apart
    retried: int
    seconds: float

    @property
    def right(self) -> bool:
        return not (self.different or self.lost or self.doubled or self.refused)


async def seat(wire: Wire, number: int, texts: Sequence[str]) -> Seated:
    """Lead someone to the first open question, by buttons."""
    opened = (await wire.ask("POST", "/api/conversations", None, b"{}")).json()
    token, replies = str(opened["token"]), opened["replies"]
    old = replies[-1]["choices"][0]["value"]
    for turn in range(2, 40):
        question = replies[-1]
        labels = {choice["label"] for choice in question["choices"]}
        short = any(word in question["text"] for word in ("ombien", "département"))
        if labels <= WAYS_OUT and not short:
            break
        press = written({"id": f"to-{turn}", "choice": question["choices"][0]["value"]})
        answered = await wire.ask("POST", "/api/messages", token, press)
        replies = answered.json()["replies"]
    mine = tuple(f"{texts[(number + n) % len(texts)]} ({number}.{n})" for n in range(PARTS))
    messages: list[dict[str, Any]] = [{"text": text} for text in mine]
    messages += [{"text": "aide"}, {"choice": ":!my_answers"}, {"choice": old}]
    bodies = tuple(written({"id": f"m{n}", **fields}) for n, fields in enumerate(messages))
    return Seated(token, turn - 1, mine, bodies)


async def deliver(
    servers: Sequence[Server], database: str, people: int = PEOPLE, seed: int = 2022
) -> Outcome:
    """Seat everyone, deliver everything, then read what is kept."""
    texts = read_texts(OWN)
    async with AsyncExitStack() as stack:
        wires = [
            await stack.enter_async_context(Wire(one.host, one.port))
            for n in range(CONNECTIONS)
            for one in [servers[n % len(servers)]]
        ]
        seated = [await seat(wires[n % CONNECTIONS], n, texts) for n in range(people)]
        waiting = [(n, m) for n in range(people) for m in range(len(seated[n].bodies))] * TIMES
        Random(seed).shuffle(waiting)
        heard: dict[tuple[int, int], Counter[bytes]] = defaultdict(Counter)
        refused: Counter[int] = Counter()
        retried = 0

        async def postman(wire: Wire, round: Sequence[tuple[int, int]]) -> None:
            nonlocal retried
            for who, which in round:
                one = seated[who]
                for _ in range(PATIENCE):
                    answered = await wire.ask("POST", "/api/messages", one.token, one.bodies[which])
                    if answered.status != 503:
                        break
                    retried += 1
                    await asyncio.sleep(0.1)
                if answered.status == 200:
                    heard[who, which][answered.body] += 1
                else:
                    refused[answered.status] += 1

        began = time.perf_counter()
        await asyncio.gather(
            *(postman(wire, waiting[n::CONNECTIONS]) for n, wire in enumerate(wires))
        )
        seconds = time.perf_counter() - began
        lost, doubled = 0, 0
        for n, one in enumerate(seated):
            gone, more = await _kept(wires[n % CONNECTIONS], one)
            lost, doubled = lost + gone, doubled + more
    same = sum(max(bodies.values()) for bodies in heard.values())
    return Outcome(
        database,
        len(servers),
        len(waiting),
        len(waiting) // TIMES,
        same,
        sum(bodies.total() for bodies in heard.values()) - same,
        lost,
        doubled,
        refused,
        retried,
        seconds,
    )


async def _kept(wire: Wire, one: Seated) -> tuple[int, int]:
    """How many messages of this person are lost, and how many are there more than once."""
    copy = (await wire.ask("GET", "/api/copy", one.token)).json()["conversations"][0]
    parts = Counter(text for row in copy["answers"] for text in row["words"])
    turns = len(copy["thread"]) - one.turns
    wanted = Counter(one.texts)
    lost, doubled = (wanted - parts).total(), (parts - wanted).total()
    return (
        max(lost, len(one.bodies) - turns),
        max(doubled, turns - len(one.bodies)),
    )


def on_sqlite(folder: Path, people: int = PEOPLE) -> Outcome:
    """One server."""
    with server.parole(folder) as one:
        return asyncio.run(deliver([one], "SQLite", people))


def on_postgres(url: str, folder: Path, people: int = PEOPLE) -> Outcome:
    """Two servers on one empty database, with one key."""
    migrate(url)
    with ExitStack() as stack:
        servers = [stack.enter_context(server.parole(folder, database_url=url)) for _ in range(2)]
        return asyncio.run(deliver(servers, "PostgreSQL", people))


def told(outcomes: Sequence[Outcome]) -> str:
    """The figures, as a table in French."""
    rows: list[tuple[Cell, ...]] = [
        ("Serveurs", *(one.servers for one in outcomes)),
        ("Livraisons", *(one.deliveries for one in outcomes)),
        ("Messages distincts", *(one.messages for one in outcomes)),
        ("Livraisons répétées, réponse identique", *(one.same - one.messages for one in outcomes)),
        ("Réponses différentes", *(one.different for one in outcomes)),
        ("Messages perdus", *(one.lost for one in outcomes)),
        ("Messages gardés deux fois", *(one.doubled for one in outcomes)),
        ("Refus (hors 503 relivrés)", *(one.refused.total() for one in outcomes)),
        ("503 relivrés", *(one.retried for one in outcomes)),
        ("Durée (s)", *(round(one.seconds, 1) for one in outcomes)),
    ]
    return table(("Livraisons multiples", *(one.database for one in outcomes)), rows)


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.deliveries", description=__doc__)
    asked.add_argument("--people", type=int, default=PEOPLE)
    people = asked.parse_args().people
    from tests.postgres import Cluster, programs

    outcomes = []
    with tempfile.TemporaryDirectory(prefix="parole-") as folder:
        outcomes.append(on_sqlite(Path(folder) / "sqlite", people))
        if programs() is None:
            print("PostgreSQL n'est pas installé : SQLite seulement.")
        else:
            cluster = Cluster()
            try:
                outcomes.append(on_postgres(cluster.url(), Path(folder) / "postgres", people))
            finally:
                cluster.stop()
    print(told(outcomes))
    sys.exit(0 if all(one.right for one in outcomes) else 1)


if __name__ == "__main__":
    main()
