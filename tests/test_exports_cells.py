"""Cells that are made once for many rows: none is said of a row to which it does not belong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import exports_cases as cases
import pytest

from bot.curated import Decision
from bot.model import Answer, Part, State
from exports.columns import Coded, Column, Kind
from exports.confidentiality import Profile
from exports.leaving.filters import Filters
from exports.leaving.outgoing import outgoing
from exports.records import Agreement
from exports.runs import Run
from exports.tables import answers, contribution_table, participations
from exports.tables.cells import Cells

A, B = Coded("a", "Un"), Coded("b", "Deux")
OTHERWISE: dict[str, Any] = {
    "kind": A, "topic": (A, B), "public": (B,), "helped": B, "language": A, "provenance": B,
    "masking": A, "made_on": date(1999, 1, 2), "round": 7, "complete": False,
    "decision": Decision.BINNED, "profile": {"uses": (A, B), "place": (A,)},
    "answers": {"uses": (A, B), "place": (A,)}, "unsaid": {"uses": "skipped"},
    "consents": dict.fromkeys(("quote", "contact", "invite"), "no"),
    "agreements": {"privacy": Agreement("no", "v7", date(1999, 1, 2))},
    "started_on": date(1999, 1, 2), "active_on": date(1999, 1, 2), "contributions": ("P-9",),
    "agreed_on": {"quote": date(1999, 1, 2)}, "codings": (), "readings": (), "confirmed": True,
    "short": {}, "run": None,
}  # fmt: skip


@pytest.mark.parametrize("profile", tuple(Profile))
def test_remembered_cells_follow_every_field(profile: Profile, tmp_path: Path) -> None:
    """Whatever changes in a row, what is remembered of another one is not said of it."""
    source = cases.held(*cases.crowd({"walk": 6}), cases.CAMILLE)
    guides = tuple(source.guides.values())
    with outgoing(source, profile, Filters(), tmp_path) as leaving:
        its = [
            (contribution_table.table(guides, profile, ()), list(leaving.records())),
            (participations.table(guides, profile), list(leaving.participants())),
        ]
    for table, rows in its:
        cells = Cells(table.in_csv, lambda _, value: value)
        assert {column.by for column in table.in_csv} != {None}
        for row in rows:
            for name in (one.name for one in fields(row)):
                changed = replace(row, **{name: OTHERWISE.get(name, "autrement")})
                wanted = [column.value(changed) for column in table.in_csv]
                assert list(cells.of(row)) == [column.value(row) for column in table.in_csv]
                assert list(cells.of(changed)) == wanted == list(cells.of(changed)), name


def test_remembered_cells_follow_every_word_of_an_answer() -> None:
    """Also how the words came, and what became of them."""
    given = cases.CAMILLE.conversation.answers
    part = Part("m", "Des bancs", "fr")
    changes: tuple[dict[str, Any], ...] = (
        {}, {"parts": (part, part)}, {"masking": "refused"}, {"masking": "accepted"},
        {"parts": (replace(part, language="de"),)}, {"parts": (replace(part, origin="voice"),)},
        {"parts": (replace(part, masked="[une personne]"),)},
        {"parts": (replace(part, masked="…"),), "masking": "refused"},
        {"state": State.SKIPPED}, {"draft": True}, {"at": cases.NOON + timedelta(days=9)},
        {"version": "v9"}, {"values": ("other",)}, {"labels": ("Autrement",)},
    )  # fmt: skip
    cells = Cells(answers.COLUMNS, lambda _, value: value)
    for change in (*changes, *changes):
        answer = replace(Answer(State.ANSWERED, cases.NOON, parts=(part,)), **change)
        for spot in given:
            talk = replace(cases.CAMILLE.conversation, answers={**given, spot: answer})
            run = Run.of(replace(cases.CAMILLE, conversation=talk), cases.GUIDE)
            for line in answers.Lines().of(run):
                assert list(cells.of(line)) == [one.value(line) for one in answers.COLUMNS]


def test_cells_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exports.tables.cells.REMEMBERED", 2)
    by: Callable[[int], int] = lambda n: n % 9  # noqa: E731 - the same one for both columns
    columns = [
        Column("a", "A", "", Kind.INTEGER, lambda n: n % 9, by=by),
        Column("b", "B", "", Kind.INTEGER, lambda n: n),
        Column("c", "C", "", Kind.INTEGER, lambda n: -(n % 9), by=by),
    ]
    cells = Cells(columns, lambda _, value: value)
    for n in (*range(30), *range(30)):
        assert list(cells.of(n)) == [n % 9, n, -(n % 9)]
