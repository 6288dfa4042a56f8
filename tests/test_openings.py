"""A2: a flood of conversations from one address ends in a sentence; everybody else goes on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select
from test_reception import SHELF

from bot.ceiling import Ceiling
from bot.errors import TooFast, UnknownConversation
from bot.model import Message
from bot.reception import Reception
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.tables import tries
from storage.threads import Threads
from tests.web_service import HOST, service

NOON = datetime(2022, 3, 14, 12, tzinfo=UTC)


def test_so_many_an_hour_whichever_server_is_asked(engine, keys):
    now = [NOON]
    stores = [SqlStore(engine, keys, clock=lambda: now[0]) for _ in range(2)]
    desks = [
        Reception(one, Threads(1), Understanding(None), SHELF, {}, ceiling=Ceiling(1_000),
                  openings=3, clock=lambda: now[0])
        for one in stores
    ]  # fmt: skip

    def opens(number: int, address: str) -> None:
        message = Message("web", f"token {number}", "start", address=address)
        asyncio.run(desks[number % 2].receive(message))

    for number in range(3):
        opens(number, "203.0.113.7")
    with pytest.raises(TooFast) as refused:
        opens(3, "203.0.113.7")
    assert 3590 < refused.value.after <= 3600
    with pytest.raises(UnknownConversation):
        stores[0].thread("web", "token 3")
    opens(0, "203.0.113.7")  # the same opening, delivered again
    opens(4, "203.0.113.8")
    opens(5, "")
    now[0] += timedelta(minutes=61)
    opens(6, "203.0.113.7")
    with engine.connect() as connection:
        assert "203.0.113" not in str(connection.execute(select(tries)).all())


@pytest.mark.anyio
async def test_the_page_says_it_in_french_and_is_still_served(sqlite_template, tmp_path):
    async with (
        service(sqlite_template, tmp_path, max_openings_per_hour=2) as web,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(web.app, client=("8.8.8.8", 1)), base_url=HOST
        ) as http,
    ):
        given = [await http.post("/api/conversations", json={}) for _ in range(4)]
        assert [one.status_code for one in given] == [201, 201, 429, 429]
        assert "Revenez dans" in given[-1].json()["detail"]
        assert int(given[-1].headers["Retry-After"]) > 3000
        assert (await http.get("/")).status_code == 200
