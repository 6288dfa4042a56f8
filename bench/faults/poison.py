"""R9: an update that breaks the program each time: set aside, and the person is served again."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.faults.breakable import POISON
from bench.faults.chats import FIRST, Chats
from bench.faults.goals import SQLITE, Asked, Result
from bench.faults.place import placed

ASIDE = "telegram_update_set_aside"


def run(asked: Asked) -> Iterator[Result]:
    for database in asked.databases:
        yield one(asked, database)


def one(asked: Asked, database: str) -> Result:
    """One message in ten is poison; what is around it must be answered."""
    people = asked.of(3, 50)
    count = 1 if database == SQLITE else 2
    plans = [{"deaths": [], "pace": 500, "poison": True}] * count
    with (
        Chats(hook=True) as chats,
        placed(asked, database, plans=plans, settings=chats.settings) as place,
    ):
        chats.begin(place)
        told = []
        for person in range(1, people + 1):
            for text in ("/start", POISON, "qui êtes-vous"):
                chats.server.says(FIRST + person, text)
            told.append(chats.server.updates)
            chats.server.updates = []
        chats.bring(told)
        until = time.monotonic() + 30
        good = 0
        while good < people and time.monotonic() < until:
            time.sleep(0.1)
            heard = [chats.received(person) for person in range(1, people + 1)]
            good = sum(any("assistant automatique" in t for t in texts[3:]) for texts in heard)
        aside = sum(server.said.count(ASIDE) for server in place.servers)
    refused = sum(count for status, count in chats.statuses.items() if status != 200)
    failures = (people - good) + abs(people - aside) + refused
    figure = (
        f"{people} poisons, {aside} mis de côté, {good} personnes servies après, {refused} ≠ 200"
    )
    return Result("R9", database, "message empoisonné", 3 * people, (), failures, figure)
