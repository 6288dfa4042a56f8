"""R7: nobody here for 23 hours, then everything that Telegram kept arrives at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from bench.faults.chats import QUIET, Chats
from bench.faults.crowd import mark
from bench.faults.goals import SQLITE, Asked, Result
from bench.faults.place import placed
from bot.wording import read_sentences

HOURS = 23
EACH = 20  # messages of one person


def run(asked: Asked) -> Iterator[Result]:
    for seed in asked.seeds:
        for database in asked.databases:
            yield one(asked, database, seed)


def waiting(chats: Chats, people: int) -> list[list[dict[str, Any]]]:
    """What each person said during the outage, one message about every hour."""
    now, told = time.time(), []
    for person in range(1, people + 1):
        mine = chats.updates(person, 1)[:EACH]
        for at, update in enumerate(mine):
            if "message" in update:
                ago = HOURS * 3600 * (1 - at / EACH)
                update["message"]["date"] = int(now - ago)
        told.append(mine)
    return told


def one(asked: Asked, database: str, seed: int) -> Result:
    people = asked.many(3, 250)
    servers = 1 if database == SQLITE else 2
    tuned = {"deaths": [], "pace": asked.of(500, 100)}
    with (
        Chats(hook=servers > 1, rounds=1) as chats,
        placed(asked, database, plans=[tuned] * servers, settings=chats.settings) as place,
    ):
        chats.begin(place)
        told = waiting(chats, people)
        chats.bring(told)
        last, still, until = -1, time.monotonic(), time.monotonic() + 1200
        while time.monotonic() < until and time.monotonic() - still < 2 * QUIET:
            if (count := len(chats.server.sent)) != last:
                last, still = count, time.monotonic()
            time.sleep(0.1)
        heard = {person: chats.received(person) for person in range(1, people + 1)}
    absent = read_sentences()["absent"]
    excuses = [sum(absent in text for text in texts) for texts in heard.values()]
    lost = sum(not _all_there(person, texts) for person, texts in heard.items())
    failures = lost + sum(count != 1 for count in excuses) + chats.unanswered
    count = sum(map(len, told))
    figure = (
        f"{people} personnes, {lost} fils incomplets ou hors de l’ordre, "
        f"{max(excuses)} message « absents » au plus par personne"
    )
    return Result("R7", database, "absents 23 h", count, (seed,), failures, figure)


def _all_there(person: int, texts: list[str]) -> bool:
    """The summary of what they told holds both parts in order, and the last question came."""
    me, whole = mark(person), "\n".join(texts)
    first, second = whole.find(f"Les nuits sont longues au foyer, fois 0 ({me})"), -1
    if first >= 0:
        second = whole.find(f"Et les jours passent vite aussi, fois 0 ({me})", first)
    third = whole.find(f"Il faut du temps pour chacun, fois 0 ({me})", max(second, 0))
    return 0 <= first < second < third
