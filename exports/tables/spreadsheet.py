"""`csv-excel`: a file that a French spreadsheet opens with a double click, harmless and legible."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache
from typing import Any

from exports.columns import Coded, Column, Kind, Table, Value
from exports.tables.cells import Cells
from exports.tables.formats import Lines, Oddity, csv_line, in_csv

CELL = 32_767  # Excel specifications: characters (UTF-16 units) in a cell
ROWS = 1_048_576  # Excel specifications: rows in a sheet, the header included
NAMES = {
    "participations": "Participations.csv",
    "answers": "Reponses.csv",
    "contributions": "Contributions.csv",
    "dictionary": "Dictionnaire.csv",
}
TOO_LONG = f"plus de {CELL} signes : Excel ne montre pas tout, le fichier contient tout"
BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
UNSHOWN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\ufeff\ud800-\udfff\ufffe\uffff]")
WORDS = (str, tuple)  # of a person or of a guide, `Coded` included; never a number nor a day
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # CWE-1236, and their full-width forms


class Spreadsheet:
    """UTF-8 with BOM, semicolons, CRLF between records, French words, no formula."""

    name = "csv-excel"
    title = "CSV pour tableur"
    lists = False
    rows_at_most: int | None = ROWS - 1

    def file_name(self, table: Table[Any]) -> str:
        return NAMES[table.name]

    def header(self, column: Column[Any]) -> str:
        return harmless(legible(column.title))

    def head(self, table: Table[Any]) -> bytes:
        return csv_line(map(self.header, in_csv(table)), ";").encode("utf-8-sig")

    def lines(self, table: Table[Any]) -> Lines:
        columns = table.in_csv
        cells = Cells(columns, cell)

        def line(row: Any) -> tuple[bytes, tuple[Oddity, ...]]:
            its = cells.of(row)
            odd: tuple[Oddity, ...] = ()
            if max(map(len, its)) * 2 > CELL:
                odd = tuple(
                    Oddity(column.title, TOO_LONG)
                    for column, text in zip(columns, its, strict=True)
                    if len(text.encode("utf-16-le")) // 2 > CELL
                )
            return csv_line(its, ";").encode(), odd

        return line

    def joined(self, first: bytes, rest: bytes) -> bytes:
        return b"%b;%b" % (first[:-2], rest)

    def beside(self, table: Table[Any]) -> None:  # noqa: ARG002 - the dictionary says it all
        return None


def cell(column: Column[Any], value: Value) -> str:
    """The value as French staff read it, harmless in a file without types."""
    if value is None:
        return ""
    text = shown(column, value)
    return harmless(text) if isinstance(value, WORDS) else text


def shown(column: Column[Any], value: Value) -> str:
    """The value as French staff read it."""
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, Coded):
        return _one(column.kind, value)
    match value:
        case None:
            return ""
        case bool():
            return "Oui" if value else "Non"
        case float():
            return str(value).replace(".", ",")
        case date():
            return f"{value:%d/%m/%Y}"
        case int():
            return str(value)
        case tuple():
            kind = column.kind
            return "|".join(
                _one(kind, one) if isinstance(one, Coded) else legible(one) for one in value
            )


@lru_cache(maxsize=4096)  # codes and labels come from guides: the same ones all the time
def _one(kind: Kind, coded: Coded) -> str:
    """A code that begins with a figure never stands alone: Excel would drop its zero."""
    if coded.code[:1].isdecimal() and not coded.label.startswith(coded.code):
        text = f"{coded.code} – {coded.label.removesuffix(f' ({coded.code})')}"
    else:
        in_words = kind in (Kind.CHOICE, Kind.CHOICES) or coded.code.startswith("0")
        text = coded.label if in_words else coded.code
    return legible(text)


def legible(text: str) -> str:
    """NFC, one sort of line break, and nothing that a spreadsheet cannot show."""
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", UNSHOWN.sub("", BREAKS.sub("\n", text)))


def harmless(text: str) -> str:
    """The text after an apostrophe if a spreadsheet could take it for a formula.

    A text that begins with an apostrophe gets one more, so that `as_typed` can undo it.
    """
    if text[:1].isalnum():
        return text
    risky = text.startswith(("'", "\t", "\n")) or text.lstrip().startswith(FORMULA)
    return f"'{text}" if risky else text


def as_typed(text: str) -> str:
    """What `harmless` was given."""
    return text.removeprefix("'")
