"""Words that would be a program, stored everywhere the desk shows words, in a real browser (S7)."""

# ruff: noqa: F811

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hostile import MARKUP
from playwright.sync_api import Browser

from bot.curated import Outside
from desk.shell import ROOT
from storage.database import open_database
from tests.desk_browser import Room, context_of
from tests.desk_full import WHO, Full, address, full_desk, steps
from tests.hostile_walks import in_path
from tests.test_desk_browser import unexpected
from tests.web_browser import Watched, browser, running  # noqa: F401

OUT_OF = ("", '">', "'>", "</textarea>", "</title>", "</style>", "</script>", "-->", "]]>",
          "</select>", "</noscript>", "</template>", "</bdi></p></article>")  # fmt: skip
RUNS = (
    "<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>",
    "<svg/onload=window.pwned=1>", "<details open ontoggle=window.pwned=1>x</details>",
    '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
)  # fmt: skip
PAYLOADS = tuple(dict.fromkeys([*MARKUP, *(a + b for a, b in product(OUT_OF, RUNS))]))
EACH = 12  # in one contribution
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', e => window.violations.push(
  e.effectiveDirective + ' ' + e.blockedURI));
"""
FOUND = """
() => [
  window.pwned === undefined, window.violations,
  document.querySelectorAll('script:not([src]), iframe, object, embed, base, style,'
    + 'link[href*="evil"], [onerror], [onload], [ontoggle], [onfocus], [onclick], svg[onload],'
    + 'a[href^="javascript:"], a[href^="data:"], form[action*="evil"]').length,
  document.body ? document.body.textContent : '',
]
"""


def texts() -> list[str]:
    """A dozen payloads a contribution; the last ones resemble one another."""
    packed = ["\n".join(PAYLOADS[n : n + EACH]) for n in range(0, len(PAYLOADS), EACH)]
    same = f"Plus de temps la nuit pour les personnes accompagnées {RUNS[1]}"
    return [*packed, *(f"{same}{end}" for end in ".!?")]


@pytest.fixture
def room(sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[Room, Full]]:
    engine = open_database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}", create=False)
    opened = full_desk(engine, tmp_path, texts=texts())
    with running(opened, within=90) as (where, full):
        yield Room(where, full.desk), full
    engine.dispose()


def fills_more(full: Full) -> None:
    """Every other word that staff or another platform write."""
    memory = full.desk.desk.memory
    for n, payload in enumerate(PAYLOADS[::6]):
        memory.codebook.add(f"{n} {payload[:50]}", payload[:200])
    today = full.desk.clock.now.date()
    theirs = [
        Outside("plateforme", f"x{n}", "proposal", payload, payload[:100], made_on=today)
        for n, payload in enumerate(PAYLOADS[::4])
    ]
    memory.outsides.take("plateforme", theirs, today)
    memory.indexing.refresh(now=True)


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00a0\u202f\0]+", "", text)


def test_no_stored_words_run_on_any_page(browser: Browser, room: tuple[Room, Full]) -> None:
    """S7: more than 100 payloads, as contributions and as words of staff, on every page.

    Nothing runs, nothing is refused by the policy, and no element is made of them: they are text.
    """
    there, full = room
    fills_more(full)
    watched = Watched(context_of(browser, 1280, 844), there.address)
    watched.page.add_init_script(WATCH)
    page = there.enters(watched, WHO)
    pages, shown = 0, set[str]()
    left = {squeezed(one): one for one in PAYLOADS}

    def quiet(where: str) -> None:
        nonlocal pages
        pages += 1
        clean, violations, made, words = page.evaluate(FOUND)
        assert clean, where
        assert violations == [], where
        assert made == 0, where
        said = squeezed(words)
        shown.update(one for one in left if one in said)

    def opens(path: str) -> None:
        page.goto(there.address + path)
        quiet(path)

    count = len(texts())
    for n in range(1, count + 1):
        reference = f"P-{n:06d}"
        for path in ("contributions", "file", "codage/texte")[: 3 if n % 2 else 1]:
            opens(f"{ROOT}/{path}/{reference}")
        if n % 3 == 0:
            page.goto(f"{there.address}{ROOT}/contributions/{reference}")
            page.get_by_role("button", name="Lire la conversation").click()
            page.locator(".thread").wait_for()
            quiet(f"conversation {reference}")
    every = [
        address(one, full) for one in steps(full.routes(), "GET") if opened_as_a_page(one.name)
    ]
    searches = [f"{ROOT}/contributions?q={in_path(one)}" for one in PAYLOADS[:60:6]]
    for path in (
        *every, *searches, f"{ROOT}/exports/{full.named['asked']}", f"{ROOT}/doublons?encore=1",
        f"{ROOT}/contributions?tri=oldest", f"{ROOT}/contributions?comme=P-000013",
        f"{ROOT}/contributions?q=pwned", f"{ROOT}/journal?qui={in_path(PAYLOADS[5])}",
        *(f"{ROOT}/plateforme/contribution?reference=plateforme:x{n}" for n in range(0, 20, 3)),
    ):  # fmt: skip
        opens(path)
    page.context.close()
    refused = "Failed to load resource: the server responded"  # a parameter that is missing
    assert [one for one in unexpected(watched) if not one.startswith(refused)] == []
    missing = [left[one] for one in left.keys() - shown]
    assert missing == [], "never shown as text"
    print(f"{len(PAYLOADS)} payloads on {pages} pages: 0 run, 0 violations, all shown as text")
    assert len(PAYLOADS) >= 100


NO_PAGE = {"static", "coding.colours", "coding.book", "exports.take", "platform.take",
           "platform.received", "queue.next"}  # fmt: skip


def opened_as_a_page(name: str) -> bool:
    """Files and styles are not."""
    return name not in NO_PAGE
