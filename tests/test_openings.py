"""A2: a flood of conversations from one address ends in a sentence; everybody else goes on."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select
from starlette.requests import Request
from test_reception import SHELF

from bot import network
from bot.ceiling import Ceiling
from bot.errors import TooFast, UnknownConversation
from bot.model import Message
from bot.reception import Reception
from desk.signing.proving import address
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.desk.tries import Tries
from storage.held import UNKNOWN
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
    now[0] += timedelta(minutes=61)
    opens(6, "203.0.113.7")
    with engine.connect() as connection:
        assert "203.0.113" not in str(connection.execute(select(tries)).all())


def test_those_whose_address_is_unknown_are_counted_together(engine, keys):
    """A2: behind a web server that is not in PAROLE_PROXIES, everybody has the same address: ""."""
    store = SqlStore(engine, keys, clock=lambda: NOON)
    desk = Reception(
        store, Threads(1), Understanding(None), SHELF, {}, ceiling=Ceiling(1_000), openings=2,
        clock=lambda: NOON,
    )  # fmt: skip

    def opens(number: int, address: str | None, channel: str = "web") -> None:
        message = Message(channel, f"token {number}", "start", address=address)
        asyncio.run(desk.receive(message))

    for number in range(2 * UNKNOWN):
        opens(number, "")
    with pytest.raises(TooFast):
        opens(2 * UNKNOWN, "")
    opens(2 * UNKNOWN + 1, "203.0.113.7")
    opens(2 * UNKNOWN + 2, None, "telegram")  # a door where nobody has an address


@pytest.mark.parametrize(
    ("host", "counted", "somebody"),
    [
        ("8.8.8.8", "8.8.8.8", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8", "8.8.8.8"),
        ("2a01:e0a:1:2::7", "2a01:e0a:1:2::/64", "2a01:e0a:1:2::/64"),
        ("2a01:e0a:1:2:ffff:ffff:ffff:ffff", "2a01:e0a:1:2::/64", "2a01:e0a:1:2::/64"),
        ("2a01:e0a:1:3::7", "2a01:e0a:1:3::/64", "2a01:e0a:1:3::/64"),
        ("127.0.0.1", "127.0.0.1", ""),
        ("::ffff:127.0.0.1", "127.0.0.1", ""),
        ("192.168.1.4", "192.168.1.4", ""),
        ("fe80::1%eth0", "fe80::/64", ""),
        ("::1", "::/64", ""),
        ("", "", ""),
        (None, "", ""),
        ("a socket", "", ""),
    ],
)
def test_one_connection_has_one_name(host: str | None, counted: str, somebody: str) -> None:
    """A2, S1."""
    assert (network.connection(host), network.somebody(host)) == (counted, somebody)


@pytest.mark.anyio
@pytest.mark.parametrize("where", ["2a01:e0a:1:2::{:x}", "8.8.8.8", "::ffff:8.8.8.8", "127.0.0.1"])
async def test_changing_the_end_of_an_ipv6_address_is_nobody_else(
    sqlite_template, tmp_path, monkeypatch, where
):
    """A2: one connection holds 2^64 addresses; the page and the desk count it once."""
    monkeypatch.setattr("storage.held.UNKNOWN", 1)
    async with service(sqlite_template, tmp_path, max_openings_per_hour=2) as web:
        given = []
        for number in range(4):
            asks = httpx.ASGITransport(web.app, client=(where.format(number + 1), 1))
            async with httpx.AsyncClient(transport=asks, base_url=HOST) as http:
                given.append((await http.post("/api/conversations", json={})).status_code)
    assert given == [201, 201, 429, 429]


def test_the_desk_counts_one_connection_once(engine, keys):
    """S1: guesses at every account, from as many addresses as a connection has."""
    tries, waits = Tries(engine, keys), []
    for number in range(25):
        client = (f"2a01:e0a:1:2::{number:x}", 1)
        asks = Request({"type": "http", "headers": [], "client": client})
        waits.append(tries.take(f"compte-{number}", address(asks), NOON))
    assert [wait > 0 for wait in waits] == [False] * 20 + [True] * 5


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
