"""R1 on Telegram: each update brought one to five times, as Telegram itself may, and kept once.

Telegram keeps two queues for a person, of messages and of presses, and brings one update of a
queue at a time. It brings one again when it did not hear our 200: right after, beside the first,
which is still under way, or much later, when a proxy held it. Half of the copies have a number of
their own, as after a quiet week: the message is the same.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from bench.faults.chats import FIRST, NOTED, QUIET, SECRET, Chats
from bench.faults.goals import SQLITE, Asked, Result
from bench.faults.place import Place, placed
from bench.people import OWN, read_texts
from bot.app.memory import open_memory
from bot.settings import Settings

TIMES, CONNECTIONS = 5, 8
PARTS, SEAT = 7, 8  # texts of one person; updates up to the open question
KINDS = ("right after", "beside", "late")
OLD, ASIDE = "qui_repond:seul", ":!my_answers"  # buttons

Update = dict[str, Any]


@dataclass
class Queue:
    """What Telegram still has to bring of one person, in order."""

    updates: list[Update]
    busy: bool = False
    again: int = 0  # how many times the first one comes again
    begun: bool = False


@dataclass
class Post:
    """Telegram's queues, and the copies that left them."""

    queues: list[Queue]
    draw: Random
    loose: list[Update] = field(default_factory=list)
    wandering: list[Update] = field(default_factory=list)  # copies that are held somewhere
    deliveries: int = 0
    renumbered: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    retried: int = 0
    _number: int = 900_000_000

    def take(self) -> tuple[Queue | None, Update] | None:
        """Something that may be brought now, or None."""
        free = [one for one in self.queues if one.updates and not one.busy]
        held = self.draw.random() < 0.2 or not (free or self.loose)
        if held and self.wandering:
            return None, self.wandering.pop(self.draw.randrange(len(self.wandering)))
        if self.loose:
            return None, self.loose.pop()
        if not free:
            return None
        queue = self.draw.choice(free)
        queue.busy = True
        if not queue.begun:
            queue.begun = True
            for _ in range(self.draw.randint(0, TIMES - 1)):
                self._copied(queue)
        return queue, queue.updates[0]

    def _copied(self, queue: Queue) -> None:
        kind, copy = self.draw.choice(KINDS), dict(queue.updates[0])
        if kind == "right after":
            queue.again += 1
            return
        if self.draw.random() < 0.5:
            self._number += 1
            self.renumbered += 1
            copy["update_id"] = self._number
        (self.loose if kind == "beside" else self.wandering).append(copy)

    def brought(self, queue: Queue | None, update: Update, status: int) -> None:
        self.deliveries += 1
        known = status in (200, 503)
        if not known:
            self.refused[status] += 1
        self.retried += status == 503
        if queue is None:
            if status == 503:
                self.wandering.append(update)
            return
        queue.busy = False
        if status == 503:
            return
        if queue.again:
            queue.again -= 1
        else:
            queue.updates.pop(0)
            queue.begun = False

    @property
    def done(self) -> bool:
        return not (self.loose or self.wandering or any(one.updates for one in self.queues))


async def bring(post: Post, ports: Sequence[int]) -> None:
    """Everything, over eight connections."""

    async def postman(number: int) -> None:
        url = f"http://127.0.0.1:{ports[number % len(ports)]}/telegram/webhook"
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        async with httpx.AsyncClient(trust_env=False, timeout=25, headers=headers) as client:
            while not post.done:
                if (taken := post.take()) is None:
                    await asyncio.sleep(0.005)
                    continue
                queue, update = taken
                try:
                    status = (await client.post(url, json=update)).status_code
                except httpx.TransportError:
                    status = 0
                post.brought(queue, update, status)
                if status == 503:
                    await asyncio.sleep(0.1)

    await asyncio.gather(*(postman(n) for n in range(CONNECTIONS)))


def ten(chats: Chats, person: int, texts: Sequence[str]) -> tuple[list[str], list[Queue]]:
    """Ten messages of somebody at an open question, which hold in any order."""
    mine = [f"{texts[(person + n) % len(texts)]} ({person}.{n})" for n in range(PARTS)]
    kept, chats.server.updates = chats.server.updates, []
    for text in (*mine, "aide"):
        chats.server.says(FIRST + person, text)
    said, chats.server.updates = chats.server.updates, []
    for value in (ASIDE, OLD):
        chats.server.presses(FIRST + person, value)
    pressed, chats.server.updates = chats.server.updates, kept
    return mine, [Queue(said), Queue(pressed)]


def run(asked: Asked) -> Iterator[Result]:
    for seed in asked.seeds:
        for database in asked.databases:
            yield one(asked, database, seed)


def one(asked: Asked, database: str, seed: int) -> Result:
    people, servers = asked.many(6, 200), 1 if database == SQLITE else 2
    tuned = [{"deaths": [], "pace": 500}] * servers
    texts = read_texts(OWN)
    with (
        Chats(hook=True) as chats,
        placed(asked, database, plans=tuned, settings=chats.settings) as place,
    ):
        chats.begin(place)
        chats.bring([chats.updates(n, 1)[:SEAT] for n in range(1, people + 1)])
        told, queues = [], []
        for person in range(1, people + 1):
            mine, its = ten(chats, person, texts)
            told.append(mine)
            queues += its
        post = Post(queues, Random(seed))
        asyncio.run(bring(post, place.ports))
        calm(chats)
        lost, doubled, wrong = kept(chats, place, told)
    count = people * (PARTS + 3)
    failures = lost + doubled + wrong + post.refused.total() + chats.unanswered
    figure = (
        f"{post.deliveries} livraisons, dont {post.renumbered} sous un autre numéro, "
        f"{lost} perdus, {doubled} en double, {wrong} réponses en moins ou en trop, "
        f"{post.refused.total()} refus, {post.retried} 503 relivrés"
    )
    case = "Telegram, livraisons répétées et mêlées"
    return Result("R1", database, case, count, (seed,), failures, figure)


def calm(chats: Chats) -> None:
    """Until nothing more is said."""
    last, still, until = -1, time.monotonic(), time.monotonic() + 600
    while time.monotonic() - still < 2 * QUIET and time.monotonic() < until:
        if (count := len(chats.server.sent)) != last:
            last, still = count, time.monotonic()
        time.sleep(0.05)


def kept(chats: Chats, place: Place, told: Sequence[Sequence[str]]) -> tuple[int, int, int]:
    """Messages lost, kept more than once, and replies said otherwise than the thread has them."""
    given: dict[str, Any] = dict(place.settings)
    settings = Settings(_env_file=None, data_dir=place.folder, **given)
    memory = open_memory(settings, create=False)
    lost = doubled = wrong = 0
    try:
        for person, mine in enumerate(told, 1):
            it, thread = memory.store.thread("telegram", str(FIRST + person))
            parts = Counter(part.text for one in it.answers.values() for part in one.parts)
            turns, wanted = len(thread) - SEAT, Counter(mine)
            lost += max((wanted - parts).total(), PARTS + 3 - turns)
            texts = sum(parts[text] - 1 for text in mine if parts[text])
            doubled += max(texts, turns - PARTS - 3)
            due = sum(
                not reply.key.startswith("noted.") for turn in thread for reply in turn.replies
            )
            said = sum(not text.startswith(NOTED) for text in chats.received(person))
            wrong += abs(due - said)
    finally:
        memory.close()
    return lost, doubled, wrong
