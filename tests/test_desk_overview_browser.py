"""The overview and the exports in a real Chromium: by hand, with and without JavaScript."""

# ruff: noqa: F811

from __future__ import annotations

import asyncio
import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from desk_crowd import GUIDE, Slow, answered, people
from playwright.sync_api import Browser, Page, expect

from bot.staff import Role
from storage.snapshot.snapshots import Snapshots
from tests.desk_browser import SCREENS, Room, accessible, axe_is_there, context_of, fits, opens
from tests.desk_service import EVERY_ROLE, office
from tests.test_desk_browser import unexpected
from tests.web_browser import Watched, browser, running  # noqa: F401

PEOPLE = 90


@pytest.fixture(scope="module")
def room(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with running(office(sqlite_template, tmp_path_factory.mktemp("overview"))) as (address, made):
        answered(made, people(PEOPLE))
        wanted = {("uses", "walk"): 80, ("uses", "rest"): 30, ("uses", "play"): 40}
        made.desk.memory.overview.set_targets(GUIDE, wanted)
        made.hire("claire", EVERY_ROLE, code=True)
        made.hire("louis", [Role.READING])
        yield Room(address, made)


def looks(page: Page, profile: str) -> None:
    """From the menu to what would leave."""
    opens(page, "Exports")
    page.get_by_role("link", name=profile).click()
    page.get_by_label("Classeur").or_(page.get_by_label("CSV pour tableur")).first.check()
    page.get_by_role("button", name="Voir ce qui va sortir").click()
    expect(page.get_by_role("heading", name="Ce qui va sortir")).to_be_visible()


def test_an_export_with_its_progress_to_a_zip(browser: Browser, room: Room, tmp_path: Path) -> None:
    watched = Watched(context_of(browser, 1280, 800), room.address)
    page, polled = room.enters(watched), []
    page.on("request", lambda one: polled.append(one.headers.get("hx-request")))
    looks(page, "Interne")
    assert "true" in polled
    expect(page.get_by_text(f"{PEOPLE} contributions de {PEOPLE} participations")).to_be_visible()
    expect(page.get_by_role("region", name="Premières lignes").locator("tbody tr")).to_have_count(
        10
    )
    page.get_by_role("button", name="Faire l’export").click()
    expect(page.get_by_role("heading", name="Export prêt")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Télécharger le ZIP").click()
    assert coming.value.suggested_filename.startswith("parole-interne-")
    file = tmp_path / "export.zip"
    coming.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["contributions"]["sorties"] == PEOPLE
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    expect(page.get_by_text(sha256)).to_be_visible()
    page.get_by_role("button", name="Refaire le même export").click()
    expect(page.get_by_text("Mêmes octets")).to_be_visible()
    expect(page.get_by_text(sha256)).to_be_visible()
    opens(page, "Journal")
    row = page.get_by_role("row").filter(has_text="export téléchargé")
    expect(row).to_contain_text(sha256)
    page.context.close()
    assert unexpected(watched) == []


def test_without_javascript_the_same_with_reloading(browser: Browser, room: Room) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fr-FR")
    watched = Watched(context, room.address)
    page = room.enters(watched)
    page.goto(f"{room.address}/equipe/exports/nouveau?profil=partenaire")
    page.get_by_label("CSV pour tableur").check()
    page.get_by_role("button", name="Voir ce qui va sortir").click()
    for heading, action in (("Ce qui va sortir", "Faire l’export"), ("Export prêt", "")):
        for _ in range(100):
            if page.get_by_role("heading", name=heading).count():
                break
            page.wait_for_timeout(100)
            page.get_by_role("link", name="Recharger").click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        if action:
            page.get_by_role("button", name=action).click()
    expect(page.get_by_role("link", name="Télécharger le ZIP")).to_be_visible()
    page.context.close()


def test_a_restart_in_the_middle_is_seen_and_the_page_ends_well(
    browser: Browser, room: Room
) -> None:
    desk = room.office.desk
    workroom, memory = desk.workroom, desk.memory
    loop = workroom._task.get_loop()
    slow = Slow(Snapshots(room.office.engine, room.office.keys))
    watched = Watched(context_of(browser, 390, 844), room.address)
    page = room.enters(watched)
    looks(page, "Partenaire")
    workroom._memory = replace(memory, snapshots=slow)
    page.get_by_role("button", name="Faire l’export").click()
    expect(page.get_by_text("Fait à")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    watched.shot("overview-progress-390", whole=True)
    assert slow.begun.wait(20)
    asyncio.run_coroutine_threadsafe(workroom.stop(), loop).result(20)
    page.reload()
    expect(page.get_by_role("heading", name="Export en cours")).to_be_visible()
    workroom._memory = memory
    loop.call_soon_threadsafe(workroom.start)
    expect(page.get_by_role("heading", name="Export prêt")).to_be_visible()
    page.context.close()
    assert unexpected(watched) == []


def test_a_reader_does_not_export(browser: Browser, room: Room) -> None:
    watched = Watched(context_of(browser, 390, 844), room.address)
    page = room.enters(watched, "louis")
    opens(page, "Suivi")
    expect(page.get_by_role("heading", name="Suivi")).to_be_visible()
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Contributions")).to_be_visible()
    expect(page.get_by_role("link", name="Exports")).to_have_count(0)
    page.goto(f"{room.address}/equipe/exports")
    heading = page.get_by_role("heading", name="Cette page n’est pas pour votre compte")
    expect(heading).to_be_visible()
    page.context.close()
    assert unexpected(watched) == []


@pytest.mark.parametrize(("width", "height", "scheme"), SCREENS)
def test_axe_finds_nothing_and_nothing_overflows(
    browser: Browser, room: Room, width: int, height: int, scheme: Any
) -> None:
    axe_is_there()
    watched = Watched(context_of(browser, width, height, scheme), room.address)
    page = room.enters(watched)
    tried = {}

    def look(name: str) -> None:
        tried[name] = accessible(page, f"{name}, {width} px, {scheme}")
        fits(page, width)
        watched.shot(f"overview-{name}-{width}-{scheme}", whole=True)

    page.goto(f"{room.address}/equipe/suivi?guide={GUIDE}")
    expect(page.get_by_role("img", name="Par canal")).to_be_visible()
    look("suivi")
    page.goto(f"{room.address}/equipe/objectifs?guide={GUIDE}")
    look("objectifs")
    looks(page, "Interne")
    look("apercu")
    page.get_by_role("button", name="Faire l’export").click()
    expect(page.get_by_role("heading", name="Export prêt")).to_be_visible()
    look("pret")
    page.goto(f"{room.address}/equipe/exports/nouveau?profil=public")
    look("nouveau")
    page.goto(f"{room.address}/equipe/exports")
    look("exports")
    page.context.close()
    assert unexpected(watched) == []
    print(f"{width} px, {scheme}: 0 violations on {len(tried)} screens")
