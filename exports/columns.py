"""A column and a table: what a file says, said once for its headers, cells, schema and dictionary.

A cell's value is neutral; each format has its own way to write it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Generic, NamedTuple, TypeVar


class Kind(StrEnum):
    """The sort of values a column holds."""

    TEXT = "text"
    TEXTS = "texts"
    CODE = "code"  # a spreadsheet shows the code
    CODES = "codes"
    CHOICE = "choice"  # a spreadsheet shows the label
    CHOICES = "choices"
    INTEGER = "integer"
    FLAG = "flag"
    BOOLEAN = "boolean"
    DAY = "day"


class Coded(NamedTuple):
    """A code and what it means."""

    code: str
    label: str


Value = None | bool | int | float | str | date | Coded | tuple[str, ...] | tuple[Coded, ...]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column: everything that any file says of it."""

    name: str  # in the machine files
    title: str  # in the spreadsheet
    meaning: str  # in the dictionary and in docs/exports.md
    kind: Kind
    value: Callable[[Row], Value]
    always: bool = False  # never empty
    unit: str = ""
    codes: Mapping[str, str] | None = None  # the only codes possible, and their labels
    guide: str | None = None  # the guide and the step of a column that a guide makes
    step: str | None = None
    jsonl_only: bool = False
    field: str = ""  # of `Record`, whose rule says in which profiles the column is
    by: Callable[[Row], Hashable] | None = None  # all that its value depends on, when rows share it


@dataclass(frozen=True)
class Table(Generic[Row]):
    """One file and its columns."""

    name: str
    title: str
    columns: tuple[Column[Row], ...]

    @cached_property
    def in_csv(self) -> tuple[Column[Row], ...]:
        """Those that a cell can hold."""
        return tuple(column for column in self.columns if not column.jsonl_only)

    @cached_property
    def cut(self) -> tuple[Table[Row], Table[Row]]:
        """Its first column alone, and all the others."""
        return replace(self, columns=self.columns[:1]), replace(self, columns=self.columns[1:])


def coded(code: str, labels: Mapping[str, str]) -> Coded:
    return known(code, labels.get(code, code))


@lru_cache(maxsize=8_192)  # of guides: never the words of a person
def known(code: str, label: str) -> Coded:
    """The same object for the same code."""
    return Coded(code, label)
