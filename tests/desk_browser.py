"""The desk in a real Chromium. Run as `python -m tests.desk_browser`, it makes its picture."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.staff import Act, Role
from storage.database import migrate
from tests.desk_service import EVERY_ROLE, PASSWORD, Office, office
from tests.test_browser_access import AXE, found
from tests.web_browser import Watched, browser, chromium, running  # noqa: F401

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "desk.png"
SCREENS = [
    (width, height, scheme)
    for width, height in ((390, 844), (1280, 800))
    for scheme in ("light", "dark")
]


@dataclass
class Room:
    """A desk that is served, and its address."""

    address: str
    office: Office

    def enters(self, watched: Watched, login: str = "claire") -> Page:
        """Sign in as a person does."""
        page = watched.page
        page.goto(f"{self.address}/equipe")
        page.get_by_label("Votre nom de compte").fill(login)
        page.get_by_label("Votre mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Continuer").click()
        if login in self.office.secrets:
            expect(page.get_by_role("heading", name="Votre code à 6 chiffres")).to_be_visible()
            self.office.clock.pass_by(seconds=30)  # a code opens once
            page.get_by_label("Code").fill(self.office.code(login))
            page.get_by_role("button", name="Se connecter").click()
        expect(page.locator("#menu")).to_be_attached()
        return page


@pytest.fixture(scope="module")
def room(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A desk with « claire », who has every role and a code, and « louis », who reads."""
    opened = office(sqlite_template, tmp_path_factory.mktemp("desk"))
    with running(opened) as (address, made):
        made.hire("claire", EVERY_ROLE, code=True)
        made.hire("louis", [Role.READING])
        yield Room(address, made)


def opens(page: Page, label: str) -> None:
    """Choose a page in the menu, which a narrow screen keeps behind a button."""
    button = page.get_by_role("button", name="Menu")
    if button.is_visible():
        button.click()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=label, exact=True).click()


def context_of(browser: Browser, width: int, height: int, scheme: Any = "light") -> BrowserContext:  # noqa: F811
    return browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="fr-FR",
        timezone_id="Europe/Paris",
    )


def fits(page: Page, width: int) -> None:
    """Nothing makes the page scroll sideways, even with text twice as large."""
    scrolled = "document.documentElement.scrollWidth"
    assert page.evaluate(scrolled) <= width
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert page.evaluate(scrolled) <= width
    page.evaluate("document.documentElement.style.removeProperty('font-size')")


def accessible(page: Page, name: str) -> int:
    """How many rules axe tried here, all of them well."""
    faults, tried = found(page)
    assert faults == [], name
    return tried


def axe_is_there() -> None:
    if not AXE.exists():
        print("skipped: axe-core is not installed (npm ci --prefix tests)")
        pytest.skip("axe-core is not installed")


def picture(file: Path = PICTURE) -> None:
    """The journal, as an administrator sees it."""
    with tempfile.TemporaryDirectory() as made:
        template = Path(made) / "template.db"
        migrate(f"sqlite:///{template}")
        with running(office(template, Path(made))) as (address, desk), chromium() as browser:
            desk.hire("claire", EVERY_ROLE, code=True)
            journal = desk.desk.memory.journal
            journal.write("louis", Act.SIGN_IN, {"second_factor": 0})
            journal.write("louis", Act.CONTRIBUTION_READ, {"reference": "E-000012"})
            journal.write("parole", Act.ERASURE, {"reference": "K7QF-2MNP"})
            watched = Watched(context_of(browser, 1100, 680), address)
            page = Room(address, desk).enters(watched)
            page.goto(f"{address}/equipe/journal/verification")
            file.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=file)


if __name__ == "__main__":
    picture()
