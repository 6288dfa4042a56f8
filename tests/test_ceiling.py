"""Nobody takes more turns in a minute than the ceiling, and nothing they send is lost for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from test_reception import NOON, SHELF

from bot.ceiling import Ceiling
from bot.errors import TooFast
from bot.model import Message
from bot.reception import Reception
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.threads import Threads
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
    assert refused.value.after == 50  # a minute after the last one: what is refused is one piece
    ceiling.check(YOU)
    now[0] = 69.0
    with pytest.raises(TooFast):
        ceiling.check(ME)
    now[0] = 70.0
    ceiling.check(ME)


def test_what_was_sent_long_ago_is_counted_in_its_own_minute() -> None:
    """A1: an outage is no flood, and a flood that waited is one still."""
    ceiling = Ceiling(2, clock=lambda: 0.0)
    for ago in (3600.0, 3300.0, 3000.0, 2999.0):
        ceiling.attempt(ME, ago)
        ceiling.check(ME, ago)
        ceiling.count(ME, ago)
    with pytest.raises(TooFast):
        ceiling.check(ME, 2998.0)
    ceiling.check(ME)


def test_a_message_that_could_not_be_kept_may_come_again_for_hours() -> None:
    """A1: the database is away, the same message is delivered again and again."""
    ceiling = Ceiling(2, clock=lambda: 0.0)
    for _ in range(100):
        ceiling.attempt(ME, 3600.0)
        ceiling.give_back(ME)


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


def test_a_flood_is_refused_before_it_is_read() -> None:
    now = [0.0]
    ceiling = Ceiling(2, clock=lambda: now[0])
    for _ in range(8):
        ceiling.attempt(ME)
    with pytest.raises(TooFast):
        ceiling.attempt(ME)
    ceiling.attempt(YOU)
    now[0] = 60.0
    ceiling.attempt(ME)


async def again_above_the_ceiling(template: Path, folder: Path) -> None:
    async with service(template, folder, max_turns_per_minute=3) as served, served.client() as http:
        person = await Person.begins(http)
        sent = {"id": "n1", "text": "aide"}
        first = await person.sends(**sent)
        assert (await person.sends(id="n2", text="aide")).status_code == 200
        assert (await person.sends(id="n3", text="aide")).status_code == 429
        again = await person.sends(**sent)
        assert (again.status_code, again.json()) == (200, first.json())
        seen = [(await person.sends(**sent)).status_code for _ in range(12)]
        assert seen == [200] * 7 + [429] * 5  # four times the ceiling: not even read


def test_above_the_ceiling_the_same_message_gets_the_same_replies(
    sqlite_template: Path, tmp_path: Path
) -> None:
    asyncio.run(again_above_the_ceiling(sqlite_template, tmp_path))


def test_several_servers_keep_one_ceiling(engine, keys) -> None:
    """A1: what one process did not see, the memory did."""
    now = [NOON]

    def desk() -> Reception:
        store = SqlStore(engine, keys, clock=lambda: now[0])
        return Reception(
            store, Threads(1), Understanding(None), SHELF, {},
            ceiling=Ceiling(8, lambda: now[0].timestamp()), clock=lambda: now[0],
        )  # fmt: skip

    desks = [desk(), desk(), desk()]

    def flood(first: int) -> int:
        kept = 0
        for number in range(first, first + 60):
            now[0] += timedelta(seconds=0.5)
            message = Message("web", "somebody", f"m{number}", "aide")
            with suppress(TooFast):
                asyncio.run(desks[number % 3].receive(message))
                kept += 1
        return kept

    assert flood(0) == 8
    assert flood(60) == 0
    now[0] += timedelta(minutes=1)  # so many attempts ask for a minute of rest as well
    assert flood(120) == 8


def test_several_servers_count_by_the_time_of_sending(engine, keys) -> None:
    """A1: after an outage, what three servers take at once was sent over hours."""
    now = [NOON]

    def server() -> Reception:
        return Reception(
            SqlStore(engine, keys, clock=lambda: now[0]), Threads(1), Understanding(None), SHELF,
            {}, ceiling=Ceiling(8, lambda: now[0].timestamp()), clock=lambda: now[0],
        )  # fmt: skip

    servers, number = [server(), server(), server()], 0

    def kept(apart: timedelta, first: timedelta) -> int:
        nonlocal number
        done = 0
        for place in range(24):
            number += 1
            now[0] += timedelta(seconds=0.1)
            sent = NOON - first + place * apart
            message = Message("telegram", "7", f"m{number}", "aide", sent=sent)
            with suppress(TooFast):
                asyncio.run(servers[number % 3].receive(message))
                done += 1
        return done

    assert kept(timedelta(minutes=5), timedelta(hours=20)) == 24
    assert kept(timedelta(seconds=1), timedelta(hours=10)) == 8
    assert kept(timedelta(seconds=1), timedelta(hours=9)) == 8
