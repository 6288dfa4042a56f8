"""Contributions at the desk in a real browser: the queue by keys, by touch, hostile words, axe."""

# ruff: noqa: F811

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile import MARKUP
from playwright.sync_api import Browser, Page, expect

from bot.curated import Decision
from bot.staff import Act, Role
from storage.moderation.present import Present
from tests.desk_browser import SCREENS, Room, accessible, axe_is_there, context_of, fits
from tests.desk_contributions import contributes, heard
from tests.desk_service import Office, office
from tests.test_desk_browser import unexpected
from tests.web_browser import Watched, browser, running  # noqa: F401

VIOLATIONS = """
window.violations = [];
document.addEventListener('securitypolicyviolation', e => window.violations.push(
  e.effectiveDirective + ' ' + e.blockedURI));
"""
FIFTY = 50
NAMED = "J’ai vu Madame Dupont, au 06 12 34 56 78, pleurer."
SUBJECTS = ("salaires", "écoute", "formation", "horaires", "logement", "transport", "respect")


@pytest.fixture
def room(sqlite_template: Path, tmp_path: Path) -> Iterator[Room]:
    with running(office(sqlite_template, tmp_path)) as (address, made):
        made.hire("camille", [Role.MODERATION])
        made.hire("louis", [Role.READING])
        yield Room(address, made)


def stands(desk: Office, n: int):
    found = Present(desk.engine, desk.keys).one(f"P-{n:06d}")
    assert found is not None
    return found.of(f"P-{n:06d}")


def at_the_queue(browser: Browser, room: Room, width: int = 1280, **more: Any) -> Watched:
    watched = Watched(context_of(browser, width, 844, **more), room.address)
    watched.page.add_init_script(VIOLATIONS)
    assert room.office.desk.memory.indexing.wait(60)
    page = room.enters(watched, "camille")
    page.goto(f"{room.address}/equipe/file")
    page.locator("html[data-script=ready]").wait_for()
    return watched


def shows(page: Page, n: int) -> None:
    expect(page.locator(f'.card[data-reference="P-{n:06d}"]')).to_be_visible()


def test_fifty_contributions_by_keys(browser: Browser, room: Room) -> None:
    drawn = random.Random(5)
    for n in range(1, FIFTY + 1):
        words = " ".join(drawn.choices(SUBJECTS, k=12))
        contributes(room.office, n, f"Il faut parler de {words}, numéro {n * 7919}.")
    watched = at_the_queue(browser, room)
    page = watched.page
    shows(page, 1)
    expect(page.locator("#ou")).to_contain_text("50 à relire")
    begun = time.monotonic()
    for n in range(1, FIFTY + 1):
        shows(page, n)
        if n % 10 == 0:
            page.keyboard.press("h")
            page.keyboard.press("2")
        elif n % 7 == 0:
            page.keyboard.press("b")
            page.keyboard.press("1")
        else:
            page.keyboard.press("p")
    expect(page.get_by_text("Tout est relu. Merci.")).to_be_visible()
    taken = time.monotonic() - begun
    print(f"{FIFTY} contributions by keys in {taken:.1f} s, {taken / FIFTY * 1000:.0f} ms each")
    told = [stands(room.office, n).decision for n in range(1, FIFTY + 1)]
    wanted = [
        Decision.HIDDEN if n % 10 == 0 else Decision.BINNED if n % 7 == 0 else Decision.PUBLISHED
        for n in range(1, FIFTY + 1)
    ]
    assert told == wanted
    assert stands(room.office, 10).reason == "private"
    assert heard(room.office, 7) == ["binned.test"]
    expect(page.locator("#ou")).to_contain_text("50 relues, 0 à relire")
    page.keyboard.press("u")
    shows(page, 50)
    expect(page.locator("#fait")).to_contain_text("décision annulée")
    assert stands(room.office, 50).decision is Decision.WAITING
    assert heard(room.office, 50) == []
    page.context.close()
    assert unexpected(watched) == []


def test_masking_joining_and_keys_that_stay_quiet(browser: Browser, room: Room) -> None:
    contributes(room.office, 1, NAMED)
    contributes(room.office, 2, "Plus de temps la nuit pour les éducatrices.")
    contributes(room.office, 3, "Plus de temps, la nuit, pour les éducatrices !")
    watched = at_the_queue(browser, room)
    page = watched.page
    shows(page, 1)
    page.locator("summary", has_text="Masquer des mots").click()
    page.get_by_label("Masquer aussi ces mots").press_sequentially("php pb")  # words, not keys
    shows(page, 1)
    page.get_by_label("Masquer aussi ces mots").fill("pleurer")
    page.locator(".trace input").first.uncheck()
    page.locator(".trace input").first.check()
    page.locator("h2").first.focus()
    page.keyboard.press("m")
    expect(page.locator(".badge", has_text="texte relu")).to_be_visible()
    assert (
        stands(room.office, 1).text == "J’ai vu Madame [une personne], au [un téléphone], [masqué]."
    )
    page.keyboard.press("p")
    shows(page, 2)
    assert heard(room.office, 1) == ["published.masked"]
    page.keyboard.press("d")
    page.keyboard.press("1")
    shows(page, 3)
    assert stands(room.office, 2).merged_into == "P-000003"
    page.keyboard.press("u")
    shows(page, 2)
    assert stands(room.office, 2).merged_into is None
    page.keyboard.press("j")
    shows(page, 3)
    page.keyboard.press("ArrowLeft")
    shows(page, 2)
    page.keyboard.press("?")
    expect(page.locator("#touches")).to_be_focused()
    page.get_by_label("Utiliser les touches d’une lettre").uncheck()
    page.locator("h2").first.focus()
    page.keyboard.press("p")
    page.keyboard.press("j")
    page.wait_for_timeout(200)
    shows(page, 2)
    page.reload()
    page.locator("html[data-script=ready]").wait_for()
    expect(page.get_by_label("Utiliser les touches d’une lettre")).not_to_be_checked()
    page.context.close()
    assert unexpected(watched) == []


def test_publishing_takes_along_the_masks_just_chosen(browser: Browser, room: Room) -> None:
    for n in (1, 2, 3):
        contributes(room.office, n, NAMED)
    watched = at_the_queue(browser, room)
    page = watched.page
    shows(page, 1)
    page.locator(".trace input").first.uncheck()
    page.locator("h2").first.focus()
    page.keyboard.press("p")
    shows(page, 2)
    assert stands(room.office, 1).text == "J’ai vu Madame Dupont, au [un téléphone], pleurer."
    page.locator("summary", has_text="Masquer des mots").click()
    page.get_by_label("Masquer aussi ces mots").fill("pleurer")
    page.get_by_role("button", name="Publier").click()
    shows(page, 3)
    masked = "J’ai vu Madame [une personne], au [un téléphone], [masqué]."
    assert stands(room.office, 2).text == masked
    assert heard(room.office, 2) == ["published.masked"]
    page.context.close()
    assert unexpected(watched) == []
    plain = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = room.enters(Watched(plain, room.address), "camille")
    page.goto(f"{room.address}/equipe/file")
    page.locator("summary", has_text="Masquer des mots").click()
    page.get_by_label("Masquer aussi ces mots").fill("pleurer")
    page.get_by_role("button", name="Publier").click()
    expect(page.locator("#fait")).to_contain_text("publiée")
    assert stands(room.office, 3).text == masked
    plain.close()


def test_nothing_ticked_is_lost_and_only_what_was_shown_is_noted(
    browser: Browser, room: Room
) -> None:
    for n in (1, 2, 3, 4):
        contributes(room.office, n, NAMED, title="Chez Madame Dupont")
    watched = at_the_queue(browser, room)
    page = watched.page

    def leaves_one(n: int) -> None:
        """Un-tick the text's first place, and mask a word that was not found."""
        shows(page, n)
        page.locator(".words .trace input").first.uncheck()
        page.get_by_label("Masquer aussi ces mots").fill("pleurer")
        page.locator("h2").first.focus()

    kept = "J’ai vu Madame Dupont, au [un téléphone], [masqué]."
    leaves_one(1)
    page.keyboard.press("j")
    shows(page, 2)
    page.keyboard.press("k")
    shows(page, 1)
    expect(page.locator(".words .trace input").first).not_to_be_checked()
    expect(page.get_by_label("Masquer aussi ces mots")).to_have_value("pleurer")
    page.locator("h2").first.focus()
    page.keyboard.press("h")
    page.keyboard.press("2")
    shows(page, 2)
    mine = stands(room.office, 1)
    assert (mine.decision, mine.text) == (Decision.HIDDEN, kept)
    assert mine.short == {"title": "Chez Madame [une personne]"}
    leaves_one(2)
    page.keyboard.press("d")
    page.get_by_label("Une autre référence").fill("p-000003")
    page.get_by_role("button", name="Réunir à cette référence").click()
    shows(page, 3)
    mine = stands(room.office, 2)
    assert (mine.merged_into, mine.text) == ("P-000003", kept)
    page.keyboard.press("u")
    shows(page, 2)
    assert stands(room.office, 2).text is None
    page.wait_for_timeout(300)
    read = [
        str(line.about["reference"])
        for line in room.office.desk.memory.journal.lines()
        if line.what == Act.CONTRIBUTION_READ
    ]
    assert sorted(read) == ["P-000001", "P-000002", "P-000002", "P-000003"]
    page.context.close()
    assert unexpected(watched) == []


def test_by_touch_on_a_phone(browser: Browser, room: Room) -> None:
    for n in (1, 2):
        contributes(room.office, n, f"Une idée simple {n}.")
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="fr-FR"
    )
    watched = Watched(context, room.address)
    page = room.enters(watched, "camille")
    page.goto(f"{room.address}/equipe/file")
    page.locator("html[data-script=ready]").wait_for()
    shows(page, 1)
    page.locator("summary", has_text="Ne pas montrer").tap()
    page.get_by_role("button", name="Propos blessants").tap()
    shows(page, 2)
    assert stands(room.office, 1).reason == "hurts"
    page.get_by_role("button", name="Annuler").tap()
    shows(page, 1)
    assert stands(room.office, 1).decision is Decision.WAITING
    page.get_by_role("button", name="Publier").tap()
    shows(page, 2)
    context.close()
    assert unexpected(watched) == []


def test_a_colleague_was_faster(browser: Browser, room: Room) -> None:
    for n in (1, 2):
        contributes(room.office, n, f"Une idée simple {n}.")
    watched = at_the_queue(browser, room)
    page = watched.page
    shows(page, 1)
    room.office.desk.memory.curations.decide("P-000001", Decision.BINNED, "test", "louis", 0)
    page.keyboard.press("p")
    expect(page.locator("#fait")).to_contain_text("entre-temps")
    shows(page, 1)
    assert stands(room.office, 1).decision is Decision.BINNED
    page.context.close()
    assert unexpected(watched) == []


@pytest.mark.parametrize(("width", "height", "scheme"), SCREENS)
def test_axe_and_sizes(browser: Browser, room: Room, width: int, height: int, scheme: Any) -> None:
    axe_is_there()
    contributes(room.office, 1, f"{NAMED} " * 200, title="Ce que dit Madame Dupont")
    for n in range(2, 6):
        contributes(room.office, n, "Plus de temps la nuit pour les éducatrices." + "!" * n)
    work = room.office.desk.memory.curations
    last = work.decide("P-000005", Decision.HIDDEN, "private", "camille", 0)
    work.undo("P-000005", "camille", last)
    assert room.office.desk.memory.indexing.wait(60)
    watched = Watched(context_of(browser, width, height, scheme), room.address)
    page, tried = room.enters(watched, "camille"), {}

    def look(name: str) -> None:
        tried[name] = accessible(page, f"{name}, {width} px, {scheme}")
        fits(page, width)
        watched.shot(f"moderation-{name}-{width}-{scheme}", whole=True)

    for name in ("contributions", "contributions?q=zzz", "contributions?comme=P-000002",
                 "contributions/P-000001", "contributions/P-000005"):  # fmt: skip
        page.goto(f"{room.address}/equipe/{name}")
        look(name.replace("/", "-").replace("?", "-").replace("=", "-"))
    page.get_by_role("button", name="Lire la conversation").click()
    expect(page.locator(".thread")).to_be_visible()
    look("transcript")
    page.goto(f"{room.address}/equipe/file")
    page.locator("html[data-script=ready]").wait_for()
    look("queue")
    for panel in ("Ne pas montrer", "Corbeille", "Doublon"):
        page.locator("summary", has_text=panel).click()
    look("queue-open")
    page.context.close()
    assert unexpected(watched) == []
    print(f"{width} px, {scheme}: 0 violations on {len(tried)} screens, {min(tried.values())} to "
          f"{max(tried.values())} rules tried on each")  # fmt: skip


def test_hostile_words_run_nothing_on_any_page(browser: Browser, room: Room) -> None:
    assert len(MARKUP) >= 40
    for n, text in enumerate(MARKUP, 1):
        contributes(room.office, n, text, title=text[:80])
    watched = at_the_queue(browser, room)
    page, seen = watched.page, 0

    def quiet(where: str) -> None:
        nonlocal seen
        seen += 1
        found = page.evaluate("[window.pwned, window.violations, document.body.childElementCount]")
        assert found[:2] == [None, []], where

    for n in range(1, len(MARKUP) + 1):
        shows(page, n)
        quiet(f"queue {n}")
        if n % 2:
            page.keyboard.press("m")
            expect(page.locator(".badge", has_text="texte relu")).to_be_visible()
        page.keyboard.press("p")
    for n in range(1, len(MARKUP) + 1):
        page.goto(f"{room.address}/equipe/contributions/P-{n:06d}")
        quiet(f"page {n}")
        page.get_by_role("button", name="Lire la conversation").click()
        expect(page.locator(".thread")).to_be_visible()
        quiet(f"transcript {n}")
    for name in ("contributions", "contributions?page=2", "contributions?comme=P-000001",
                 "contributions?q=%22%3E%3Cscript%3Ewindow.pwned%3D1%3C%2Fscript%3E"):  # fmt: skip
        page.goto(f"{room.address}/equipe/{name}")
        quiet(name)
    page.get_by_label("Chercher des mots").press_sequentially("<img src=x onerror=window.pwned=1>")
    page.wait_for_timeout(800)
    quiet("htmx")
    for n in (1, len(MARKUP)):
        page.goto(f"{room.address}/equipe/codage/texte/P-{n:06d}")
        quiet(f"coding {n}")
    page.context.close()
    assert unexpected(watched) == []
    print(f"{len(MARKUP)} hostile texts on {seen} screens: 0 scripts run, 0 policy violations")


def test_a_reader_has_no_queue(browser: Browser, room: Room) -> None:
    contributes(room.office, 1, NAMED)
    watched = Watched(context_of(browser, 390, 844), room.address)
    page = room.enters(watched, "louis")
    expect(page.get_by_role("link", name="File à relire")).to_have_count(0)
    page.goto(f"{room.address}/equipe/file")
    heading = page.get_by_role("heading", name="Cette page n’est pas pour votre compte")
    expect(heading).to_be_visible()
    page.goto(f"{room.address}/equipe/contributions/P-000001")
    expect(page.get_by_role("button", name="Publier")).to_have_count(0)
    page.context.close()
    assert unexpected(watched) == []


LONG = "Il faut du temps pour écouter les personnes, et le dire aux responsables. " * 40


def test_the_bar_of_a_phone_covers_nothing(browser: Browser, room: Room) -> None:
    """With a short text all is on one screen; with a long one the end of the card is reached."""
    contributes(room.office, 1, "Plus de temps pour écouter, et des bureaux où l’on s’entend.")
    contributes(room.office, 2, LONG)
    contributes(room.office, 3, "Encore une proposition.")
    watched = at_the_queue(browser, room, 390)
    page = watched.page

    def box(name: str) -> dict[str, float]:
        found = page.locator(name).bounding_box()
        assert found, name
        return {"top": found["y"], "end": found["y"] + found["height"]}

    shows(page, 1)
    bar = box(".walk")
    assert bar["end"] <= 844
    for name in ("bin", "same"):
        assert box(f"[data-reasons={name}] > summary")["end"] <= bar["top"], name
    watched.shot("desk-queue-short-390")
    page.get_by_role("button", name="Suivante").click()
    shows(page, 2)
    page.locator("[data-reasons=same] > summary").focus()
    assert box("[data-reasons=same] > summary")["end"] <= box(".walk")["top"]
    page.locator("[data-reasons=bin] > summary").click()
    expect(page.locator("[data-reasons=bin] [data-digit='1']")).to_be_visible()
    assert box("[data-reasons=bin]")["end"] <= box(".walk")["top"] + 1
    watched.shot("desk-queue-long-390")
    page.locator("[data-reasons=bin] [data-digit='1']").click()
    shows(page, 3)
    assert box("#carte")["top"] > -1  # the next one from its beginning
    page.context.close()
    assert unexpected(watched) == []


def test_the_list_of_a_phone_is_short_and_rows_open_where_they_are_touched(
    browser: Browser, room: Room
) -> None:
    for n in range(1, 31):
        contributes(room.office, n, f"{n} {LONG}", title="Un titre assez long pour une seule ligne")
    watched = at_the_queue(browser, room, 390)
    page = watched.page
    page.goto(f"{room.address}/equipe/contributions")
    rows = page.locator(".found > li")
    expect(rows).to_have_count(25)
    expect(page.get_by_role("link", name="Page suivante").first).to_be_in_viewport()
    tall = page.evaluate("document.documentElement.scrollHeight")
    row = rows.nth(0).bounding_box()
    assert row
    print(f"25 contributions on a phone: {tall} px, {row['height']:.0f} px a row")
    assert row["height"] < 125
    assert tall < 4000
    watched.shot("desk-list-390", whole=True)
    page.mouse.click(row["x"] + row["width"] / 2, row["y"] + row["height"] / 2)
    expect(page.get_by_role("heading", name="Contribution P-000030")).to_be_visible()
    page.context.close()
    assert unexpected(watched) == []
