"""People with a slow telephone network that loses 30 %: is anything lost, or counted twice?

    python -m bench.network                  100 people of 12 turns, times divided by 4
    python -m bench.network --faster 1       as slow as the real thing

A real server, a network of ours before it (`bench/lossy.py`), and the page's rule for sending
again: the same id, after 2 s, then twice as long at each failure, 30 s at most.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bench.lossy import Network
from bench.server import parole

FIRST_WAIT, LONGEST_WAIT, PATIENCE = 2.0, 30.0, 30.0  # seconds, as in waiting.js and parole.js


@dataclass
class Person:
    """Answers what is asked: a button when there is one, else words that nobody else types."""

    number: int
    client: httpx.AsyncClient
    faster: float
    token: str = ""
    replies: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    again: int = 0
    waited: float = 0.0  # the longest between a message and its answer, in seconds

    async def live(self, turns: int) -> None:
        opened = await self._until_answered(
            "/api/conversations", {"opening": secrets.token_urlsafe(16)}
        )
        self.token, self.replies = opened["token"], opened["replies"]
        for turn in range(turns):
            began = time.perf_counter()
            given, shown = self._answer(turn)
            told = await self._until_answered(
                "/api/messages", {"id": f"p{self.number}-{turn}", **given}
            )
            self.said.append(shown)
            self.replies = told["replies"]
            self.waited = max(self.waited, (time.perf_counter() - began) * self.faster)

    def _answer(self, turn: int) -> tuple[dict[str, str], str]:
        choices = [choice for reply in self.replies for choice in reply["choices"]]
        own = [choice for choice in choices if ":!" not in choice["value"]]
        done = [choice for choice in choices if choice["value"].endswith(":!done")]
        text = " ".join(reply["text"] for reply in self.replies)
        if own or done:
            chosen = (own or done)[0]
            return {"choice": chosen["value"]}, chosen["label"]
        words = "Lille" if "département" in text else f"Personne {self.number}, message {turn}."
        return {"text": words}, words

    async def _until_answered(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        wait = FIRST_WAIT
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        while True:
            try:
                answer = await self.client.post(path, json=body, headers=headers)
            except httpx.TransportError:
                self.again += 1
                await asyncio.sleep(wait / self.faster)
                wait = min(LONGEST_WAIT, wait * 2)
                continue
            answer.raise_for_status()
            return dict(answer.json())


def plain(text: str) -> str:
    """A label as it is shown again: ticks come and go."""
    return text.removeprefix("✓").strip()


async def play(folder: Path, server: int, people: int, turns: int, faster: float) -> list[str]:
    """Everyone at once. Says what happened; the last line begins with « Rien » when all is well."""
    delay = (0.3 / faster, 0.8 / faster)
    network = Network(server, delay=delay, speed=5_000 * faster)
    began = time.perf_counter()
    async with network.open() as port:
        persons = [
            Person(
                number,
                httpx.AsyncClient(
                    base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False
                ),
                faster,
            )
            for number in range(people)
        ]
        await asyncio.gather(*(person.live(turns) for person in persons))
        for person in persons:
            await person.client.aclose()
    spent = time.perf_counter() - began
    wrong = [person.number for person in persons if await kept(server, person) is False]
    with closing(sqlite3.connect(folder / "parole.db")) as base:
        [opened] = base.execute("select count(*) from conversations").fetchone()
        [written] = base.execute("select count(*) from turns").fetchone()
    twice = written - opened - people * turns
    lost = network.happened
    slowest = sorted(person.waited for person in persons)
    return [
        f"{people} personnes de {turns} tours, réseau 2G simulé (0,3 à 0,8 s par trajet, 5 Ko/s), "
        f"{lost['requests']} envois, temps divisés par {faster:g} : {spent:.0f} s",
        f"perdus avant le serveur : {lost['lost before the server']} ; "
        f"réponses perdues après lui : {lost['lost after the server']} ; "
        f"renvois : {sum(person.again for person in persons)}",
        f"attente la plus longue d’une personne, sur un vrai réseau : {slowest[people // 2]:.0f} s "
        f"pour la moitié d’entre elles, {slowest[-1]:.0f} s au pire",
        f"conversations ouvertes en trop (vides) : {opened - people}",
        "Rien n’est perdu, rien n’est compté deux fois."
        if not wrong and not twice
        else f"FAUX : {len(wrong)} fils différents de ce qui a été dit, {twice} tours de trop",
    ]


async def kept(server: int, person: Person) -> bool:
    """Whether the thread holds what this person said, once, in order."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        answer = await client.get(
            f"http://127.0.0.1:{server}/api/messages",
            headers={"Authorization": f"Bearer {person.token}"},
        )
    thread = [plain(one["text"]) for one in answer.json()["messages"] if one["from"] == "person"]
    return thread == [plain(one) for one in person.said]


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.network", description=__doc__)
    asked.add_argument("--people", type=int, default=100)
    asked.add_argument("--turns", type=int, default=12)
    asked.add_argument("--faster", type=float, default=4.0, help="divise tous les temps")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="parole-") as made:
        folder = Path(made) / "data"
        with parole(folder) as server:
            told = asyncio.run(play(folder, server.port, given.people, given.turns, given.faster))
    print("\n".join(told))
    if not told[-1].startswith("Rien"):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
