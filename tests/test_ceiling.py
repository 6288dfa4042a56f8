"""Nobody takes more turns in a minute than the ceiling, and nothing they send is lost for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.ceiling import Ceiling
from bot.channels.telegram_doors import Door
from bot.errors import TooFast
from bot.model import Message
from tests.web_service import Person, service

ME, YOU = ("web", "me"), ("web", "you")


def test_a_minute_later_there_is_room_again() -> None:
    now = [0.0]
    ceiling = Ceiling(2, clock=lambda: now[0])
    for now[0] in (0.0, 10.0):
        ceiling.check(ME)
        ceiling.count(ME)
    now[0] = 20.0
    with pytest.raises(TooFast) as refused:
        ceiling.check(ME)
    assert refused.value.after == 40
    ceiling.check(YOU)
    now[0] = 60.0
    ceiling.check(ME)


def test_persons_gone_for_long_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.ceiling.REMEMBERED", 3)
    ceiling = Ceiling(1)
    for number in range(5):
        ceiling.count(("web", str(number)))
    ceiling.check(("web", "0"))
    with pytest.raises(TooFast):
        ceiling.check(("web", "4"))


async def too_many(template: Path, folder: Path) -> None:
    async with service(template, folder, max_turns_per_minute=3) as served, served.client() as http:
        person = await Person.begins(http)
        seen = []
        for number in range(4):
            message = {"id": f"n{number}", "text": "aide"}
            seen.append(await http.post("/api/messages", json=message, headers=person.bearer))
        assert [answer.status_code for answer in seen] == [200, 200, 429, 429]
        assert 0 < int(seen[-1].headers["retry-after"]) <= 60
        assert "Renvoyez le dernier" in seen[-1].json()["detail"]
        assert seen[-1].headers["content-type"] == "application/problem+json"
        kept = await http.get("/api/messages", headers=person.bearer)
        assert kept.status_code == 200


def test_the_page_is_told_to_wait(sqlite_template: Path, tmp_path: Path) -> None:
    asyncio.run(too_many(sqlite_template, tmp_path))


def test_telegram_is_asked_to_bring_it_again() -> None:
    async def busy(_: Message) -> None:
        raise TooFast(12)

    async def nothing(_: object) -> None:
        raise AssertionError

    door = Door(busy, gone=nothing, aside=nothing, answer=nothing)
    chat = {"id": 5, "type": "private"}
    sent = {"message_id": 1, "date": 0, "chat": chat, "from": {"id": 5, "is_bot": False}}
    with pytest.raises(TooFast):
        asyncio.run(door.accept({"update_id": 1, "message": {**sent, "text": "bonjour"}}))
