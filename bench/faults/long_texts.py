"""A3: two hundred texts of 10 000 characters, to the real Rasa, beside people who talk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from bench.faults.crowd import Counted, Insisting, Person, crowd, script
from bench.faults.goals import SQLITE, Asked, Result
from bench.faults.misunderstood import rasa, trained
from bench.faults.place import Place, placed
from bench.figures import quantile
from bench.wire import written

LONG = 10_000  # characters
SECONDS, GIGABYTES = 2.0, 2.0  # the goals


def run(asked: Asked) -> Iterator[Result]:
    model = trained()
    if model is None:
        yield Result("A3", "—", "textes longs", 0, (), 0, "non joué : Rasa n’est pas installé ici")
        return
    for seed in asked.seeds:
        for database in asked.databases:
            count = 1 if database == SQLITE else 2
            with rasa(model) as (pid, path):
                settings = {"rasa_url": f"unix:{path}"}
                plans: list[dict[str, Any]] = [{"deaths": []}] * count
                with placed(asked, database, plans=plans, settings=settings) as place:
                    yield asyncio.run(one(asked, database, place, pid, seed))


async def one(asked: Asked, database: str, place: Place, pid: int, seed: int) -> Result:
    counted, pasted = Counted(), Counted()
    texts = asked.many(12, 200)
    others = asyncio.create_task(
        crowd(place.ports, asked.of(3, 20), counted, at_once=20, gap=lambda: 0.5)
    )
    draw = Random(seed)
    await asyncio.gather(*(pastes(place, n, texts // 4, draw, pasted) for n in range(4)))
    await others
    p95 = quantile(sorted(counted.took), 0.95)
    resident = peak(pid)
    wrong = counted.wrong.total() + pasted.wrong.total()
    missed = resident > GIGABYTES or (asked.long and p95 > SECONDS)
    figure = (
        f"{pasted.answered} textes, les autres : p95 {1000 * p95:.0f} ms, "
        f"Rasa : {resident:.2f} Gio au plus"
    )
    return Result("A3", database, "textes longs", texts, (seed,), wrong, figure, missed)


async def pastes(place: Place, number: int, count: int, draw: Random, counted: Counted) -> None:
    """Somebody who pastes long texts, one after another."""
    door, person = Insisting(place.ports, counted, number), Person(number, script(number))
    await person.opens(door)
    for at in range(9):  # up to an open question
        await person.says(door, at)
    words = ("nuit", "foyer", "équipe", "horaires", "repas", "aider", "fatigue", "écouter")
    for at in range(count):
        text = ""
        while len(text) < LONG:
            text += draw.choice(words) + draw.choice((" ", ", ", ". "))
        body = written({"id": f"long{at}", "text": text[:LONG]})
        await door.ask("POST", "/api/messages", person.token, body)
    await door.close()


def peak(pid: int) -> float:
    """The most memory that a process held, in GiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 2**20
    return 0.0
