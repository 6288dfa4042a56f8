"""docs/reliability.md: each goal, the figure wanted, the figure measured, and what shows it.

    python -m bench.goals            writes the page
    python -m bench.goals --check    says whether it is the one that would be written

A test or a bench shows a goal by naming it in a docstring (« P2: … »), a bench also by a constant.
Figures come from the tables of docs/reliability/*.md, one line for each goal and database. A goal
is held when every line says « oui » and nothing more, and one of them played all the cases wanted.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
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

Cette page est écrite par `python -m bench.goals` : les buts viennent de `docs/reliability/goals.yml`, les chiffres des pages de `docs/reliability/`, la dernière colonne des essais qui nomment leur but. « à mesurer » veut dire qu’aucun chiffre n’est encore écrit ; un essai peut déjà tenir le but. « à venir » : aucun essai. « partiel » : moins de cas joués que voulu, ou une réserve, écrite après.

Une durée dépend de la charge de la machine. Les essais comptent des cas, des échecs et des rapports ; les durées viennent des mesures, jamais des essais.
"""  # noqa: E501


@dataclass
class Goal:
    id: str
    goal: str
    wanted: str
    shown_by: list[str]
    cases: str = ""  # how many are wanted, and of what: « 10 000 messages|textes »
    measured: list[tuple[str, str]] = field(default_factory=list)  # the figure, held or not
    played: list[str] = field(default_factory=list)  # what each line says of its cases

    @property
    def held(self) -> str:
        """« oui », « non », « partiel » and what is missing; a dash when nothing is measured."""
        if not self.measured:
            return "—"
        answers = [answer for _, answer in self.measured]
        if any(re.match(r"non\b", answer) for answer in answers):
            return "**non**"
        missing = [self._fewer()] if self._fewer() else []
        missing += [re.sub(r"^oui[ ,;:]*", "", one) for one in dict.fromkeys(answers)]
        said = " ; ".join(re.sub(r"^\((.*)\)$", r"\1", one) for one in missing if one)
        return f"partiel : {said}" if said else "oui"

    def _fewer(self) -> str:
        if not self.cases:
            return ""
        wanted, names = counted(self.cases)
        most = max((number_of(names, cell) for cell in self.played), default=0)
        return "" if most >= wanted else f"{spaced(most)} {names[0]} sur {spaced(wanted)}"


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
    for names, row in rows():
        for name in found.keys() & set(names):
            found[name].played.append(_cases(row))
    return found


def counted(cases: str) -> tuple[int, list[str]]:
    """« 10 000 messages|textes »: 10000, and what may be counted."""
    number, *words = re.split(r"(?<=\d)\s+(?=\D)", cases, maxsplit=1)
    return int(re.sub(r"\s", "", number)), words[0].split("|")


def number_of(names: list[str], cell: str) -> int:
    """How many of these a cell says; of « 9 et 10 arrêts », 9; what is in brackets is no case."""
    cell = re.sub(r"\([^)]*\)", "", cell)
    number, most = r"\d+(?:\s\d{3})*", 0
    for name in names:
        words = r"\s+".join(rf"{re.escape(re.sub('[sx]$', '', w))}\w*" for w in name.split())
        for each in re.finditer(rf"((?:{number}\s+et\s+)*{number})\s+{words}", cell, re.I):
            said = [int(re.sub(r"\s", "", one)) for one in re.split(r"\s+et\s+", each[1])]
            most = max(most, min(said))
    return most


def spaced(number: int) -> str:
    """As written in French: 10 000."""
    return f"{number:,}".replace(",", " ")


@cache
def named() -> tuple[tuple[str, str], ...]:
    """Goals named by tests and benches, and where: a file, or file::test."""
    return tuple(_named())


def _named() -> Iterator[tuple[str, str]]:
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
    for names, row in rows():
        held = next((v for k, v in row.items() if k.startswith("tenu")), "").strip("* ")
        if (row.get("échecs") or "0").strip("0123456789 ") == "" and not held.startswith("non"):
            held = "non" if int(re.sub(r"\D", "", row.get("échecs") or "0")) else held
        yield from ((name, _figure(row), held) for name in names)


def rows() -> Iterator[tuple[list[str], dict[str, str]]]:
    """The goals that each line of the tables names, and its cells by column."""
    for file in sorted(FIGURES.glob("*.md")):
        columns: list[str] = []
        for line in file.read_text("utf-8").splitlines():
            cells = [one.strip() for one in line.strip().strip("|").split("|")]
            if not line.startswith("|"):
                columns = []
            elif not columns:
                columns = [one.casefold() for one in cells]
            elif len(cells) == len(columns) and (ids := ID.findall(cells[0])):
                yield ids, dict(zip(columns, cells, strict=True))


def _cases(row: dict[str, str]) -> str:
    return row.get("joués") or row.get("cas", "")


def _figure(row: dict[str, str]) -> str:
    """« 0 échec sur 2 000 (SQLite) », with what more the bench says."""
    cases = _cases(row)
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
            by = "<br>".join(f"`{where}`" for where in one.shown_by) or "à venir"
            lines.append(f"| {one.id} {one.goal} | {one.wanted} | {figures} | {one.held} | {by} |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def main() -> int:
    if "--check" in sys.argv:
        return 0 if PAGE.read_text("utf-8") == page() else 1
    PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
