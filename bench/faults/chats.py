"""People on Telegram, through the emulated Bot API: the same conversation as on the page."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from types import TracebackType
from typing import Any, Self

import httpx

from bench.faults.crowd import mark, masked, script
from bench.faults.place import Place
from tests.telegram_server import TOKEN, TelegramServer

SECRET = "secret-du-banc-0123456789"
FIRST = 970_000_000
NOTED = "C'est noté"  # what is said next takes its place
QUIET = 2.0  # seconds without anything new, once nothing is missing


@dataclass
class Told:
    """What the persons received, against what they were due."""

    received: int = 0
    missing: int = 0
    twice: int = 0
    otherwise: int = 0
    first: str = ""  # what was wrong first, for whoever looks for it

    def compare(self, received: Sequence[str], due: Sequence[str]) -> None:
        """One person's. What was said again, of what was due, is counted as twice."""
        self.received += len(received)
        more, left = apart(received, due)
        absent = Counter(left)
        for text in more:
            if absent[text]:  # it comes after what it should have come before
                absent[text] -= 1
                self._odd(f"late: {text}")
            elif text in due:
                self.twice += 1
            elif not text.startswith(NOTED):
                self._odd(f"unknown: {text}")
        gone = [text for text in absent.elements() if not text.startswith(NOTED)]
        self.missing += len(gone)
        self.first = self.first or (f"missing: {gone[0]}" if gone else "")

    def _odd(self, what: str) -> None:
        self.otherwise += 1
        self.first = self.first or what


def apart(received: Sequence[str], due: Sequence[str]) -> tuple[list[str], list[str]]:
    """What is left of each without their longest common thread.

    A text may be due several times: said again, the first one is not the second one too early.
    """
    same = next((n for n, (a, b) in enumerate(zip(received, due, strict=False)) if a != b),
                min(len(received), len(due)))  # fmt: skip
    received, due = received[same:], due[same:]
    common = [[0] * (len(due) + 1) for _ in range(len(received) + 1)]
    for i, j in product(reversed(range(len(received))), reversed(range(len(due)))):
        equal = received[i] == due[j]
        common[i][j] = (
            common[i + 1][j + 1] + 1 if equal else max(common[i + 1][j], common[i][j + 1])
        )
    more, left, i, j = [], [], 0, 0
    while i < len(received) and j < len(due):
        if received[i] == due[j]:
            i, j = i + 1, j + 1
        elif common[i + 1][j] >= common[i][j + 1]:
            more.append(received[i])
            i += 1
        else:
            left.append(due[j])
            j += 1
    return [*more, *received[i:]], [*left, *due[j:]]


@dataclass
class Chats:
    """The emulated Bot API and the people behind it."""

    hook: bool = False  # Telegram brings the updates to the servers, each to any of them
    rounds: int = 3
    most: int | None = None  # messages of one person, when not the whole conversation
    server: TelegramServer = field(default_factory=TelegramServer)
    turns: int = 0
    unanswered: int = 0  # updates that never got their 2xx
    statuses: dict[int, int] = field(default_factory=dict)
    _place: Place | None = None

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.__exit__(kind, error, trace)

    @property
    def settings(self) -> dict[str, str]:
        found = {"telegram_token": TOKEN, "telegram_api": self.server.url}
        if self.hook:
            found |= {"telegram_mode": "webhook", "telegram_secret": SECRET}
            found |= {"public_url": "https://parole.exemple.fr"}
        return found

    def begin(self, place: Place) -> None:
        self._place = place
        for server in place.servers:
            server.says("Telegram : https://t.me/parole_bot")

    def updates(self, person: int, rounds: int | None = None) -> list[dict[str, Any]]:
        """What this person sends, from /start to the last button."""
        numbers = self.rounds if rounds is None else rounds
        made: list[dict[str, Any]] = []
        with self.server._lock:
            kept, self.server.updates = self.server.updates, []
            self.server.says(FIRST + person, "/start")
            for fields in script(person, numbers):
                if "text" in fields:
                    self.server.says(FIRST + person, fields["text"])
                else:
                    self.server.presses(FIRST + person, fields["choice"])
            made, self.server.updates = self.server.updates, kept
        return made[: self.most]

    def play(self, people: int) -> None:
        """Everybody says everything, without waiting to be answered."""
        told = [self.updates(n) for n in range(1, people + 1)]
        self.turns += sum(map(len, told))
        self.bring(told)

    def bring(self, told: Sequence[Sequence[dict[str, Any]]]) -> None:
        if self.hook:
            asyncio.run(self._bring(told))
            return
        longest = max(map(len, told))
        with self.server._lock:  # numbered again: Telegram's order is the order of sending
            for at in range(longest):
                for mine in told:
                    if at < len(mine):
                        update = {k: v for k, v in mine[at].items() if k != "update_id"}
                        self.server.push(update)

    async def _bring(self, told: Sequence[Sequence[dict[str, Any]]]) -> None:
        assert self._place is not None
        ports, slots = self._place.ports, asyncio.Semaphore(8)
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}

        async def one(mine: Sequence[dict[str, Any]], client: httpx.AsyncClient) -> None:
            async with slots:
                for update in mine:
                    if not await deliver(client, update):
                        self.unanswered += 1

        async def deliver(client: httpx.AsyncClient, update: dict[str, Any]) -> bool:
            number, until = int(update["update_id"]), time.monotonic() + 90
            while time.monotonic() < until:
                number += 1
                url = f"http://127.0.0.1:{ports[number % len(ports)]}/telegram/webhook"
                try:
                    status = (await client.post(url, json=update, headers=headers)).status_code
                except httpx.TransportError:
                    status = 0
                self.statuses[status] = self.statuses.get(status, 0) + 1
                if status == 200:
                    return True
                await asyncio.sleep(0.2)
            return False

        async with httpx.AsyncClient(trust_env=False, timeout=25) as client:
            await asyncio.gather(*(one(mine, client) for mine in told))

    def received(self, person: int) -> list[str]:
        with self.server._lock:
            mine = [one.text for one in self.server.sent if one.chat == FIRST + person]
        return [masked(text) for text in mine]

    def compared(
        self, due: Sequence[str], people: int, without: Callable[[int], bool] = lambda _: False
    ) -> Told:
        told, zero = Told(), mark(0)
        for person in (n for n in range(1, people + 1) if not without(n)):
            mine = [text.replace(zero, mark(person)) for text in due]
            told.compare(self.received(person), mine)
        return told

    def quiet(
        self,
        due: Sequence[str],
        people: int,
        within: float = 1200,
        without: Callable[[int], bool] = lambda _: False,
    ) -> Told:
        """Wait until nothing is missing and nothing more comes; what was received."""
        until, still, last = time.monotonic() + within, 0.0, -1
        while time.monotonic() < until:
            told = self.compared(due, people, without)
            if told.received != last:
                last, still = told.received, time.monotonic()
            calm = time.monotonic() - still
            if (not told.missing and calm > QUIET) or calm > 75:
                break
            time.sleep(0.2)
        if told.first:
            print(f"  {told.first}")
        return told


def heard_by_one(chats: Chats) -> list[str]:
    """What the person 0 receives when nothing goes wrong and each reply is waited for."""
    for update in chats.updates(0):
        before = len(chats.received(0))
        chats.bring([[update]])
        until = time.monotonic() + 30
        while len(chats.received(0)) == before:
            if time.monotonic() > until:
                raise RuntimeError("a message of the reference was not answered")
            time.sleep(0.01)
    count, still = -1, time.monotonic()
    while time.monotonic() - still < QUIET:
        if (now := len(chats.received(0))) != count:
            count, still = now, time.monotonic()
        time.sleep(0.05)
    return chats.received(0)
