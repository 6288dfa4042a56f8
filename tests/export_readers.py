"""What an export's files hold, read by libraries that are not ours, whatever wrote them."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import fastexcel
import openpyxl
import polars
import pyreadstat
from lxml import etree

from exports.reading_note import RAW

FORMULA = re.compile(r"[\s\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r\n]")
csv.field_size_limit(10**7)


def strings(path: Path) -> Iterator[str]:
    """Every text of a file: its cells, its values, its nodes."""
    match path.suffix:
        case ".csv":
            for row in _csv(path):
                yield from row
        case ".xlsx":
            book = fastexcel.read_excel(path)
            for name in book.sheet_names:
                sheet = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
                for column in sheet.iter_columns():
                    yield from (text for text in column if text is not None)
        case ".jsonl":
            for line in path.read_text("utf-8").split("\n"):
                if line:
                    yield from _inside(json.loads(line))
        case ".json":
            yield from _inside(json.loads(path.read_text("utf-8")))
        case ".parquet":
            for row in duckdb.sql(f"SELECT * FROM '{path}'").fetchall():
                yield from _inside(row)
        case ".sav":
            frame, _ = pyreadstat.read_sav(str(path), output_format="dict")
            for column in frame.values():
                yield from (value for value in column if isinstance(value, str))
        case ".txt":
            yield from _corpus(path.read_text("utf-8"))
        case ".qdpx":
            with zipfile.ZipFile(path) as archive:
                assert archive.testzip() is None
                for name in archive.namelist():
                    content = archive.read(name)
                    yield from _nodes(content) if name.endswith(".qde") else [content.decode()]
        case ".qdc" | ".xml":
            yield from _nodes(path.read_bytes())
        case _:
            raise AssertionError(f"{path.name}: nothing reads it, say how here")


def rows(path: Path) -> int | None:
    """How many rows a file has, its header not counted; None when it is not made of rows."""
    match path.suffix:
        case ".csv":
            separator = ";" if _in_a_spreadsheet(path) else ","
            return polars.read_csv(
                path, separator=separator, infer_schema=False, truncate_ragged_lines=False
            ).height
        case ".xlsx":
            book = fastexcel.read_excel(path)
            lists = [name for name in book.sheet_names if name != "Lisez-moi"]
            if "survey" in lists:  # a form: its rows are what it asks
                lists = ["survey"]
            return sum(book.load_sheet(name).total_height for name in lists)
        case ".jsonl":
            return path.read_bytes().count(b"\n")
        case ".parquet":
            return int(duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall()[0][0])
        case ".sav":
            return len(next(iter(pyreadstat.read_sav(str(path), output_format="dict")[0].values())))
        case ".txt":
            return sum(1 for _ in _corpus(path.read_text("utf-8")))
        case ".qdpx":
            with zipfile.ZipFile(path) as archive:
                return sum(name.startswith("Sources/") for name in archive.namelist())
    return None


def formulas(path: Path) -> list[str]:
    """The cells that a spreadsheet would work out; LISEZ-MOI.txt says where words are untouched."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path)
        return [
            str(cell.value)
            for sheet in book
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f" or cell.hyperlink
        ]
    if path.suffix == ".csv" and path.parent.name not in RAW:
        return [cell for row in _csv(path) for cell in row if FORMULA.match(cell)]
    return []


def _in_a_spreadsheet(path: Path) -> bool:
    """Semicolons are for French spreadsheets; commas, for programs."""
    head = path.read_text("utf-8-sig").partition("\n")[0]
    return head.count(";") > head.count(",")


def _csv(path: Path) -> Iterator[list[str]]:
    separator = ";" if _in_a_spreadsheet(path) else ","
    with path.open(encoding="utf-8-sig", newline="") as file:
        width = 0
        for row in csv.reader(file, delimiter=separator, strict=True):
            width = width or len(row)
            assert len(row) == width, f"{path.name}: a line of {len(row)} cells, not {width}"
            yield row


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _inside(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _inside(one)


def _nodes(written: bytes) -> Iterator[str]:
    safe = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    for node in etree.fromstring(written, safe).iter():
        yield from map(str, node.attrib.values())
        if node.text:
            yield node.text


def _corpus(written: str) -> Iterator[str]:
    """The texts as IRaMuTeQ cuts them: a line that begins with four stars begins another one."""
    body: list[str] = []
    started = False
    for line in written.splitlines():
        if line.startswith("****"):
            if started:
                yield "\n".join(body).strip()
            body, started = [], True
            continue
        assert started, "words before any text"
        assert not line.startswith("-*"), "a theme that nobody wrote"
        body.append(line)
    if started:
        yield "\n".join(body).strip()
