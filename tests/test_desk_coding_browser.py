"""Coding in a real Chromium: by mouse, by keyboard, by touch; at two sizes and in both themes."""

# ruff: noqa: F811

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import refi_cases as refi
from playwright.sync_api import Browser, Page, expect
from refi_cases import CODES, NIGHT, TIME

from storage.moderation.codebook import Codebook
from storage.moderation.codings import Codings
from tests.desk_browser import SCREENS, Room, accessible, axe_is_there, context_of, fits, opens
from tests.desk_service import office
from tests.test_desk_coding import FIRST, ONE, TWO, told
from tests.web_browser import Watched, browser, running  # noqa: F401

SELECT = """([start, end]) => {
  const walk = document.createTreeWalker(document.getElementById("texte"), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  for (let node, at = 0; (node = walk.nextNode()); at += node.length) {
    if (start >= at && start <= at + node.length) range.setStart(node, start - at);
    if (end >= at && end <= at + node.length) { range.setEnd(node, end - at); break; }
  }
  const box = range.getClientRects()[0], last = [...range.getClientRects()].at(-1);
  return [box.left, box.top + box.height / 2, last.right, last.top + last.height / 2];
}"""


@pytest.fixture(scope="module")
def room(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with running(office(sqlite_template, tmp_path_factory.mktemp("coding"))) as (address, made):
        told(made)
        Codebook(made.engine).take(CODES)
        yield Room(address, made)


def kept(room: Room, reference: str = ONE) -> set[tuple[str, str, int]]:
    every = Codings(room.office.engine, room.office.keys).of(reference)
    return {(one.words, one.code, one.start) for _, one in every}


def units(words: str) -> list[int]:
    start = len(FIRST[: FIRST.index(words)].encode("utf-16-le")) // 2
    return [start, start + len(words.encode("utf-16-le")) // 2]


def drag(page: Page, words: str) -> None:
    """Select these words as a hand does."""
    left, top, right, bottom = page.evaluate(SELECT, units(words))
    page.mouse.move(left + 1, top)
    page.mouse.down()
    page.mouse.move(right - 1, bottom, steps=6)
    page.mouse.up()


def test_a_passage_after_an_emoji_by_mouse(browser: Browser, room: Room) -> None:
    watched = Watched(context_of(browser, 1280, 800), room.address)
    page = room.enters(watched, "camille")
    opens(page, "Codage")
    page.get_by_role("link", name="Coder la prochaine contribution").click()
    expect(page.get_by_role("heading", name=ONE)).to_be_visible()
    page.get_by_role("button", name="Temps").click()
    expect(page.locator(".chosen")).to_have_text("Choisissez d’abord un passage du texte.")
    drag(page, "relève la nuit 🌙")
    expect(page.locator(".chosen")).to_have_text("Passage choisi : 4 mots.")
    page.get_by_role("button", name="Relève & nuit").click()
    expect(page.locator("mark")).to_have_text("relève la nuit 🌙")
    assert kept(room) == {("relève la nuit 🌙", NIGHT, FIRST.index("relève"))}
    page.get_by_role("button", name="Retirer").click()
    expect(page.locator("mark")).to_have_count(0)
    assert kept(room) == set()
    page.context.close()
    assert watched.complaints == []


def test_a_passage_by_keyboard_and_its_letter(browser: Browser, room: Room) -> None:
    watched = Watched(context_of(browser, 1280, 800), room.address)
    page = room.enters(watched, "dominique")
    page.goto(f"{room.address}/equipe/codage/texte/{TWO}")
    page.locator("#texte").focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(".chosen")).to_have_text("Passage choisi : 2 mots.")
    page.keyboard.press("a")
    expect(page.locator("mark")).to_have_text("salaires justes")
    assert kept(room, TWO) == {("salaires justes", TIME, 4)}
    expect(page.locator("#texte")).to_be_focused()
    page.context.close()
    assert watched.complaints == []


def test_sentences_undo_and_nothing_to_code_by_keyboard(browser: Browser, room: Room) -> None:
    watched = Watched(context_of(browser, 1280, 800), room.address)
    page = room.enters(watched, "camille")
    page.goto(f"{room.address}/equipe/codage/texte/{ONE}")
    text = page.locator("#texte")
    text.focus()
    for key in ("ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    page.keyboard.press("b")
    expect(page.locator("mark")).to_have_text("Et une relève la nuit 🌙 !")
    expect(text).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator("mark")).to_have_count(0)
    expect(text).to_be_focused()
    page.keyboard.press("0")
    expect(page.get_by_text("Vous avez lu ce texte")).to_be_visible()
    expect(text).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=TWO)).to_be_visible()
    page.wait_for_load_state()  # the script is there
    page.get_by_role("button", name="Temps").focus()
    expect(page.locator(".meaning")).to_have_text("Le temps pour la relation.")
    page.goto(f"{room.address}/equipe/codage/texte/{ONE}")
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_role("button", name="Rien à coder ici")).to_be_visible()
    page.context.close()
    assert watched.complaints == []


def test_a_passage_by_touch(browser: Browser, room: Room) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, locale="fr-FR"
    )
    watched = Watched(context, room.address)
    page = room.enters(watched, "dominique")
    page.goto(f"{room.address}/equipe/codage/texte/{ONE}")
    page.get_by_role("button", name="Temps").tap()
    expect(page.locator(".meaning")).to_have_text("Le temps pour la relation.")
    page.evaluate(  # a long press selects a word: only its outcome can be played here
        "([start, end]) => { const node = document.getElementById('texte').firstChild;"
        "document.getSelection().setBaseAndExtent(node, start, node, end); }",
        units("Plus de temps"),
    )
    expect(page.locator(".chosen")).to_have_text("Passage choisi : 3 mots.")
    page.get_by_role("button", name="Temps").tap()
    expect(page.locator("mark")).to_have_text("Plus de temps")
    assert ("Plus de temps", TIME, 5) in kept(room)
    page.context.close()
    assert watched.complaints == []


@pytest.mark.parametrize(("width", "height", "scheme"), SCREENS)
def test_each_page_is_accessible_and_fits(
    browser: Browser, room: Room, width: int, height: int, scheme: Any
) -> None:
    axe_is_there()
    codings = Codings(room.office.engine, room.office.keys)
    codings.add(ONE, [refi.passage(FIRST, "temps", TIME), refi.passage(FIRST, "Plus de", NIGHT)])
    watched = Watched(context_of(browser, width, height, scheme), room.address)
    page = room.enters(watched, "camille")
    pages = {
        "codage": "codage", "texte": f"codage/texte/{ONE}?de=dominique", "accord": "codage/accord",
    }  # fmt: skip
    for name, path in pages.items():
        page.goto(f"{room.address}/equipe/{path}")
        if name == "codage":
            page.get_by_text("Changer « Temps »").click()
        assert accessible(page, name) > 10
        fits(page, width)
        watched.shot(f"coding-{name}-{width}-{scheme}", whole=True)
    page.context.close()
    assert watched.complaints == []
