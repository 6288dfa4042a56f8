"""An opening whose answer is lost opens one conversation, and never somebody else's."""

from __future__ import annotations

import asyncio
import secrets

import httpx
import pytest

from bot.channels import web_talk
from storage.tables import conversations
from tests.web_service import HOST, Person, Service, field

pytestmark = pytest.mark.anyio
PATH = "/api/conversations"


@pytest.fixture
def secret() -> str:
    return secrets.token_urlsafe(24)


async def opens(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await client.post(PATH, json=fields)


def opened(web: Service) -> int:
    with web.store._engine.connect() as base:
        return len(base.execute(conversations.select()).all())


async def test_sent_again_it_opens_the_same(web: Service, secret: str) -> None:
    async with web.client() as client:
        first, again = await asyncio.gather(
            opens(client, opening=secret), opens(client, opening=secret)
        )
        third = await opens(client, opening=secret)
    assert first.status_code == again.status_code == third.status_code == 201
    assert first.json() == again.json() == third.json()
    assert opened(web) == 1


async def test_without_it_or_with_another_there_are_two(web: Service, secret: str) -> None:
    async with web.client() as client:
        tokens = {
            (await opens(client, **fields)).json()["token"]
            for fields in ({}, {}, {"opening": secret}, {"opening": secret[::-1]})
        }
        other = (await opens(client, opening=secret, guide="assises")).json()["token"]
    assert len(tokens | {other}) == opened(web) == 5


async def test_once_something_is_answered_it_opens_nothing(web: Service, secret: str) -> None:
    async with web.client() as client:
        person = await Person.begins(client, opening=secret)
        await person.touches("Je réponds pour moi")
        refused = await opens(client, opening=secret)
        assert refused.status_code == 409
        assert person.token not in refused.text
        assert secret not in refused.text
        await person.says("recommencer")
        await person.says("oui")
        assert (await opens(client, opening=secret)).status_code == 409
        assert (await client.get("/api/messages", headers=person.bearer)).status_code == 200


async def test_nor_once_everything_is_erased_or_somebody_else_has_the_phone(web: Service) -> None:
    async with web.client() as client:
        first, second = secrets.token_hex(16), secrets.token_hex(16)
        erasing = await Person.begins(client, opening=first)
        await erasing.says("tout effacer")
        await erasing.says("oui")
        passing = await Person.begins(client, opening=second)
        await passing.says("je change de personne")
        await passing.says("oui")
        assert (await opens(client, opening=first)).status_code == 409
        assert (await opens(client, opening=second)).status_code == 409


async def test_nor_a_quarter_of_an_hour_later(
    web: Service, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with web.client() as client:
        assert (await opens(client, opening=secret)).status_code == 201
        monkeypatch.setattr(web_talk, "OPENS_AGAIN", web_talk.OPENS_AGAIN * -1)
        assert (await opens(client, opening=secret)).status_code == 409


@pytest.mark.parametrize("odd", ["court", "é" * 30, "a" * 21, "a" * 101, "a b" * 10, 12, [], ""])
async def test_a_secret_that_is_none(web: Service, odd: object) -> None:
    async with web.client() as client:
        answer = await client.post(PATH, json={"opening": odd})
    assert answer.status_code == 422
    assert "opening" in answer.json()["detail"]


async def test_neither_the_secret_nor_the_token_is_kept(web: Service, secret: str) -> None:
    async with web.client() as client:
        token = (await opens(client, opening=secret)).json()["token"]
    stored = web.settings.data_dir / "parole.db"
    written = b"".join(file.read_bytes() for file in stored.parent.glob("parole.db*"))
    assert secret.encode() not in written
    assert token.encode() not in written


async def test_the_page_s_form_sent_again_opens_the_same(web: Service) -> None:
    headers = {"Origin": HOST}
    async with web.client(headers=headers) as browser:
        form = {"opening": field((await browser.get("/")).text, "opening")}
        await browser.post("/discussion", data=form)
        first = dict(browser.cookies)
        browser.cookies.clear()  # the answer was lost
        await browser.post("/discussion", data=form)
        assert dict(browser.cookies) == first
        page = (await browser.get("/")).text
        sent = {"id": field(page, "id"), "choice": "qui_repond:seul"}
        await browser.post("/discussion/message", data=sent)
        browser.cookies.clear()  # somebody else, from the page of before
        await browser.post("/discussion", data=form)
        assert dict(browser.cookies).keys() == first.keys()
        assert dict(browser.cookies) != first
    assert opened(web) == 2
