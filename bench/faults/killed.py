"""R2: `kill -9` at every named point of a turn, and at random, on the web and on Telegram."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from bench.faults.chats import Chats, heard_by_one
from bench.faults.crowd import Counted, Found, crowd, known, looked
from bench.faults.goals import SQLITE, Asked, Result
from bench.faults.place import Death, Place, placed
from bench.faults.points import PUSH, TURN

PEOPLE = 22  # of 45 turns: a thousand


def deaths(draw: Random, count: int, points: Sequence[str], most: int) -> list[Death]:
    """Every point in turn, and as often a moment drawn at random."""
    named = [(point, float(draw.randint(1, most))) for point in points]
    drawn: list[Death] = []
    while len(drawn) < count:
        draw.shuffle(named)
        for death in named:
            drawn += [death, ("random", round(draw.uniform(0.2, 1.5), 3))]
    return drawn[:count]


def plans(asked: Asked, seed: int, count: int, servers: int, push: bool) -> list[dict[str, Any]]:
    points = ("received", "held", "saved", "committing", "committed", *PUSH) if push else TURN
    tuned = {"lease": 30 if asked.long else 3, "pace": 25 if asked.long else 250}
    return [
        {
            "deaths": deaths(Random(f"{seed} {n}"), count // servers, points, asked.of(6, 12)),
            **tuned,
        }
        for n in range(servers)
    ]


async def on_the_web(asked: Asked, place: Place, people: int) -> tuple[Found, Counted]:
    heard = await known(asked, place.ports)
    for server in place.servers:
        server.dies()
    counted = Counted()
    persons = await crowd(place.ports, people, counted, rounds=asked.rounds)
    for server in place.servers:
        await asyncio.to_thread(server.ready)
    return await looked(persons, place.ports, heard), counted


def run(asked: Asked) -> Iterator[Result]:
    for seed in asked.seeds:
        for database in asked.databases:
            yield web(asked, database, seed)
            yield telegram(asked, database, seed)


def web(asked: Asked, database: str, seed: int) -> Result:
    kills, people = asked.many(6, 200), asked.many(6, 10 * PEOPLE)
    servers = 1 if database == SQLITE else 2
    drawn = plans(asked, seed, kills, servers, push=False)
    with placed(asked, database, plans=drawn) as place:
        found, counted = asyncio.run(on_the_web(asked, place, people))
        died = place.deaths
    wrong = counted.wrong.total()
    figure = f"{died} arrêts, {found.told()}, {counted.broken} connexions perdues"
    case = "page web, kill -9"
    return Result("R2", database, case, found.turns, (seed,), found.failures + wrong, figure)


def telegram(asked: Asked, database: str, seed: int) -> Result:
    kills, people = asked.many(4, 200), asked.many(3, 10 * PEOPLE)
    servers = 1 if database == SQLITE else 2
    drawn = plans(asked, seed, kills, servers, push=True)
    with (
        Chats(hook=servers > 1, rounds=asked.rounds) as chats,
        placed(asked, database, plans=drawn, settings=chats.settings) as place,
    ):
        chats.begin(place)
        due = heard_by_one(chats)
        for server in place.servers:
            server.dies()
        began = time.monotonic()
        chats.play(people)
        told = chats.quiet(due, people)
        spent = time.monotonic() - began
        died = place.deaths
    more = max(0, told.twice - died)
    failures = told.missing + told.otherwise + more + chats.unanswered
    figure = (
        f"{died} arrêts, réponses : {told.received} reçues, {told.missing} en moins, "
        f"{told.twice} en double (au plus {died}), {told.otherwise} hors de l’ordre, {spent:.0f} s"
    )
    case = "Telegram, kill -9"
    return Result("R2", database, case, chats.turns, (seed,), failures, figure)
