"""A mapping as a small table, for a spreadsheet: its settings, then a line for each column.

Line 12 of the table is line 12 of the YAML made from it: what is wrong is told by its number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot.errors import ExportError
from exports.fusion.mapping import Column, Mapping
from exports.tables.formats import csv_line
from exports.tables.spreadsheet import harmless

BETWEEN = " | "
ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
TRUE, FALSE = ("oui", "vrai", "true"), ("non", "faux", "false")
KEYS = {one.alias or name: one.annotation for name, one in Mapping.model_fields.items()}
HEADS = {one.alias or name: one.annotation for name, one in Column.model_fields.items()}
MEANINGS = {one.alias or name: one.description or "" for name, one in Mapping.model_fields.items()}
SETTINGS = tuple(key for key in KEYS if key != "colonnes")


def table_of(mapping: Mapping) -> bytes:
    """The table, in CSV for a French spreadsheet."""
    given = mapping.model_dump(by_alias=True)
    usual = {one.alias or name: one.default for name, one in Mapping.model_fields.items()}
    lines = [[key, _unlike(given[key], usual[key]), MEANINGS[key]] for key in SETTINGS]
    lines += [[], list(HEADS)]
    usual = {one.alias or name: one.default for name, one in Column.model_fields.items()}
    lines += [[_unlike(column[key], usual[key]) for key in HEADS] for column in given["colonnes"]]
    written = "".join(csv_line(map(harmless, line), ";") for line in lines)
    return written.encode("utf-8-sig", "replace")


def yaml_of(lines: Iterable[list[str]], name: str) -> str:
    """The same mapping as YAML; what its keys may hold is told later. Raises ExportError."""
    made = list(_written([[_plain(cell) for cell in line] for line in lines]))
    if "colonnes:" not in made:
        raise ExportError(
            f"{name} : il manque la ligne des titres « nom ; source ; … ». "
            "Repartez d'un tableau téléchargé ici."
        )
    return "\n".join(made) + "\n"


def _written(lines: list[list[str]]) -> Iterator[str]:
    heads: list[str] | None = None
    for cells in lines:
        if not any(cells):
            yield ""
        elif heads is not None:
            row = {key: cell for key, cell in zip(heads, cells, strict=False) if key and cell}
            if not row.get("source"):
                row.setdefault("constante", "")
            yield "  - {" + ", ".join(_pair(key, cell, HEADS) for key, cell in row.items()) + "}"
        elif cells[0] == "nom" and "source" in cells:
            heads = cells
            yield "colonnes:"
        else:
            value = cells[1] if len(cells) > 1 else ""
            yield _pair(cells[0], value, KEYS) if value else "#"


def _pair(key: str, cell: str, known: dict[str, Any]) -> str:
    return f"{_said(key)}: {_value(cell, str(known.get(key, '')))}"


def _value(cell: str, kind: str) -> str:
    """A cell as YAML. A wrong one stays a text: the model says what it wants there."""
    if "bool" in kind and cell.casefold() in (*TRUE, *FALSE):
        return "true" if cell.casefold() in TRUE else "false"
    if "int" in kind and cell.isascii() and cell.isdigit():
        return str(int(cell))
    if kind.startswith("dict"):
        if cell.startswith("{"):
            return cell if _is_json(cell) else _said(cell)
        pairs = (one.partition("=") for one in cell.split("|") if one.strip())
        return "{" + ", ".join(f"{_said(a.strip())}: {_said(b.strip())}" for a, _, b in pairs) + "}"
    if kind.startswith("tuple"):
        return "[" + ", ".join(_said(one.strip()) for one in cell.split("|")) + "]"
    return _said(cell)


def _unlike(value: Any, usual: Any) -> str:
    """Empty for what is so when nothing is written."""
    return "" if value == usual else _cell(value)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "oui" if value else "non"
        case dict():
            if any(set("|={") & set(f"{a}{b}") for a, b in value.items()):
                return json.dumps(value, ensure_ascii=False)
            return BETWEEN.join(f"{a} = {b}" for a, b in value.items())
        case tuple() | list():
            return BETWEEN.join(value)
        case _:
            return str(value)


def _plain(cell: str) -> str:
    """Without the apostrophe that kept a spreadsheet from running it."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text


def _said(text: str) -> str:
    """In quotes, on one line, as YAML and JSON both read it."""
    quoted = json.dumps(text, ensure_ascii=False)
    return ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def _is_json(cell: str) -> bool:
    try:
        return isinstance(json.loads(cell), dict) and "\n" not in cell
    except ValueError:
        return False
