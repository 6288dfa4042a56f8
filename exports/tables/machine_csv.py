"""`csv`: for programs. Commas, ISO dates, codes as they are, people's words untouched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from exports.columns import Coded, Column, Table, Value
from exports.tables.cells import Cells
from exports.tables.formats import Lines, Oddity, csv_line, in_csv

SURROGATE = re.compile("[\ud800-\udfff]")
NOT_UNICODE = "un signe abîmé, que UTF-8 ne sait pas écrire, est remplacé par U+FFFD"


class MachineCsv:
    """UTF-8 without BOM, commas, LF between records."""

    name = "csv"
    title = "CSV pour les programmes"
    lists = False
    rows_at_most: int | None = None

    def file_name(self, table: Table[Any]) -> str:
        return f"{table.name}.csv"

    def header(self, column: Column[Any]) -> str:
        return column.name

    def head(self, table: Table[Any]) -> bytes:
        return _record([column.name for column in in_csv(table)])

    def lines(self, table: Table[Any]) -> Lines:
        columns = table.in_csv
        cells = Cells(columns, lambda _, value: cell(value))

        def line(row: Any) -> tuple[bytes, tuple[Oddity, ...]]:
            its = cells.of(row)
            try:
                return _record(its), ()
            except UnicodeEncodeError:
                pairs = zip(columns, its, strict=True)
                odd = [column.name for column, text in pairs if SURROGATE.search(text)]
                whole = [SURROGATE.sub("\ufffd", text) for text in its]
                return _record(whole), tuple(Oddity(name, NOT_UNICODE) for name in odd)

        return line

    def joined(self, first: bytes, rest: bytes) -> bytes:
        return b"%b,%b" % (first[:-1], rest)

    def beside(self, table: Table[Any]) -> None:  # noqa: ARG002 - the dictionary says it all
        return None


def _record(cells: Iterable[str]) -> bytes:
    return (csv_line(cells, ",").removesuffix("\r\n") + "\n").encode()


def cell(value: Value) -> str:
    """The value as a program reads it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Coded):
        return value.code
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case tuple():
            return "|".join(one.code if isinstance(one, Coded) else one for one in value)
    return str(value)
