"""`jsonl`: one object per line, exact, each file with its JSON Schema."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from exports.columns import Coded, Column, Kind, Table, Value
from exports.tables.cells import Cells
from exports.tables.formats import Lines, Oddity, in_json, in_utf_8

TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
    Kind.CODE: {"type": "string"},
    Kind.CODES: {"type": "array", "items": {"type": "string"}},
    Kind.CHOICE: {"type": "string"},
    Kind.CHOICES: {"type": "array", "items": {"type": "string"}},
    Kind.INTEGER: {"type": "integer"},
    Kind.FLAG: {"type": "integer", "enum": [0, 1]},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DAY: {"type": "string", "format": "date"},
}


class JsonLines:
    """UTF-8 without BOM, LF after each object, null when there is nothing."""

    name = "jsonl"
    title = "JSON, un objet par ligne"
    lists = True
    rows_at_most: int | None = None

    def file_name(self, table: Table[Any]) -> str:
        return f"{table.name}.jsonl"

    def header(self, column: Column[Any]) -> str:
        return column.name

    def head(self, table: Table[Any]) -> bytes:  # noqa: ARG002 - objects name their own keys
        return b""

    def lines(self, table: Table[Any]) -> Lines:
        cells = Cells(table.columns, _named)

        def line(row: Any) -> tuple[bytes, tuple[Oddity, ...]]:
            written = "{" + ", ".join(cells.of(row)) + "}\n"
            return in_utf_8(written), ()

        return line

    def joined(self, first: bytes, rest: bytes) -> bytes:
        return b"%b, %b" % (first[:-2], rest[1:])

    def beside(self, table: Table[Any]) -> tuple[str, bytes]:
        text = json.dumps(schema(table), ensure_ascii=False, indent=1) + "\n"
        return f"{table.name}.schema.json", text.encode()


def _named(column: Column[Any], value: Value) -> str:
    """The name of a column, and the value, as they stand in an object."""
    return f'"{column.name}": {in_json(cell(value))}'


def cell(value: Value) -> object:
    """The value as JSON has it."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Coded):
        return value.code
    match value:
        case tuple():
            return [one.code if isinstance(one, Coded) else one for one in value]
        case date():
            return value.isoformat()
    return value


def schema(table: Table[Any]) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of one line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": table.title,
        "type": "object",
        "properties": {column.name: _property(column) for column in table.columns},
        "required": [column.name for column in table.columns],
        "additionalProperties": False,
    }


def _property(column: Column[Any]) -> dict[str, Any]:
    said = {"title": column.title, "description": column.meaning, **TYPES[column.kind]}
    if column.codes is not None:
        said["enum"] = list(column.codes)
    if not column.always:
        said["type"] = [said["type"], "null"]
        if "enum" in said:
            said["enum"] = [*said["enum"], None]
    return said
