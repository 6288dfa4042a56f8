"""The lines of a CSV or of a workbook that another program made, by the names of its columns."""

from __future__ import annotations

import codecs
import csv
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from bot.errors import ExportError
from exports.fusion.mapping import SEPARATORS

LARGEST = 300 * 1024 * 1024  # bytes, unpacked
LONGEST_CELL = 2_000_000  # signs
GUESSED = (";", ",", "\t", "|")
UNREADABLE = "n'est pas un classeur lisible. Enregistrez-le à nouveau, ou en CSV."


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is made."""

    separator: str = "auto"
    sheet: str | None = None
    date: str = "AAAA-MM-JJ"  # how the days of a workbook are told


def rows(file: Path, columns: Sequence[str], layout: Layout) -> Iterator[dict[str, str]]:
    """Each line, streamed, by the names of the columns wanted. Raises ExportError."""
    reader = _xlsx if file.suffix.lower() in (".xlsx", ".xlsm") else _csv
    try:
        if file.stat().st_size > LARGEST:
            raise ExportError(f"« {file} » est trop gros. Coupez-le en plusieurs fichiers.")
        lines = reader(file, layout)
        places = _places([_named(one) for one in next(lines, [])], columns, file)
        for line in lines:
            if any(line):
                yield {n: line[at] if at < len(line) else "" for n, at in places.items()}
    except OSError as error:
        raise ExportError(f"Le fichier « {file} » ne se lit pas (code {error.errno}).") from None


def _named(written: str) -> str:
    return " ".join(unicodedata.normalize("NFC", written).split())


def _places(header: Sequence[str], columns: Iterable[str], file: Path) -> dict[str, int]:
    places: dict[str, int] = {}
    for name in columns:
        count = header.count(_named(name))
        if count != 1:
            what = "a plusieurs colonnes" if count else "n'a pas de colonne"
            known = ", ".join(f"« {one} »" for one in header[:30] if one)
            raise ExportError(f"« {file} » {what} « {name} ». Ses colonnes : {known}.")
        places[name] = header.index(_named(name))
    return places


def _csv(file: Path, layout: Layout) -> Iterator[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_CELL))
    with file.open(encoding=_encoding(file), errors="replace", newline="") as lines:
        first = lines.readline()
        separator = layout.separator
        if separator == "auto":
            separator = max(GUESSED, key=first.count)
        delimiter = SEPARATORS.get(separator, separator)
        try:
            yield from csv.reader(chain([first], lines), delimiter=delimiter)
        except csv.Error:
            raise ExportError(
                f"« {file} » n'est pas un CSV lisible. Enregistrez-le à nouveau, séparateur « ; »."
            ) from None


def _encoding(file: Path) -> str:
    """UTF-8, with or without BOM, else what a spreadsheet on Windows writes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as octets:
        try:
            while piece := octets.read(1 << 20):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _xlsx(file: Path, layout: Layout) -> Iterator[list[str]]:
    import openpyxl

    try:
        with zipfile.ZipFile(file) as packed:
            if sum(one.file_size for one in packed.infolist()) > LARGEST:
                raise ExportError(f"« {file} » est trop gros. Coupez-le en plusieurs fichiers.")
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            name = layout.sheet or book.sheetnames[0]
            if name not in book.sheetnames:
                known = ", ".join(f"« {one} »" for one in book.sheetnames)
                raise ExportError(
                    f"« {file} » n'a pas de feuille « {name} ». Ses feuilles : {known}."
                )
            for row in book[name].iter_rows(values_only=True):
                yield [_cell(one, layout) for one in row]
        finally:
            book.close()
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError, EOFError, IndexError):
        raise ExportError(f"« {file} » {UNREADABLE}") from None


def _cell(value: Any, layout: Layout) -> str:
    match value:
        case None:
            return ""
        case date():
            return f"{value:%d/%m/%Y}" if layout.date == "JJ/MM/AAAA" else f"{value:%Y-%m-%d}"
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)
