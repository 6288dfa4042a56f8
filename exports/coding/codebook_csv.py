"""The codebook as a sheet: theme, theme above, definition, colour. Written, and read back."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from bot.curated import Code, folded
from bot.errors import CodebookError
from exports.tables.formats import csv_line
from exports.tables.spreadsheet import as_typed, harmless, legible

HEAD = ("thème", "sous", "définition", "couleur")
NAMES = {  # what a column may be called, without accents
    "theme": 0, "nom": 0, "code": 0, "name": 0, "sous": 1, "parent": 1, "definition": 2,
    "description": 2, "memo": 2, "couleur": 3, "color": 3, "colour": 3,
}  # fmt: skip
MOST_OCTETS = 5 * 2**20
MOST_ROWS = 2000
FIRST_LINE = 2000


def sheet(codes: Iterable[Code]) -> bytes:
    """Each theme after the one it is under; opens in a French spreadsheet, without formula."""
    known = list(codes)
    names = {code.id: code.name for code in known}
    rows = [
        (code.name, names.get(code.parent or "", ""), code.definition, code.colour)
        for code in known
    ]
    lines = (csv_line([harmless(legible(cell)) for cell in row], ";") for row in (HEAD, *rows))
    return "".join(lines).encode("utf-8-sig")


def is_sheet(path: Path) -> bool:
    """Whether the file begins as a sheet of themes does."""
    try:
        with path.open("rb") as file:
            first = _text(file.read(FIRST_LINE)).splitlines()[:1]
    except OSError:
        return False
    return bool(first) and 0 in _columns(next(csv.reader(first, delimiter=_separator(first[0]))))


def read_sheet(path: Path) -> list[Code]:
    """The themes of the sheet, parents first, with new ids. Raises CodebookError with the line."""
    octets = path.read_bytes() if path.stat().st_size <= MOST_OCTETS else b""
    if not octets:
        raise CodebookError("Cette feuille est vide, ou trop grande pour un livre de codes.")
    text = _text(octets)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text)))
    columns = _columns(rows[0])
    codes: dict[str, Code] = {}
    above: dict[str, str] = {}
    for line, row in enumerate(rows[1 : MOST_ROWS + 2], start=2):
        cells = [_cell(row, columns.get(place)) for place in range(4)]
        if not any(cells):
            continue
        name, under, definition, colour = cells
        if not name:
            raise CodebookError(f"Ligne {line} : le nom du thème manque. Rien n'a été gardé.")
        if folded(name) in codes:
            raise CodebookError(
                f"Ligne {line} : « {name[:60]} » est déjà plus haut. Deux thèmes n'ont jamais le "
                "même nom. Rien n'a été gardé."
            )
        codes[folded(name)] = Code(uuid.uuid4().hex, name, definition, colour)
        if under:
            above[folded(name)] = folded(under)
    if len(rows) > MOST_ROWS + 1:
        raise CodebookError(f"Plus de {MOST_ROWS} thèmes : ce n'est pas un livre de codes.")
    return _in_order(codes, above)


def _in_order(codes: dict[str, Code], above: dict[str, str]) -> list[Code]:
    """Each theme followed by those under it."""
    under: dict[str | None, list[str]] = {}
    for name in codes:
        under.setdefault(above.get(name), []).append(name)
    found: dict[str, Code] = {}
    left = under.get(None, [])[::-1]
    while left:
        name = left.pop()
        parent = found[above[name]].id if name in above else None
        found[name] = replace(codes[name], parent=parent)
        left += under.get(name, [])[::-1]
    if lost := [code.name for name, code in codes.items() if name not in found]:
        raise CodebookError(
            f"« {lost[0][:60]} » est sous un thème qui n'est pas dans la feuille, ou sous "
            "lui-même. Rien n'a été gardé."
        )
    return list(found.values())


def _columns(head: Sequence[str]) -> dict[int, int]:
    """Where each of our columns is."""
    plain = str.maketrans("éèê", "eee")
    names = [folded(cell).translate(plain) for cell in head]
    return {NAMES[name]: place for place, name in reversed([*enumerate(names)]) if name in NAMES}


def _cell(row: Sequence[str], place: int | None) -> str:
    cell = row[place].strip() if place is not None and place < len(row) else ""
    typed = as_typed(cell)
    return typed if typed != cell == harmless(typed) else cell


def _separator(text: str) -> str:
    first = text.partition("\n")[0]
    return max((";", ",", "\t"), key=first.count)


def _text(octets: bytes) -> str:
    """UTF-8, else what Excel writes on French machines."""
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")
