"""Look-alikes in groups at the desk: joined in one move, told once, undone, kept apart."""

# ruff: noqa: F811

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from bot.curated import Decision
from bot.model import Event, Spot, Turn
from bot.staff import Act, Role
from storage.conversations import SqlStore
from storage.desk.journal import Journal
from storage.moderation.present import Present
from tests.desk_browser import SCREENS, Room, accessible, axe_is_there, context_of, fits
from tests.desk_contributions import contributes, heard
from tests.desk_service import Office, csrf, office
from tests.talks import coded
from tests.test_desk_browser import unexpected
from tests.web_browser import Watched, browser, running  # noqa: F401

CAMPAIGN = (
    "Nous demandons un ratio de huit enfants par éducatrice la nuit, une prime de dimanche "
    "portée à cent euros, et deux jours de formation chaque trimestre, payés et remplacés."
)
COPIES = 40
PAGE = "/equipe/doublons"


def campaign(desk: Office, copies: int = COPIES) -> None:
    """Copies of one text, the last one with a word more, then one that says something else."""
    for n in range(1, copies):
        contributes(desk, n, CAMPAIGN)
    contributes(desk, copies, CAMPAIGN + " Vraiment.")
    contributes(desk, copies + 1, "Un bus plus tôt le matin, pour ne pas courir.")


def name(n: int) -> str:
    return f"P-{n:06d}"


def stands(desk: Office, n: int) -> Any:
    found = Present(desk.engine, desk.keys).one(name(n))
    assert found is not None
    return found.of(name(n))


@pytest.fixture
async def desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_template, tmp_path) as made:
        made.hire("camille", [Role.MODERATION])
        made.hire("louis", [Role.READING])
        campaign(made)
        assert made.desk.memory.indexing.wait(60)
        yield made


def sent(page: str, **changes: object) -> dict[str, object]:
    """The form of the first group, as the browser sends it."""
    form = page[page.index('class="group"') :]
    form = form[: form.index("</form>")]
    return {
        "csrf": csrf(form),
        "after": "0",
        "seen": re.findall(r'name="seen" value="([^"]+)"', form),
        "join": re.findall(r'name="join" value="([^"]+)" checked', form),
        "keep": re.findall(r'name="keep" value="([^"]+)" checked', form),
        **changes,
    }


async def look(client: httpx.AsyncClient) -> str:
    return unescape((await client.get(PAGE)).text)


@pytest.mark.anyio
async def test_forty_copies_join_one_and_each_author_is_told_once(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        desk.desk.memory.curations.decide(name(7), Decision.PUBLISHED, "ready", "camille", 0)
        page = await look(client)
        assert "40 contributions presque pareilles" in page
        assert page.count("mot pour mot") == 38
        assert "<mark> Vraiment.</mark>" in page or "<mark>Vraiment.</mark>" in page
        given = sent(page)
        assert given["keep"] == [name(7)], "the one that is published"
        done = unescape((await client.post(PAGE, data=given)).text)
        assert f"39 réunies à {name(7)}" in done
        assert "Aucun doublon ici" in done
        for n in (*range(1, 7), *range(8, COPIES + 1)):
            assert stands(desk, n).merged_into == name(7)
            assert heard(desk, n) == ["merged"]
        assert heard(desk, 7) == ["published.ready"]
        again = unescape((await client.post(PAGE, data=given)).text)
        assert "39 laissées" in again, "sent twice by mistake, nothing happens twice"
        assert heard(desk, 1) == ["merged"]
        joined = re.findall(r'name="joined" value="([^"]+)"', done)
        back = await client.post(f"{PAGE}/annuler", data={"csrf": csrf(done), "joined": joined})
        assert "39 séparées" in unescape(back.text)
        assert "40 contributions presque pareilles" in unescape(back.text)
    assert all(heard(desk, n) == [] for n in range(8, COPIES))
    merged = [line for line in Journal(desk.engine).lines(limit=200) if line.what == Act.MERGED]
    assert len(merged) == 39


@pytest.mark.anyio
async def test_what_is_not_ticked_stays_apart_for_good(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        page = await look(client)
        given = sent(page, join=[name(n) for n in range(2, 39)])
        done = unescape((await client.post(PAGE, data=given)).text)
        assert f"37 réunies à {name(1)}. 2 gardées à part." in done
        assert "2 contributions presque pareilles" in done, "those two between themselves"
        card = unescape((await client.get(f"/equipe/contributions/{name(1)}")).text)
        assert f"Réunir à {name(39)}" not in card
        none = unescape((await client.post(PAGE, data=sent(done, none="oui"))).text)
        assert "1 gardée à part" in none
        assert "Aucun doublon ici" in none
        assert "presque pareilles</h2>" not in await look(client)
    assert stands(desk, 40).merged_into is None
    acts = [line.what for line in Journal(desk.engine).lines(limit=100)]
    assert acts.count(Act.KEPT_APART) == 2


@pytest.mark.anyio
async def test_what_changed_meanwhile_is_left(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        given = sent(await look(client))
        work = desk.desk.memory.curations
        work.decide(name(5), Decision.HIDDEN, "private", "louis", 0)
        SqlStore(desk.engine, desk.keys).forget("web", "person 6")
        done = unescape((await client.post(PAGE, data=given)).text)
        assert "37 réunies" in done
        assert "2 laissées" in done
        assert stands(desk, 5).merged_into is None
        for odd in ({"keep": "P-999999"}, {"join": ["P-999999"]}):
            assert (await client.post(PAGE, data={**given, **odd})).status_code == 422
        gone = sent(done, keep=name(5), join=[]) if "presque pareilles</h2>" in done else None
        assert gone is None or (await client.post(PAGE, data=gone)).status_code < 500
        work.decide(name(1), Decision.BINNED, "test", "louis", work.last([name(1)])[name(1)])
        late = await client.post(PAGE, data=given)
        assert late.status_code == 409
        assert "Relisez ce groupe" in late.text


@pytest.mark.anyio
async def test_one_author_with_several_is_told_of_all_at_once(desk: Office) -> None:
    with SqlStore(desk.engine, desk.keys).hold("web", "person 2") as held:
        assert held.conversation is not None
        talk = held.conversation
        round = ("sujet", "recit", "proposition", "pour_qui", "titre", "relecture", "encore")
        again = {Spot(step, 1): talk.answers[Spot(step)] for step in round}
        answers = {**talk.answers, Spot("encore"): coded("yes"), **again}
        more = Event("contribution", Spot("proposition", 1), "proposal")
        held.save("m9", Turn(replace(talk, answers=answers), (), (more,)), push=False)
    desk.desk.memory.indexing.refresh(now=True)
    async with desk.at_work("camille") as client:
        page = await look(client)
        assert "41 contributions presque pareilles" in page
        await client.post(PAGE, data=sent(page))
    assert heard(desk, 2) == ["joined"]
    assert heard(desk, 3) == ["merged"]


@pytest.mark.anyio
async def test_who_reads_has_no_groups(desk: Office) -> None:
    async with desk.at_work("louis") as client:
        assert (await client.get(PAGE)).status_code == 403
        assert "Réunir les doublons" not in (await client.get("/equipe/contributions")).text


@pytest.fixture
def room(sqlite_template: Path, tmp_path: Path) -> Iterator[Room]:
    with running(office(sqlite_template, tmp_path)) as (address, made):
        made.hire("camille", [Role.MODERATION])
        campaign(made, 4)
        for n in (6, 7):
            said = "Il manque un éducateur de nuit au foyer, depuis deux ans."
            contributes(made, n, said + "!" * n)
        assert made.desk.memory.indexing.wait(60)
        yield Room(address, made)


@pytest.mark.parametrize(("width", "height", "scheme"), SCREENS)
def test_by_keys_at_every_size(
    browser: Browser, room: Room, width: int, height: int, scheme: Any
) -> None:
    axe_is_there()
    watched = Watched(context_of(browser, width, height, scheme), room.address)
    page = room.enters(watched, "camille")
    page.goto(f"{room.address}{PAGE}")
    page.locator("html[data-script=ready]").wait_for()
    expect(page.locator(".group")).to_have_count(2)
    accessible(page, f"groups, {width} px, {scheme}")
    fits(page, width)
    watched.shot(f"groups-{width}-{scheme}", whole=True)
    page.keyboard.press("j")
    expect(page.locator(".group h2").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".group h2").nth(1)).to_be_focused()
    page.keyboard.press("n")
    expect(page.locator(".notice")).to_contain_text("1 gardée à part")
    page.locator("html[data-script=ready]").wait_for()
    page.keyboard.press("r")
    expect(page.locator(".notice")).to_contain_text("3 réunies à P-000001")
    watched.shot(f"groups-done-{width}-{scheme}", whole=True)
    accessible(page, f"groups done, {width} px, {scheme}")
    assert stands(room.office, 4).merged_into == name(1)
    page.context.close()
    assert unexpected(watched) == []
