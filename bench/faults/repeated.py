"""R1: every message delivered several times, in any order, to one or two servers: kept once.

Some people stand at an open question. Each has ten messages that hold in any order: parts of the
answer, a typed wish, buttons of this question and of an old one. Every message is delivered one to
five times; all deliveries are shuffled and sent over eight connections.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.faults.goals import Asked, Result
from bench.faults.place import placed
from bench.people import OWN, read_texts
from bench.person import WAYS_OUT
from bench.wire import Wire, written

TIMES, CONNECTIONS = 5, 8
PARTS = 7  # and three messages of other sorts: ten in all
PATIENCE = 60  # retries after a 503


@dataclass(frozen=True, slots=True)
class Seated:
    """A person at an open question."""

    token: str
    turns: int  # so far, the opening included
    texts: tuple[str, ...]
    bodies: tuple[bytes, ...]  # the ten messages


@dataclass
class Outcome:
    """What the servers did with all that."""

    deliveries: int = 0
    messages: int = 0
    different: int = 0  # deliveries answered otherwise than the others of their message
    lost: int = 0
    doubled: int = 0
    refused: Counter[int] = field(default_factory=Counter)  # statuses other than 200 and 503
    retried: int = 0

    @property
    def failures(self) -> int:
        return self.different + self.lost + self.doubled + self.refused.total()


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


async def deliver(ports: Sequence[int], people: int, seed: int) -> Outcome:
    """Seat everyone, deliver everything, then read what is kept."""
    texts, draw, outcome = read_texts(OWN), Random(seed), Outcome()
    async with AsyncExitStack() as stack:
        wires = [
            await stack.enter_async_context(Wire("127.0.0.1", ports[n % len(ports)]))
            for n in range(CONNECTIONS)
        ]
        seated = [await seat(wires[n % CONNECTIONS], n, texts) for n in range(people)]
        messages = [(n, m) for n in range(people) for m in range(len(seated[n].bodies))]
        waiting = [one for one in messages for _ in range(draw.randint(1, TIMES))]
        draw.shuffle(waiting)
        heard: dict[tuple[int, int], Counter[bytes]] = defaultdict(Counter)

        async def postman(wire: Wire, round: Sequence[tuple[int, int]]) -> None:
            for who, which in round:
                one = seated[who]
                for _ in range(PATIENCE):
                    answered = await wire.ask("POST", "/api/messages", one.token, one.bodies[which])
                    if answered.status != 503:
                        break
                    outcome.retried += 1
                    await asyncio.sleep(0.1)
                if answered.status == 200:
                    heard[who, which][answered.body] += 1
                else:
                    outcome.refused[answered.status] += 1

        await asyncio.gather(
            *(postman(wire, waiting[n::CONNECTIONS]) for n, wire in enumerate(wires))
        )
        for n, one in enumerate(seated):
            gone, more = await _kept(wires[n % CONNECTIONS], one)
            outcome.lost, outcome.doubled = outcome.lost + gone, outcome.doubled + more
    outcome.messages, outcome.deliveries = len(messages), len(waiting)
    outcome.different = sum(one.total() - max(one.values()) for one in heard.values())
    return outcome


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


def run(asked: Asked) -> Iterator[Result]:
    for seed in asked.seeds:
        for database in asked.databases:
            with placed(asked, database) as place:
                one = asyncio.run(deliver(place.ports, asked.many(8, 1000), seed))
            figure = (
                f"{one.deliveries} livraisons, {one.lost} perdus, {one.doubled} en double, "
                f"{one.different} réponses différentes, {one.refused.total()} refus, "
                f"{one.retried} 503 relivrés"
            )
            case = "livraisons répétées et mêlées"
            yield Result("R1", database, case, one.messages, (seed,), one.failures, figure)
