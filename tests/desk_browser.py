"""The desk in a real Chromium. Run as `python -m tests.desk_browser`, it makes its picture."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.staff import Role
from storage.database import migrate
from tests.desk_contributions import GUIDE, contributes
from tests.desk_service import EVERY_ROLE, PASSWORD, Office, office
from tests.test_browser_access import AXE, found
from tests.web_browser import Watched, browser, chromium, running  # noqa: F401

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "desk.png"
SCREENS = [(390, 844, "light"), (390, 844, "dark"), (1280, 800, "light")]


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
    """The first page of somebody who moderates and exports, on a day with some work."""
    with tempfile.TemporaryDirectory() as made:
        template = Path(made) / "template.db"
        migrate(f"sqlite:///{template}")
        with running(office(template, Path(made))) as (address, desk), chromium() as browser:
            desk.hire("claire", EVERY_ROLE, code=True)
            memory = desk.desk.memory
            for n in range(1, 41):
                text = f"Du temps pour écouter, et {n} bureaux où l’on s’entend."
                contributes(desk, n, text + " Voyez Madame Dupont." * (n % 9 == 0))
            memory.overview.set_targets(GUIDE, {("departement", "59"): 60})
            memory.codebook.add("Le temps")
            packages, now = memory.packages, desk.clock.now
            packages.failed(packages.ask("claire", "public", ["csv"], {}, now).id, "plein", now)
            assert memory.indexing.wait(60)
            desk.desk.following.refresh()
            desk.desk.following.wait(60)
            memory.alike.look()
            assert memory.alike.wait(60)
            watched = Watched(context_of(browser, 1100, 760), address)
            Room(address, desk).enters(watched)
            file.parent.mkdir(parents=True, exist_ok=True)
            watched.page.screenshot(path=file)


if __name__ == "__main__":
    picture()
