"""What concerns the device, seen from the server: leaving, hiding, the manifest, the worker."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.channels.web_static import WEB
from tests.web_service import OURS, Service, field, service

pytestmark = pytest.mark.anyio
AWAY = "https://www.meteofrance.com"


@pytest.fixture
async def browser(web: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with web.client(headers=OURS) as client:
        await client.post("/discussion")
        await client.post("/discussion", data={"guide": "assises"})
        yield client


async def test_leaving_forgets_every_guide_and_leads_away(browser: httpx.AsyncClient) -> None:
    assert len(browser.cookies) == 2
    answer = await browser.get("/quitter")
    assert (answer.status_code, answer.headers["location"]) == (303, AWAY)
    assert answer.headers["clear-site-data"] == '"storage"'
    assert len(browser.cookies) == 0
    assert "Commencer" in (await browser.get("/")).text


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Purpose": "prefetch"}])
async def test_nobody_else_makes_a_person_leave(
    browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    answer = await browser.get("/quitter", headers=headers)
    assert answer.status_code == 303
    assert "clear-site-data" not in answer.headers
    assert len(browser.cookies) == 2


async def test_another_neutral_site(sqlite_template: Path, tmp_path: Path) -> None:
    away = "https://exemple.fr/recettes"
    async with (
        service(sqlite_template, tmp_path, quick_exit_url=away) as web,
        web.client() as client,
    ):
        assert (await client.get("/quitter")).headers["location"] == away
        assert f'data-away="{away}"' in (await client.get("/")).text


async def test_every_page_has_the_way_out(browser: httpx.AsyncClient) -> None:
    for path in ("/", "/g/assises", "/vos-donnees", "/accessibilite", "/hors-ligne", "/rien"):
        page = await browser.get(path, headers={"Accept": "text/html"})
        assert 'href="/quitter"' in page.text, path


async def test_hidden_messages_do_not_leave_the_server(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/")).text
    await browser.post(
        "/discussion/message", data={"id": field(page, "id"), "choice": "qui_repond:seul"}
    )
    hidden = await browser.post("/masquer", data={"masked": "1"})
    assert hidden.headers["location"] == "/"
    page = (await browser.get("/")).text
    assert "Pour commencer, qui répond" not in page
    assert "15 ans" in page
    refused = await browser.post(
        "/masquer", data={"masked": "0"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert refused.status_code == 403
    answer = await browser.post("/masquer", data={"masked": "0", "guide": "assises"})
    assert answer.headers["location"] == "/g/assises"
    assert "Pour commencer, qui répond" in (await browser.get("/")).text


async def test_the_manifest_names_icons_that_exist(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/manifest.webmanifest?guide=assises")
    told = answer.json()
    assert told["start_url"] == "/g/assises"
    assert told["lang"] == "fr"
    for icon in told["icons"]:
        assert (await browser.get(icon["src"])).headers["content-type"] == "image/png"


async def test_the_worker_keeps_the_style_and_the_script_and_nothing_else(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.get("/service-worker.js?v=1")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    named = re.search(r"NAMES = \[(.*)\]", answer.text)
    assert named
    kept = set(re.findall(r'"([\w.]+)"', named.group(1)))
    shown = {path.name for path in (WEB / "static").iterdir() if path.suffix in (".js", ".css")}
    assert kept == shown - {"worker.js"}


async def test_the_statement_says_what_is_known_and_whom_to_write(
    sqlite_template: Path, tmp_path: Path
) -> None:
    contact = "acces@exemple.fr"
    async with (
        service(sqlite_template, tmp_path, organiser_contact=contact) as web,
        web.client() as client,
    ):
        page = (await client.get("/accessibilite")).text
        for words in (
            contact,
            "non conformes",
            "Ce que nous ne savons pas",
            "Défenseur des droits",
        ):
            assert words in page
        assert "/accessibilite" in (await client.get("/")).text
