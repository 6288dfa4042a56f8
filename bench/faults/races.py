"""R8: two to eight devices of one person at the same time: as if one had spoken after another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

import hypothesis

from bench.faults.crowd import Counted, Insisting, Line, Person, masked, script
from bench.faults.devices import Devices, played
from bench.faults.goals import SQLITE, Asked, Result
from bench.faults.place import placed
from bench.wire import written

MOST = 8  # devices
STEPS = 50  # of one example of the state machine
LEAST = 5_000  # steps of five seeds, the goal


@dataclass
class Raced:
    """Races, and what does not fit any order."""

    races: int = 0
    messages: int = 0
    twice: int = 0  # two messages that took the same turn
    otherwise: int = 0  # answered one thing, and another is in the thread
    unlike: int = 0  # threads that no order of the same messages gives
    orders: list[list[Mapping[str, str]]] = field(default_factory=list)

    @property
    def failures(self) -> int:
        return self.twice + self.otherwise + self.unlike


def run(asked: Asked) -> Iterator[Result]:
    for seed in asked.seeds:
        for database in asked.databases:
            with placed(asked, database) as place:
                raced = asyncio.run(
                    together(place.ports, asked.many(1, 30), Random(seed), asked.rounds)
                )
            figure = (
                f"{raced.messages} messages, {raced.twice} tours pris deux fois, "
                f"{raced.otherwise} réponses autres, {raced.unlike} fils sans ordre possible"
            )
            case = "2 à 8 appareils"
            yield Result("R8", database, case, raced.races, (seed,), raced.failures, figure)
    yield machine(asked)


async def together(ports: Sequence[int], people: int, draw: Random, rounds: int = 3) -> Raced:
    raced = Raced()
    for number in range(1, people + 1):
        await one(ports, number, draw, raced, rounds)
    return raced


async def one(ports: Sequence[int], number: int, draw: Random, raced: Raced, rounds: int) -> None:
    """One person on many devices, then the same messages one after another."""
    person = Person(number, script(number, rounds))
    doors = [Insisting(ports, Counted(), n) for n in range(MOST)]
    await person.opens(doors[0])
    turns: dict[int, Mapping[str, str]] = {}
    answers: dict[int, list[str]] = {}

    async def sends(door: Insisting, id: str, fields: Mapping[str, str]) -> None:
        body = written({"id": id, **fields})
        answered = await door.ask("POST", "/api/messages", person.token, body)
        replies = answered.json()["replies"] if answered.status == 200 else []
        turn = int(replies[0]["id"].partition(".")[0]) if replies else 0
        raced.messages += 1
        raced.twice += turn in turns
        turns[turn] = fields
        answers[turn] = [masked(reply["text"]) for reply in replies]

    for at, fields in enumerate(person.script):
        devices = draw.randint(2, MOST)
        others = [fields, {"text": "aide"}, {"text": f"Encore un mot, {at}."}]
        others += [person.script[draw.randrange(at + 1)]]
        said = [fields, *(draw.choice(others) for _ in range(devices - 1))]
        raced.races += 1
        await asyncio.gather(*(sends(doors[n], f"r{at}-{n}", one) for n, one in enumerate(said)))
    thread = await person.thread(doors[0])
    shown = [text for who, text, _ in thread if who == "assistant"]
    for told in answers.values():
        raced.otherwise += any(text not in shown for text in told)
    again = await alone([turns[turn] for turn in sorted(turns)], doors[0])
    raced.unlike += again != thread
    for door in doors:
        await door.close()


async def alone(said: Sequence[Mapping[str, str]], door: Insisting) -> list[Line]:
    """The thread of somebody who says these messages in this order, one at a time."""
    person = Person(0, tuple(said))
    await person.live(door)
    return await person.thread(door)


def machine(asked: Asked) -> Result:
    """Hypothesis: two servers of one memory, messages lost and delivered again, in memory."""
    examples, failed, why = asked.of(1, 28), 0, ""
    Devices.steps = 0
    for seed in asked.seeds:
        try:
            played(examples, STEPS, seed)
        except (AssertionError, hypothesis.errors.HypothesisException) as error:
            failed, why = failed + 1, f", {type(error).__name__} (graine {seed})"
    steps, suites = Devices.steps, examples * len(asked.seeds)
    least = LEAST * len(asked.seeds) // 5 if asked.long else 0
    figure = f"{steps} pas en {suites} suites{why}"
    case = "machine à états"
    return Result("R8", SQLITE, case, steps, asked.seeds, failed, figure, steps < least)
