"""docs/reliability.md: each goal, the figure wanted, the figure measured, and what shows it.

    python -m bench.goals            writes the page
    python -m bench.goals --check    says whether it is the one that would be written

A test or a bench shows a goal by naming it in a docstring (« P2: … »), a bench also by a constant.
Figures come from the tables of docs/reliability/*.md, one line for each goal and database.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE, FIGURES = ROOT / "docs" / "reliability.md", ROOT / "docs" / "reliability"
FAMILIES = {
    "R": "Ne rien perdre",
    "I": "Recevoir n’importe quoi",
    "A": "Tenir sous l’abus",
    "P": "Respecter les personnes",
    "S": "Garder les portes",
}
ID = re.compile(r"(?<![\w-])[RIAPS]\d{1,2}(?![\w-])")
TO_MEASURE = "à mesurer"
OURSELVES = {"goals.py", "test_reliability_page.py"}
HEAD = """# Fiabilité, vie privée, sécurité : les buts et leurs chiffres

Cette page est écrite par `python -m bench.goals` : les buts viennent de `docs/reliability/goals.yml`, les chiffres des pages de `docs/reliability/`, la dernière colonne des essais qui nomment leur but. « à mesurer » veut dire qu’aucun chiffre n’est encore écrit ; un essai peut déjà tenir le but. « à venir » : aucun essai.

Une durée dépend de la charge de la machine. Les essais comptent des cas, des échecs et des rapports ; les durées viennent des mesures, jamais des essais.
"""  # noqa: E501


@dataclass
class Goal:
    id: str
    goal: str
    wanted: str
    shown_by: list[str]
    measured: list[tuple[str, str]] = field(default_factory=list)  # the figure, held or not


def goals() -> dict[str, Goal]:
    """Each goal with all that shows it, and what was measured."""
    written = yaml.safe_load((FIGURES / "goals.yml").read_text("utf-8"))
    found = {name: Goal(name, **line) for name, line in written.items()}
    for name, where in named():
        if name in found:
            file = where.partition("::")[0]
            mine = found[name].shown_by
            if not any(one.partition("::")[0] == file for one in mine):
                mine.append(where)
    for name, figure, held in measured():
        if name in found:
            found[name].measured.append((figure, held))
    return found


def named() -> Iterator[tuple[str, str]]:
    """Goals named by tests and benches, and where: a file, or file::test."""
    for folder in ("tests", "bench"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" in file.parts or file.name in OURSELVES:
                continue
            path = file.relative_to(ROOT).as_posix()
            tree = ast.parse(file.read_text("utf-8"))
            whole = set(_ids(ast.get_docstring(tree)))
            if folder == "bench":
                whole |= {
                    one.value
                    for one in ast.walk(tree)
                    if isinstance(one, ast.Constant)
                    and isinstance(one.value, str)
                    and ID.fullmatch(one.value)
                }
            yield from ((name, path) for name in sorted(whole))
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    for name in _ids(ast.get_docstring(node)):
                        yield name, f"{path}::{node.name}"


def _ids(docstring: str | None) -> Iterator[str]:
    yield from dict.fromkeys(ID.findall(docstring or ""))


def measured() -> Iterator[tuple[str, str, str]]:
    """The goal, the figure and whether it is held, of each line of the tables of figures."""
    for file in sorted(FIGURES.glob("*.md")):
        columns: list[str] = []
        for line in file.read_text("utf-8").splitlines():
            cells = [one.strip() for one in line.strip().strip("|").split("|")]
            if not line.startswith("|"):
                columns = []
            elif not columns:
                columns = [one.casefold() for one in cells]
            elif len(cells) == len(columns) and (ids := ID.findall(cells[0])):
                row = dict(zip(columns, cells, strict=True))
                held = next((v for k, v in row.items() if k.startswith("tenu")), "")
                yield from ((name, _figure(row), held.strip("* ")) for name in ids)


def _figure(row: dict[str, str]) -> str:
    """« 0 échec sur 2 000 (SQLite) », with what more the bench says."""
    cases = row.get("joués") or row.get("cas", "")
    failures = row.get("échecs", "")
    counted = f"{failures} échec sur {cases}" if failures and cases else ""
    said = " ; ".join(one for one in (counted, row.get("chiffre", "")) if one)
    return f"{said} ({row['base']})" if row.get("base") else said


def page() -> str:
    """The whole page."""
    found, parts = goals(), [HEAD]
    for letter, title in FAMILIES.items():
        lines = [f"## {title}", "", "| But | Voulu | Mesuré | Tenu | Montré par |",
                 "|---|---|---|---|---|"]  # fmt: skip
        for one in (goal for goal in found.values() if goal.id[0] == letter):
            figures = "<br>".join(figure for figure, _ in one.measured if figure) or TO_MEASURE
            held = "—"
            if one.measured:
                said = list(dict.fromkeys(answer for _, answer in one.measured))  # in their order
                more = " ; ".join(answer for answer in said if answer != "oui")
                held = "**non**" if "non" in said else more or "oui"
            by = "<br>".join(f"`{where}`" for where in one.shown_by) or "à venir"
            lines.append(f"| {one.id} {one.goal} | {one.wanted} | {figures} | {held} | {by} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def main() -> int:
    if "--check" in sys.argv:
        return 0 if PAGE.read_text("utf-8") == page() else 1
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
