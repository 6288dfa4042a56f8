"""Unknown tokens and requests to read cost little, whoever sends thousands of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.model import Heard, Message
from nlu.understand import Understanding
from tests.web_service import HOST, OURS, Person, Service, service

pytestmark = pytest.mark.anyio


@dataclass
class Counting:
    """Understands, and counts."""

    within: Understanding
    asked: int = 0

    async def understand(self, message: Message) -> Heard:
        self.asked += 1
        return await self.within.understand(message)


def from_address(served: Service, host: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(served.app, client=(host, 4242))
    return httpx.AsyncClient(transport=transport, base_url=HOST)


def stranger() -> dict[str, str]:
    return {"Authorization": f"Bearer {secrets.token_urlsafe(32)}"}


async def test_a_message_for_nobody_is_not_understood(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """A3: a well-formed token that was never given costs one read."""
    async with service(sqlite_template, tmp_path) as served, served.client() as http:
        served.reception.understander = counting = Counting(Understanding(None))
        message = {"id": "a1", "text": "Je travaille à Lille avec madame Dupont. " * 200}
        for _ in range(5):
            answer = await http.post("/api/messages", json=message, headers=stranger())
            assert answer.status_code == 401
        assert counting.asked == 0
        person = await Person.begins(http)
        counting.asked = 0
        assert (await person.sends(id="m1", text="aide")).status_code == 200
        assert counting.asked == 1


async def test_unknown_tokens_are_counted_by_connection(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A2: 429 in French; another connection, and whoever has begun, go on."""
    monkeypatch.setattr("bot.channels.web_talk.STRANGERS", 4)
    async with service(sqlite_template, tmp_path) as served:
        async with from_address(served, "9.9.9.9") as http:
            person = await Person.begins(http)
            message = {"id": "a1", "text": "aide"}
            seen = [
                await http.post("/api/messages", json=message, headers=stranger()),
                await http.get("/api/messages", headers=stranger()),
                await http.get("/api/copy", headers=stranger()),
                await http.delete("/api/conversation", headers=stranger()),
                await http.post("/api/messages", json=message, headers=stranger()),
            ]
            assert [one.status_code for one in seen] == [401] * 4 + [429]
            assert 0 < int(seen[-1].headers["retry-after"]) <= 3600
            assert "conversations inconnues" in seen[-1].json()["detail"]
            assert (await person.sends(**message)).status_code == 200
            http.cookies.set("parole", secrets.token_urlsafe(32))
            page = await http.get("/")
            assert page.status_code == 200  # a lost conversation: one may begin another
        async with from_address(served, "8.8.8.8") as http:
            other = await http.post("/api/messages", json=message, headers=stranger())
            assert other.status_code == 401


async def test_reading_again_and_again_waits(sqlite_template: Path, tmp_path: Path) -> None:
    """A1: twice as many readings as turns; the page says so, and keeps the conversation."""
    async with service(sqlite_template, tmp_path, max_turns_per_minute=3) as served:
        async with served.client() as http:
            person, other = await Person.begins(http), await Person.begins(http)
            seen = [await http.get("/api/messages", headers=person.bearer) for _ in range(7)]
            assert [one.status_code for one in seen] == [200] * 6 + [429]
            assert 0 < int(seen[-1].headers["retry-after"]) <= 60
            assert "Recommencez dans" in seen[-1].json()["detail"]
            assert (await http.get("/api/messages", headers=other.bearer)).status_code == 200
        async with served.client(cookies={"parole": person.token}) as http:
            for method, target in (("GET", "/"), ("POST", "/discussion"), ("GET", "/efface")):
                page = await http.request(method, target, headers={**OURS, "Accept": "text/html"})
                assert page.status_code == 429, target
                assert "Recommencez dans" in page.text
                assert "set-cookie" not in page.headers


async def test_copies_are_few_in_a_minute(sqlite_template: Path, tmp_path: Path) -> None:
    """A1: five; whoever follows the link reads a sentence, not JSON."""
    async with service(sqlite_template, tmp_path) as served, served.client() as http:
        person = await Person.begins(http)
        seen = [await http.get("/api/copy", headers=person.bearer) for _ in range(6)]
        assert [one.status_code for one in seen] == [200] * 5 + [429]
        follows = {**person.bearer, "Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
        page = await http.get("/api/copy", headers=follows)
        assert page.status_code == 429
        assert page.headers["content-type"].startswith("text/html")
        assert "Recommencez dans" in page.text
        assert (await person.sends(id="m1", text="aide")).status_code == 200


async def test_erasing_again_and_again_waits(sqlite_template: Path, tmp_path: Path) -> None:
    async with service(sqlite_template, tmp_path) as served, served.client() as http:
        person = await Person.begins(http)
        seen = [await http.delete("/api/conversation", headers=person.bearer) for _ in range(6)]
        assert [one.status_code for one in seen] == [204] * 5 + [429]
