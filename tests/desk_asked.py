"""Sorts, filters and searches of any kind, to every page of the desk (S11)."""

from __future__ import annotations

import re
from asyncio import Runner
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from hypothesis import given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event

from bot.finding import CHOICES
from desk.shell import ROOT
from tests.desk_full import Full, steps
from tests.hostile import NASTY
from tests.hostile_requests import CALM
from tests.hostile_walks import ASKED, in_path

MARK = "zq7"  # in each value typed: no statement may hold it
INJECTIONS = (
    "'", '"', "`", "')", "';", "' OR '1'='1", '" OR ""="', "' OR 1=1--", "1) OR (1=1", "1 OR 1=1",
    "'; DROP TABLE journal; --", "' UNION SELECT password, totp FROM staff --", "/**/", "--", ";",
    "' AND (SELECT pg_sleep(0))--", "' || (SELECT login FROM staff) || '", "%27", "\\'", "$$",
    "$1", ":x", "%(x)s", "%s", "?", "NEAR(", "words:", "{text}: ", "* OR *", "^", 'a" OR "b',
    "NOT", "AND", "(SELECT 1)", "CASE WHEN 1=1 THEN text ELSE id END", "text DESC", "1; SELECT 1",
    "0x27", "\ufb01", "%", "_", "%_%", "\\", "E'\\''", "U&'\\0027'", "1e308", "-1",
    "99999999999999999999", "NaN", "²", "٣", "null", "P-000001", "E-000001", "plateforme:op1",
    "newest", "csv", "2026-03-01", "0000-00-00",
)  # fmt: skip
letters = st.sampled_from(NASTY) | st.characters()
piece = st.text(letters, max_size=12) | st.sampled_from(INJECTIONS)
marked = st.builds(lambda a, b: f"{a}{MARK}{b}", piece, piece)
values = marked | marked | st.sampled_from(INJECTIONS)
names = st.sampled_from(sorted({*ASKED, *CHOICES, "personal", "uncoded", "personnes", "sur", "quoi",
                                "avant", "encore", "feuille", "instantane"})) | marked  # fmt: skip


@contextmanager
def statements(engine: Engine) -> Iterator[set[str]]:
    """The text of every statement that the database is given."""
    found: set[str] = set()

    def heard(_c: Connection, _k: object, statement: str, *_: object) -> None:
        found.add(statement)

    event.listen(engine, "before_cursor_execute", heard)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", heard)


def addresses(full: Full) -> st.SearchStrategy[str]:
    """A GET route, each name in its path given a value, and some parameters."""
    paths = [one.path for one in steps(full.routes(), "GET") if "static" not in one.path]
    lists = ["/contributions"] * 6 + ["/journal", "/doublons", "/file", "/objectifs", "/suivi"] * 2
    known = {"reference": "P-000001", "id": full.named["done"], "kind": "csv", "sheet": "mien",
             "file": full.named["file"]}  # fmt: skip

    def of(path: str) -> st.SearchStrategy[str]:
        named = re.findall(r"\{(\w+)\}", path)
        each = st.tuples(*(st.just(known[name]) | values for name in named))
        asked = st.lists(st.tuples(names, values), max_size=5)
        return st.builds(
            lambda given, pairs: written(path, dict(zip(named, given, strict=True)), pairs),
            each, asked,
        )  # fmt: skip

    return st.sampled_from([*paths, *lists]).flatmap(of)


def written(path: str, given: dict[str, str], pairs: list[tuple[str, str]]) -> str:
    target = re.sub(r"\{(\w+)\}", lambda one: in_path(given[one.group(1)]) or "x", path)
    query = "&".join(f"{in_path(name)}={in_path(value)}" for name, value in pairs)
    return f"{ROOT}{target}?{query}"


def asked(full: Full, loop: Runner, number: int, count: int) -> int:
    """So many addresses from this seed; how many statements the database was given."""
    tried = 0

    @seed(number)
    @settings(CALM, max_examples=count)
    @given(addresses(full))
    def one(target: str) -> None:
        nonlocal tried
        tried += 1
        answer = loop.run(full.get(target))
        assert answer.status < 500, (target, answer.status)

    with statements(full.desk.engine) as found:
        one()
    wrong = [one for one in found if MARK in one]
    assert wrong == [], wrong[:3]
    assert tried >= count
    return len(found)


def references(page: str) -> list[str]:
    return re.findall(r'href="/equipe/contributions/([EP]-\d+)', page)


def quoted(text: str) -> str:
    return quote(text, safe="")
