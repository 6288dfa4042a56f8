"""Four words on one screen, typed on another, in a real Chromium, with and without script."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.web_browser import CHROMIUM, PHONE, Watched, chromium, served

if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
    print("skipped: Chromium is not installed (Debian: apt install chromium)")
    pytestmark = pytest.mark.skip("Chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def address(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(sqlite_template, tmp_path_factory.mktemp("web")) as (address, _):
        yield address


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Watched]:
    context = browser.new_context(**PHONE)
    yield Watched(context, address)
    context.close()


def code(phone: Watched) -> str:
    page = phone.page
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Un code pour revenir").click()
    told = page.locator(".turn.assistant", has_text="Voici votre code de retour").last
    expect(told).to_be_visible()
    phone.shot("returns-given")
    return told.inner_text().split("\n\n")[1].strip()


@pytest.mark.parametrize("script", [True, False])
def test_from_the_phone_to_another_screen(
    browser: Browser, address: str, phone: Watched, script: bool
) -> None:
    page = phone.agrees()
    phone.says("je suis formatrice")
    words = code(phone)
    assert len(words.split()) == 4
    page.reload()
    expect(page.get_by_text("Un code de retour vous a été donné.")).to_be_visible()
    assert words not in page.content()
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}])"
    assert words.split()[0] not in str(page.evaluate(stored))

    other = browser.new_context(**(PHONE | {"java_script_enabled": script}))
    screen = other.new_page()
    screen.goto(address)
    screen.get_by_role("link", name="J’ai un code de retour").click()
    screen.get_by_label("Vos 4 mots").fill("abeille abri abricot acteur")
    screen.get_by_role("button", name="Continuer").click()
    expect(screen.get_by_role("alert")).to_contain_text("Je ne trouve pas ce code.")
    if folder := os.environ.get("PAROLE_SCREENSHOTS"):
        screen.screenshot(path=Path(folder) / f"returns-wrong-{script}.png")
    screen.get_by_label("Vos 4 mots").fill(words.upper())
    screen.get_by_role("button", name="Continuer").click()
    expect(screen.get_by_text("Votre conversation continue ici.")).to_be_visible()
    expect(screen.get_by_text("je suis formatrice")).to_have_count(1)
    if folder:
        screen.screenshot(path=Path(folder) / f"returns-back-{script}.png")
    other.close()

    page.get_by_label("Votre réponse").fill("encore moi")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_text("Votre conversation continue ailleurs")).to_be_visible()
    expect(page.get_by_label("Votre réponse")).to_have_value("encore moi")
    page.reload()
    expect(page.get_by_role("button", name="Commencer")).to_be_visible()
    phone.shot("returns-elsewhere")


def test_the_words_are_shown_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(**(PHONE | {"java_script_enabled": False}))
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Commencer").click()
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Un code pour revenir").click()
    words = page.locator(".words").inner_text()
    assert len(words.split()) == 4
    if folder := os.environ.get("PAROLE_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "returns-words.png")
    page.get_by_role("link", name="Continuer").click()
    expect(page.get_by_text("Un code de retour vous a été donné.")).to_be_visible()
    assert words not in page.content()
    context.close()
