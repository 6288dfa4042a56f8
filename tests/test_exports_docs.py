"""docs/exports.md has a line for every column, profile, file and key of the manifest."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import exports_cases as cases
import pytest

from exports import answers, contributions, dictionary, participations
from exports.columns import Column
from exports.export import PROFILES
from exports.manifest import Manifest
from exports.spreadsheet import NAMES

PAGE = (Path(__file__).parents[1] / "docs" / "exports.md").read_text("utf-8")
COLUMNS = {
    "participations": participations.FIXED,
    "answers": answers.COLUMNS,
    "contributions": contributions.COLUMNS,
    "dictionary": dictionary.COLUMNS,
}


def part(file: str) -> str:
    """What the page says between the title of this file and the next one."""
    return PAGE.partition(f"### `{file}` — {NAMES[file]}\n")[2].partition("\n#")[0]


@pytest.mark.parametrize(
    ("file", "column"), [(file, column) for file, its in COLUMNS.items() for column in its]
)
def test_every_column_has_its_line(file: str, column: Column[Any]) -> None:
    only = "jsonl" if column.jsonl_only else "archive" if column.internal else None
    title = f"{column.title} *(`{only}` seulement)*" if only else column.title
    meaning = column.meaning.replace("|", "\\|")
    assert f"| `{column.name}` | {title} | {meaning} |\n" in part(file)


@pytest.mark.parametrize("file", COLUMNS)
def test_no_line_is_about_a_column_that_is_gone(file: str) -> None:
    named = {line.split("`")[1] for line in part(file).splitlines() if line.startswith("| `")}
    known = {column.name for column in COLUMNS[file]}
    assert {name for name in named if not name.startswith("mon_quartier__")} == known


def test_the_columns_that_a_guide_makes_are_of_the_shapes_shown() -> None:
    fixed = len(participations.FIXED)
    made = [column.name for column in participations.table([cases.GUIDE]).columns[fixed:]]
    shapes = {
        name.replace("jardins_2026__privacy", "mon_quartier__accord")
        .replace("jardins_2026__place", "mon_quartier__metier")
        .replace("jardins_2026__uses", "mon_quartier__usages")
        .replace("__walk", "__marche")
        for name in made
    }
    shown = {line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `mon_quartier")}
    assert shown <= shapes


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_has_its_line(profile: str) -> None:
    assert f"| `{profile}` |" in PAGE


def test_every_key_of_the_manifest_has_its_line() -> None:
    empty = Manifest("csv", datetime(2026, 3, 4, tzinfo=UTC), "0", {}, {}, {}, (), (), ())
    for key in json.loads(empty.written()):
        assert f"| `{key}` |" in PAGE
