"""The desk as staff use it: by hand, by keyboard, at two sizes, in both themes."""

# ruff: noqa: F811

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from bot.staff import Act
from desk.roles import MENU
from tests.desk_browser import (  # noqa: F401
    SCREENS,
    Room,
    accessible,
    axe_is_there,
    context_of,
    fits,
    opens,
    room,
)  # fmt: skip
from tests.desk_contributions import contributes
from tests.desk_service import PASSWORD
from tests.web_browser import Watched, browser  # noqa: F401

REFUSED = re.compile(r"Failed to load resource.* 40[0-9]")  # the browser tells of every 4xx


def unexpected(watched: Watched) -> list[str]:
    return [one for one in watched.complaints if not REFUSED.search(one)]


def test_signing_in_with_a_code_and_out(browser: Browser, room: Room) -> None:
    watched = Watched(context_of(browser, 1280, 800), room.address)
    page = watched.page
    page.goto(f"{room.address}/equipe")
    page.get_by_label("Votre nom de compte").fill("claire")
    page.get_by_label("Votre mot de passe").fill("ce n’est pas celui-là")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("ne va pas")
    room.office.clock.pass_by(hours=2)
    page = room.enters(watched)
    expect(page.get_by_role("heading", name="Bonjour claire")).to_be_visible()
    page.wait_for_function("typeof htmx == 'object'")
    opens(page, "Journal")
    expect(page.get_by_role("link", name="Journal")).to_have_attribute("aria-current", "page")
    expect(page.get_by_role("cell", name="connexion refusée").first).to_be_visible()
    page.get_by_label("Quoi").select_option("sign_in")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.get_by_role("cell", name="connexion refusée")).to_have_count(0)
    expect(page.get_by_role("cell", name="connexion", exact=True).first).to_be_visible()
    page.get_by_role("link", name="Vérifier la chaîne").click()
    expect(page.get_by_role("status")).to_contain_text("La chaîne est entière")
    for cookie in page.context.cookies():
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()
    page.go_back()
    page.goto(f"{room.address}/equipe/journal")
    expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()
    page.context.close()
    assert unexpected(watched) == []


def test_a_role_that_one_does_not_have(browser: Browser, room: Room) -> None:
    watched = Watched(context_of(browser, 390, 844), room.address)
    page = room.enters(watched, "louis")
    expect(page.get_by_role("link", name="Journal")).to_have_count(0)
    page.goto(f"{room.address}/equipe/journal")
    heading = page.get_by_role("heading", name="Cette page n’est pas pour votre compte")
    expect(heading).to_be_visible()
    expect(page.get_by_text("administration")).to_be_visible()
    watched.shot("desk-role-refused")
    page.get_by_role("link", name="Revenir à l’accueil").click()
    expect(page.get_by_role("heading", name="Bonjour louis")).to_be_visible()
    page.context.close()
    assert unexpected(watched) == []


def test_half_an_hour_away(browser: Browser, room: Room) -> None:
    watched = Watched(context_of(browser, 390, 844), room.address)
    page = room.enters(watched, "louis")
    room.office.clock.pass_by(minutes=29)
    page.reload()
    expect(page.get_by_role("heading", name="Bonjour louis")).to_be_visible()
    room.office.clock.pass_by(minutes=31)
    opens(page, "Aide")
    expect(page.get_by_text("Votre session est terminée")).to_be_visible()
    watched.shot("desk-idle")
    page.get_by_label("Votre nom de compte").fill("louis")
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", name="Aide")).to_be_visible()  # back where one was
    page.context.close()
    assert unexpected(watched) == []


def test_by_plain_keys(browser: Browser, room: Room) -> None:
    """Every control of the journal is reached by Tab and shows that it has the focus."""
    watched = Watched(context_of(browser, 1280, 800), room.address)
    page = room.enters(watched)
    page.goto(f"{room.address}/equipe/journal")
    reached: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name, ring = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e); return ["
            "(e.getAttribute('aria-label') || e.id || e.textContent).trim(),"
            " s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; })()"
        )
        if page.evaluate("document.activeElement === document.body") or name in reached[:1]:
            break
        assert ring, f"no focus to be seen on {name}"
        reached.append(name)
    menu = [label for _, label in MENU]
    for wanted in ("Aller au contenu", *menu, "qui", "quoi", "du", "Filtrer", "Lignes du journal"):
        assert wanted in reached, reached
    page.context.close()


@pytest.mark.parametrize(("width", "height", "scheme"), SCREENS)
def test_axe_finds_nothing_and_nothing_overflows(
    browser: Browser, room: Room, width: int, height: int, scheme: Any
) -> None:
    axe_is_there()
    for n in range(3):
        about = {"reference": f"E-{n:06}", "sha256": "0123456789abcdef" * 4}
        room.office.desk.memory.journal.write("claire", Act.EXPORT_MADE, about)
    watched = Watched(context_of(browser, width, height, scheme), room.address)
    page, tried = watched.page, {}

    def look(name: str) -> None:
        tried[name] = accessible(page, f"{name}, {width} px, {scheme}")
        fits(page, width)
        watched.shot(f"desk-{name}-{width}-{scheme}", whole=True)

    page.goto(f"{room.address}/equipe/connexion?fermee=1")
    look("sign-in")
    page.get_by_label("Votre nom de compte").fill("claire")
    page.get_by_label("Votre mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Continuer").click()
    look("code")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Se connecter").click()
    look("wrong-code")
    room.office.clock.pass_by(hours=2)
    room.enters(watched)
    look("home")
    for name in ("journal", "journal/verification", "journal?qui=x", "compte", "aide", "rien"):
        page.goto(f"{room.address}/equipe/{name}")
        look(re.sub(r"\W", "-", name))
    page.context.close()
    assert unexpected(watched) == []
    print(f"{width} px, {scheme}: 0 violations on {len(tried)} screens, {min(tried.values())} to "
          f"{max(tried.values())} rules tried on each")  # fmt: skip


def test_the_menu_of_a_phone_by_keys_and_without_script(browser: Browser, room: Room) -> None:
    axe_is_there()
    for script in (True, False):
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, locale="fr-FR", java_script_enabled=script
        )
        watched = Watched(context, room.address)
        page = room.enters(watched, "louis")
        nav = page.get_by_role("navigation", name="Pages")
        expect(nav).to_be_hidden()
        header = page.locator("header").bounding_box()
        assert header, header
        assert header["height"] < 80
        button = page.get_by_role("button", name="Menu")
        for _ in range(2):
            page.keyboard.press("Tab")  # past « Aller au contenu »
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        expect(nav).to_be_visible()
        expect(nav.get_by_role("link", name="Accueil")).to_have_attribute("aria-current", "page")
        if script:
            accessible(page, "the menu of a phone")
            watched.shot("desk-menu-390")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="louis")).to_be_focused()
        page.keyboard.press("Escape")
        expect(nav).to_be_hidden()
        expect(button).to_be_focused()
        button.click()
        page.get_by_role("button", name="Fermer").click()
        expect(nav).to_be_hidden()
        opens(page, "Contributions")
        expect(page.get_by_role("heading", name="Contributions", exact=True)).to_be_visible()
        expect(nav).to_be_hidden()
        page.set_viewport_size({"width": 1280, "height": 800})
        expect(nav).to_be_visible()
        expect(button).to_be_hidden()
        button = page.get_by_role("button", name="Se déconnecter")
        button.click()
        expect(page.get_by_role("heading", name="Se connecter")).to_be_visible()
        context.close()
        assert unexpected(watched) == []


def test_the_journal_of_a_phone_is_read_without_going_sideways(
    browser: Browser, room: Room
) -> None:
    reference = contributes(room.office, 1, "Un texte.")
    about = {"reference": reference, "sha256": "0123456789abcdef" * 4}
    room.office.desk.memory.journal.write("claire", Act.EXPORT_MADE, about)
    watched = Watched(context_of(browser, 390, 844), room.address)
    page = room.enters(watched)
    page.goto(f"{room.address}/equipe/journal")
    region = page.get_by_role("region", name="Lignes du journal")
    assert region.evaluate("e => e.scrollWidth <= e.clientWidth")
    row = page.get_by_role("row").nth(1)
    expect(row.get_by_role("cell")).to_have_count(4)  # still a table for a screen reader
    cell = page.get_by_role("cell", name=reference).first
    found = cell.bounding_box()
    assert found
    assert found["x"] >= 0
    assert found["x"] + found["width"] <= 390
    page.context.close()
    assert unexpected(watched) == []


def test_the_first_run_says_what_to_do(browser: Browser, sqlite_template, tmp_path) -> None:
    axe_is_there()
    from tests.desk_service import office
    from tests.web_browser import running

    with running(office(sqlite_template, tmp_path)) as (address, _):
        watched = Watched(context_of(browser, 390, 844), address)
        watched.page.goto(f"{address}/equipe")
        expect(watched.page.get_by_text("parole staff add votre-nom")).to_be_visible()
        accessible(watched.page, "first run")
        fits(watched.page, 390)
        watched.shot("desk-first-run", whole=True)
        watched.page.context.close()
        assert unexpected(watched) == []
