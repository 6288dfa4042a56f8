"""The lines of a CSV or of a workbook that another program made, by the names of its columns."""

from __future__ import annotations

import csv
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from bot.errors import ExportError
from exports.fusion.lettering import letters_of
from exports.fusion.mapping import SEPARATORS

LARGEST = 300 * 1024 * 1024  # bytes, unpacked
LARGEST_WORDS = 100 * 1024 * 1024  # of the texts of a workbook: all are in memory
MOST_ROWS, MOST_COLUMNS = 1_048_576, 1000  # of a sheet
LONGEST_CELL = 2_000_000  # signs
GUESSED = (";", ",", "\t", "|")
TOO_BIG = "est trop gros. Coupez-le en plusieurs fichiers."
UNREADABLE = "n'est pas un classeur lisible. Enregistrez-le à nouveau, ou en CSV."


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file is made."""

    separator: str = "auto"
    encoding: str = "auto"
    sheet: str | None = None
    date: str = "AAAA-MM-JJ"  # how the days of a workbook are told


def rows(file: Path, columns: Sequence[str], layout: Layout) -> Iterator[dict[str, str]]:
    """Each line, streamed, by the names of the columns wanted. Raises ExportError."""
    read = lines(file, layout)
    places = _places([_named(one) for one in next(read, [])], columns, file.name)
    for line in read:
        if any(line):
            yield {n: line[at] if at < len(line) else "" for n, at in places.items()}


def lines(file: Path, layout: Layout) -> Iterator[list[str]]:
    """Each line as it stands, its head too, streamed. Raises ExportError."""
    reader = _xlsx if is_workbook(file) else _csv
    try:
        if file.stat().st_size > LARGEST:
            raise ExportError(f"« {file.name} » {TOO_BIG}")
        yield from reader(file, layout)
    except OSError as error:
        why = f"Le fichier « {file.name} » ne se lit pas (code {error.errno})."
        raise ExportError(why) from None


def is_workbook(file: Path) -> bool:
    return file.suffix.lower() in (".xlsx", ".xlsm")


def sheets_of(file: Path) -> tuple[str, ...]:
    """The sheets of a workbook. Raises ExportError."""
    with _book(file) as book:
        return tuple(sheet.title for sheet in book.worksheets)


def separator_of(first: str, wanted: str = "auto") -> str:
    """What separates the columns, from the first line."""
    return max(GUESSED, key=first.count) if wanted == "auto" else SEPARATORS.get(wanted, wanted)


def _named(written: str) -> str:
    return " ".join(unicodedata.normalize("NFC", written).split())


def _places(header: Sequence[str], columns: Iterable[str], file: str) -> dict[str, int]:
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
    codec = letters_of(file, layout.encoding).codec
    with file.open(encoding=codec, errors="replace", newline="") as text:
        first = text.readline()
        delimiter = separator_of(first, layout.separator)
        try:
            yield from csv.reader(chain([first], text), delimiter=delimiter)
        except csv.Error:
            raise ExportError(
                f"« {file.name} » n'est pas un CSV lisible. Enregistrez-le à nouveau, "
                "séparateur « ; »."
            ) from None
        except UnicodeError:
            raise ExportError(f"« {file.name} » s'arrête au milieu d'une lettre.") from None


def _xlsx(file: Path, layout: Layout) -> Iterator[list[str]]:
    with _book(file) as book:
        known = [sheet.title for sheet in book.worksheets]
        name = layout.sheet or known[0]
        if name not in known:
            raise ExportError(
                f"« {file.name} » n'a pas de feuille « {name} ». Ses feuilles : "
                f"{', '.join(f'« {one} »' for one in known)}."
            )
        # A cell may say that it stands in the millionth column of the billionth row.
        sheet, rows = book[name], {"max_row": MOST_ROWS, "values_only": True}
        head = next(sheet.iter_rows(max_col=MOST_COLUMNS, **{**rows, "max_row": 1}), ())
        width = max((n for n, one in enumerate(head, start=1) if one is not None), default=1)
        for row in sheet.iter_rows(max_col=width, **rows):
            yield [_cell(one, layout) for one in row]


@contextmanager
def _book(file: Path) -> Iterator[Any]:
    """A workbook opened; whatever a hostile one breaks in its reader is said in French."""
    import openpyxl

    try:
        with file.open("rb") as octets:
            with zipfile.ZipFile(octets) as packed:
                parts = packed.infolist()
            words = max((p.file_size for p in parts if "sharedStrings" in p.filename), default=0)
            if sum(p.file_size for p in parts) > LARGEST or words > LARGEST_WORDS:
                raise ExportError(f"« {file.name} » {TOO_BIG}")
            book = openpyxl.load_workbook(octets, read_only=True, data_only=True, keep_links=False)
            with closing(book):
                if not book.worksheets:
                    raise ExportError(f"« {file.name} » {UNREADABLE}")
                yield book
    except (ExportError, OSError, GeneratorExit):
        raise
    except Exception:
        raise ExportError(f"« {file.name} » {UNREADABLE}") from None


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
