"""WCAG 2.2 AA as far as a program can see it: axe-core, at two sizes, in both themes."""

# ruff: noqa: F811

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_browser import Watched, address, browser  # noqa: F401

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
RUN = "rules => axe.run(document, { runOnly: rules, resultTypes: ['violations', 'incomplete'] })"
SIZES = ((360, 740), (1280, 800))


def found(page: Page) -> tuple[list[str], int]:
    """What axe complains of, and how many rules it could try here."""
    page.evaluate(AXE.read_text("utf-8"))
    told: dict[str, Any] = page.evaluate(RUN, RULES)
    faults = [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary']}"
        for one in told["violations"]
        for node in one["nodes"]
    ]
    return faults, len(told["passes"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_axe_finds_nothing(
    browser: Browser, address: str, width: int, height: int, scheme: Any
) -> None:
    if not AXE.exists():
        why = "axe-core is not installed (npm ci --prefix tests)"
        if os.environ.get("CI"):
            pytest.fail(why)
        print(f"skipped: {why}")
        pytest.skip(why)
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    watched = Watched(context, address)
    page, seen = watched.page, {}

    def look(name: str) -> None:
        faults, tried = found(page)
        seen[name] = tried
        assert faults == [], f"{name}, {width} px, {scheme}"

    for path in ("/", "/vos-donnees", "/accessibilite", "/efface", "/hors-ligne", "/rien"):
        page.goto(address + path)
        look(path)
    watched.agrees()
    look("choices")
    watched.says("anticonstitutionnellement")
    expect(page.locator(".turn.assistant").last).to_be_visible()
    look("refusal")
    page.locator("summary").click()
    look("menu")
    page.get_by_role("button", name="Masquer les messages").click()
    look("hidden")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look("alert")
    context.set_offline(True)
    page.get_by_label("Votre réponse").fill("Je raconte.")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("#attente")).to_be_visible()
    look("waiting")
    context.close()
    print(f"{width} px, {scheme}: 0 violations on {len(seen)} screens, {min(seen.values())} to "
          f"{max(seen.values())} rules tried on each")  # fmt: skip


def test_by_plain_keys_from_the_first_page_to_leaving(browser: Browser, address: str) -> None:
    """Every control is reached by Tab, shows that it has the focus, and none holds it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    watched = Watched(context, address)
    page = watched.agrees()
    page.goto(address)
    page.locator("html[data-script=ready]").wait_for()
    reached: list[str] = []
    for _ in range(30):
        page.keyboard.press("Tab")
        name, ring = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e); return ["
            "(e.getAttribute('aria-label') || e.value || e.textContent || e.id).trim(),"
            " s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; })()"
        )
        if name in reached or page.evaluate("document.activeElement === document.body"):
            break
        assert ring, f"no focus to be seen on {name}"
        reached.append(name)
    for wanted in ("Aller au contenu", "Quitter vite", "Menu", "public:proche", "Envoyer"):
        assert wanted in reached, reached
    context.close()
    assert watched.complaints == []


def test_high_contrast_and_forced_colours_keep_the_buttons(browser: Browser, address: str) -> None:
    for more in ({"contrast": "more"}, {"forced_colors": "active"}):
        context = browser.new_context(viewport={"width": 360, "height": 740}, **more)  # type: ignore[arg-type]
        watched = Watched(context, address)
        page = watched.agrees()
        edge = page.locator(".choice").first.evaluate("e => getComputedStyle(e).borderTopWidth")
        assert float(edge.removesuffix("px")) >= 1
        watched.shot("-".join(more))
        context.close()
