"""The page of goals: each is shown by something that exists, and nothing shows an unknown one."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from bench import goals as pages
from bench.goals import ROOT, goals, measured, named, page

GOALS = goals()


def functions(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_the_goals_are_all_there() -> None:
    counts = {"R": 10, "I": 6, "A": 4, "P": 9, "S": 14}
    wanted = [f"{letter}{n}" for letter, most in counts.items() for n in range(1, most + 1)]
    assert list(GOALS) == wanted


@pytest.mark.parametrize("name", GOALS)
def test_each_goal_is_shown_by_something_that_exists(name: str) -> None:
    shown_by = GOALS[name].shown_by
    assert shown_by, f"{name}: name it in the docstring of a test or a bench"
    for where in shown_by:
        file, _, test = where.partition("::")
        assert (ROOT / file).is_file(), where
        assert not test or test in functions(ROOT / file), where


def test_nothing_names_an_unknown_goal() -> None:
    letters = {name for name, _ in named()} | {name for name, _, _ in measured()}
    assert letters <= set(GOALS), sorted(letters - set(GOALS))


def test_the_page_is_the_one_that_is_written() -> None:
    assert pages.PAGE.read_text("utf-8") == page(), "write it again: python -m bench.goals"


def test_a_figure_is_read_from_the_table_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.md").write_text(
        "| But | Base | Joués | Échecs | Chiffre | Tenu |\n|---|---|---|---|---|---|\n"
        "| R1 | SQLite | 2 000 | 0 | 5 graines | oui |\n| P2, S14 | | 3 | 1 | | **non** |\n",
        "utf-8",
    )
    monkeypatch.setattr(pages, "FIGURES", tmp_path)
    assert list(measured()) == [
        ("R1", "0 échec sur 2 000 ; 5 graines (SQLite)", "oui"),
        ("P2", "1 échec sur 3", "non"),
        ("S14", "1 échec sur 3", "non"),
    ]


LINES = "| But | Joués | Échecs | Tenu |\n|---|---|---|---|\n"


@pytest.mark.parametrize(
    ("cases", "lines", "held"),
    [
        ("", "", "—"),
        ("", "| R1 | 3 | 0 | oui |", "oui"),
        ("", "| R1 | 3 | 0 | **oui** |\n| R1 | 3 | 0 | **non** |", "**non**"),
        ("", "| R1 | 3 | 2 | oui |", "**non**"),
        ("", "| R1 | 3 | 0 | oui, après la rotation |", "partiel : après la rotation"),
        ("", "| R1 | 3 | 0 | à vérifier |\n| R1 | 3 | – | oui |", "partiel : à vérifier"),
        ("10 000 messages", "| R1 | 10\u202f000 messages, 8 portes | 0 | oui |", "oui"),
        ("10 000 messages", "| R1 | 200 messages | 0 | oui |",
         "partiel : 200 messages sur 10 000"),
        ("10 000 parcours", "| R1 | 157 parcours (but : 10 000 parcours) | 0 | oui |",
         "partiel : 157 parcours sur 10 000"),
        ("20 arrêts", "| R1 | 450 tours, 19 et 22 arrêts | 0 | oui |",
         "partiel : 19 arrêts sur 20"),
        ("20 arrêts", "| R1 | 450 tours | 0 | oui |", "partiel : 0 arrêts sur 20"),
        ("20 fois plein|moments", "| R1 | 3 tours, 20 moments | 0 | oui |", "oui"),
        ("20 arrêts", "| R1 | 3 arrêts | 0 | oui |\n| R1 | 1 arrêt | 0 | à finir |",
         "partiel : 3 arrêts sur 20 ; à finir"),
    ],
)  # fmt: skip
def test_held_is_earned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cases: str, lines: str, held: str
) -> None:
    """A goal played less than wanted, or with a reserve, is not said to be held."""
    (tmp_path / "x.md").write_text(LINES + lines + "\n", "utf-8")
    (tmp_path / "goals.yml").write_text(
        f'R1: {{goal: a, wanted: b, cases: "{cases}", shown_by: []}}\n', "utf-8"
    )
    monkeypatch.setattr(pages, "FIGURES", tmp_path)
    assert goals()["R1"].held == held


def test_the_command_says_when_the_page_is_old() -> None:
    ended = subprocess.run([sys.executable, "-m", "bench.goals", "--check"], cwd=ROOT, check=False)
    assert ended.returncode == 0
