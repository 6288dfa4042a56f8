"""What a format has to say of a table. Each format has its file beside this one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from exports.columns import Column, Table


class Oddity(NamedTuple):
    """Something that a cell does to its reader, and that the manifest will name."""

    column: str
    problem: str


Lines = Callable[[Any], tuple[bytes, tuple[Oddity, ...]]]  # one record, and what is odd in it


class Format(Protocol):
    """One way to write every table."""

    name: str  # on the command line
    title: str  # for staff
    lists: bool  # a cell may hold several texts
    rows_at_most: int | None  # beyond, the usual reader of this format does not open the rest

    def file_name(self, table: Table[Any]) -> str: ...

    def header(self, column: Column[Any]) -> str:
        """What the column is called in this format."""
        ...

    def head(self, table: Table[Any]) -> bytes:
        """The beginning of the file."""
        ...

    def lines(self, table: Table[Any]) -> Lines:
        """What makes the records of a file: it remembers some of their cells."""
        ...

    def joined(self, first: bytes, rest: bytes) -> bytes:
        """One record, from that of its first cell and that of the others."""
        ...

    def beside(self, table: Table[Any]) -> tuple[str, bytes] | None:
        """The name and content of a file that describes this one."""
        ...


in_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def json_line(value: object) -> bytes:
    """One JSON value and LF."""
    return in_utf_8(f"{in_json(value)}\n")


def in_utf_8(json: str) -> bytes:
    """A lone surrogate, which UTF-8 refuses, is written \\udXXX."""
    return json.encode("utf-8", "backslashreplace")


class _Echo:
    def write(self, text: str) -> str:
        return text


def csv_line(cells: Iterable[str], delimiter: str) -> str:
    """One CSV record ended by CRLF: the ending that makes the writer quote a lone CR too."""
    written: str = csv.writer(_Echo(), delimiter=delimiter).writerow(cells)
    return written


def in_csv(table: Table[Any]) -> tuple[Column[Any], ...]:
    return table.in_csv


def csv_row(cells: Iterable[str], delimiter: str, ending: str) -> str:
    """One CSV record with another ending; a cell with a line break of any sort is quoted."""
    return csv_line(cells, delimiter).removesuffix("\r\n") + ending
