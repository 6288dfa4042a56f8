"""R6: Telegram tells us to wait, fails, delivers and says nothing, or refuses a person."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from bench.faults.chats import FIRST, Chats, Told, heard_by_one
from bench.faults.goals import SQLITE, Asked, Result
from bench.faults.place import placed
from tests.telegram_server import Fault

TOGETHER = 25  # messages a second, in all
SLACK = 0.85  # of a delay that the network and a busy machine shorten
SHORT = 11  # messages of one person, in the short version
BLOCKING = 50  # one person in so many has blocked us


@dataclass
class Plan:
    """10 % told to wait, 10 % failures, 5 % delivered without an answer, some persons who left."""

    draw: Random
    longest: int
    rests: dict[int, float] = field(default_factory=dict)
    early: int = 0
    drawn: Counter[str] = field(default_factory=Counter)
    started: bool = False

    def __call__(self, nth: int, chat: int, text: str) -> Fault | None:  # noqa: ARG002
        if not self.started:
            return None
        now = time.monotonic()
        self.early += now < self.rests.get(chat, 0.0)
        draw = self.draw.random()
        if leaves(chat - FIRST):
            return self._of("403")
        if draw < 0.10:
            after = self.draw.randint(1, self.longest)
            self.rests[chat] = now + after
            return self._of("429", after)
        if draw < 0.20:
            return self._of("500")
        return self._of("late") if draw < 0.25 else None

    def _of(self, kind: str, after: int = 1) -> Fault:
        self.drawn[kind] += 1
        return Fault(kind, after)


def leaves(person: int) -> bool:
    return person % BLOCKING == 4


def run(asked: Asked) -> Iterator[Result]:
    for seed in asked.seeds:
        for database in asked.databases:
            yield one(asked, database, seed)


def one(asked: Asked, database: str, seed: int) -> Result:
    speed = asked.of(200, TOGETHER)  # messages a second; the short one has shorter delays
    tuned = {"deaths": [], "pace": speed, "lease": asked.of(5, 30), "patience": asked.of(2, 0)}
    people = asked.many(5, 190)
    plan = Plan(Random(f"R6 {seed}"), asked.of(2, 30))
    servers = 1 if database == SQLITE else 2
    with (
        Chats(hook=servers > 1, rounds=1, most=None if asked.long else SHORT) as chats,
        placed(asked, database, plans=[tuned] * servers, settings=chats.settings) as place,
    ):
        chats.begin(place)
        due = heard_by_one(chats)
        chats.server.faults, chats.server.late = plan, asked.of(6, 32)
        plan.started, begun = True, len(chats.server.sent)
        chats.play(people)
        told = chats.quiet(due, people, without=leaves)
        sent = chats.server.sent[begun:]
    apart = TOGETHER / speed
    quick = sum(
        b - a < apart * SLACK
        for person in range(1, people + 1)
        for a, b in pairwise(sorted(s.at for s in sent if s.chat == FIRST + person))
    )
    tries = sorted(at for _, at, _ in chats.server.attempts[begun:])
    crowded = sum(b - a < apart * SLACK for a, b in zip(tries, tries[TOGETHER + 1 :], strict=False))
    return _result(database, seed, told, plan, len(tries), (quick, crowded), chats.unanswered)


def _result(
    database: str,
    seed: int,
    told: Told,
    plan: Plan,
    tries: int,
    pace: tuple[int, int],
    unanswered: int,
) -> Result:
    more = max(0, told.twice - plan.drawn["late"])
    failures = told.missing + told.otherwise + more + plan.early + sum(pace) + unanswered
    drawn = ", ".join(f"{count} × {kind}" for kind, count in sorted(plan.drawn.items()))
    figure = (
        f"{drawn} ; {told.missing} réponses en moins, {told.otherwise} hors de l’ordre, "
        f"{told.twice} en double (au plus {plan.drawn['late']}), {plan.early} avant l’heure, "
        f"rythme dépassé {pace[0]} fois par personne et {pace[1]} en tout"
    )
    return Result("R6", database, "pannes de Telegram", tries, (seed,), failures, figure)
