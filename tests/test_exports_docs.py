"""docs/exports.md has a line for every column, format, rule and key, and its commands work."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import exports_cases as cases
import pytest

from exports.columns import Column
from exports.confidentiality import FIELDS, Profile
from exports.packages_list import PACKAGES
from exports.reading_note import WHY
from exports.tables import answers, contribution_table, dictionary, participations
from exports.tables.spreadsheet import NAMES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "exports.md").read_text("utf-8")
COLUMNS: dict[str, tuple[Column[Any], ...]] = {
    "participations": participations.FIXED,
    "answers": answers.COLUMNS,
    "contributions": tuple(
        column
        for column in contribution_table.table((), Profile.INTERNAL, ()).columns
        if column.step is None
    ),
    "dictionary": dictionary.COLUMNS,
}


def part(file: str) -> str:
    """What the page says between the title of this file and the next one."""
    return PAGE.partition(f"### `{file}` — {NAMES[file]}\n")[2].partition("\n#")[0]


@pytest.mark.parametrize(
    ("file", "column"), [(file, column) for file, its in COLUMNS.items() for column in its]
)
def test_every_column_has_its_line(file: str, column: Column[Any]) -> None:
    title = f"{column.title} *(`jsonl` seulement)*" if column.jsonl_only else column.title
    meaning = column.meaning.replace("|", "\\|")
    assert f"| `{column.name}` | {title} | {meaning} |\n" in part(file)


@pytest.mark.parametrize("file", COLUMNS)
def test_no_line_is_about_a_column_that_is_gone(file: str) -> None:
    named = {line.split("`")[1] for line in part(file).splitlines() if line.startswith("| `")}
    known = {column.name for column in COLUMNS[file]}
    assert {name for name in named if not name.startswith("mon_quartier__")} == known


def test_the_columns_that_a_guide_makes_are_of_the_shapes_shown() -> None:
    fixed = len(participations.FIXED)
    columns = participations.table([cases.GUIDE], Profile.INTERNAL).columns
    shapes = {
        column.name.replace("jardins_2026__privacy", "mon_quartier__accord")
        .replace("jardins_2026__place", "mon_quartier__metier")
        .replace("jardins_2026__uses", "mon_quartier__usages")
        .replace("__walk", "__marche")
        for column in columns[fixed:]
    }
    shown = {line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `mon_quartier")}
    assert shown <= shapes


def test_every_rule_of_every_profile_is_printed() -> None:
    for said in FIELDS.values():
        assert f"| {said.meaning} | {' | '.join(said.rules)} |\n" in PAGE
    rows = PAGE.partition("| Ce que c'est | `interne` |")[2].partition("\n\n")[0].count("\n") - 1
    assert rows == len(FIELDS)


@pytest.mark.parametrize("name", [*(one.name for one in PACKAGES), *Profile])
def test_every_format_and_profile_has_its_line(name: str) -> None:
    assert f"| `{name}` |" in PAGE


def test_every_key_of_the_manifest_has_its_line(tmp_path: Path) -> None:
    manifest = cases.export("csv", tmp_path)
    for key in json.loads(manifest.written()):
        assert f"| `{key}` |" in PAGE
    for why in WHY:
        assert f"`{why}`" in PAGE


def commands() -> list[str]:
    blocks = [block.partition("```")[0] for block in PAGE.split("```sh\n")[1:]]
    lines = "".join(blocks).splitlines()
    return [line.partition("  #")[0] for line in lines if line.startswith("parole ")]


def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    env = {**os.environ, "PAROLE_ENV_FILE": os.devnull, "PAROLE_RASA_URL": "off"}

    def parole(line: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", *shlex.split(line)]
        return subprocess.run(
            command, cwd=tmp_path, env=env | {"PYTHONPATH": str(ROOT)}, input=typed,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert parole("talk --guide assises", "oui\n59\n").returncode == 0
    lines = commands()
    assert len(lines) >= 7
    snapshot = "INSTANTANE"
    for line in lines:
        ended = parole(line.removeprefix("parole ").replace("INSTANTANE", snapshot))
        assert ended.returncode == 0, (line, ended.stderr)
        if line == "parole snapshots":
            snapshot = ended.stdout.split()[0]
    made = {path.parent.name for path in tmp_path.rglob("manifest.json")}
    assert made >= {"avril", "propositions", "publication", "partenaire"}
