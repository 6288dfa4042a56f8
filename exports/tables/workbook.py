"""`xlsx`: one workbook that staff open with a click: typed cells, filters, no formula."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from bot.curated import Code
from exports.columns import Column, Kind, Table
from exports.confidentiality import LICENCES, Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.reading_note import FOR_WHOM
from exports.records import Record
from exports.source import Leaving
from exports.tables import contribution_table, dictionary, participations
from exports.tables.spreadsheet import CELL, ROWS, Spreadsheet, legible, shown

if TYPE_CHECKING:
    from xlsxwriter import Workbook as Book
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

FILE = "parole.xlsx"
MADE = datetime(1980, 1, 1)  # noqa: DTZ001 - Excel knows no time zone; the clock changes no byte
LONG = frozenset({"text", "text_as_typed", "question", "meaning"})
TOO_LONG = f"plus de {CELL} signes : la case est coupée, le format csv-excel a tout"
TOO_MANY = f"plus de {ROWS} lignes : la suite n'y est pas, le format csv-excel a tout"
NAMED = 20  # places that a warning names, beside its count


@dataclass(frozen=True, slots=True)
class Joined:
    """A contribution that says the same as another, to which staff joined it."""

    reference: str
    into: str
    participation: str


@dataclass(frozen=True, slots=True)
class Theme:
    """A code, and how many passages and contributions bear it."""

    code: Code
    parent: str | None
    passages: int
    contributions: int


SUPPORTS: Table[Joined] = Table("supports", "Soutiens", (
    Column("contribution", "Contribution", "La contribution à laquelle une autre est jointe.",
           Kind.TEXT, lambda one: one.into),
    Column("carried_by", "Dite aussi par", "La contribution qui dit la même chose.",
           Kind.TEXT, lambda one: one.reference),
    Column("participation", "Participation", "La personne qui la dit aussi.",
           Kind.TEXT, lambda one: one.participation),
))  # fmt: skip
THEMES: Table[Theme] = Table("themes", "Thèmes", (
    Column("theme", "Thème", "Le nom du thème.", Kind.TEXT, lambda one: one.code.name),
    Column("parent", "Dans", "Le thème plus large.", Kind.TEXT, lambda one: one.parent),
    Column("definition", "Définition", "Ce que le thème contient.",
           Kind.TEXT, lambda one: one.code.definition or None),
    Column("colour", "Couleur", "Sa couleur.", Kind.TEXT, lambda one: one.code.colour),
    Column("contributions", "Contributions", "Combien de contributions le portent.",
           Kind.INTEGER, lambda one: one.contributions),
    Column("passages", "Passages", "Combien de passages le portent.",
           Kind.INTEGER, lambda one: one.passages),
))  # fmt: skip


class Workbook:
    """The package: every sheet is written row by row, nothing stays in memory."""

    name, title, profiles = "xlsx", "Classeur Excel ou LibreOffice", tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        """Contributions, answers, duplicates, themes and dictionary, in one file."""
        import xlsxwriter

        place = folder.place(FILE)
        options = {
            "constant_memory": True, "tmpdir": str(place.parent), "strings_to_formulas": False,
            "strings_to_urls": False, "strings_to_numbers": False,
        }  # fmt: skip
        guides = tuple(source.guides.values())
        people = participations.table(guides, profile)
        made = contribution_table.table(guides, profile, source.snapshot.codebook)
        with xlsxwriter.Workbook(str(place), options) as book:
            book.set_properties({"created": MADE, "title": "Export de Parole"})
            first = book.add_worksheet("Lisez-moi")
            sheets = {
                table.name: Sheet(book, title, table)
                for title, table in (
                    ("Contributions", made), ("Réponses", people), ("Soutiens", SUPPORTS),
                    ("Thèmes", THEMES), ("Dictionnaire", dictionary.TABLE),
                )
            }  # fmt: skip
            passages: Counter[str] = Counter()
            coded: Counter[str] = Counter()
            for count, record in enumerate(records(), start=1):
                sheets["contributions"].write(record, record.reference)
                if record.merged_into:
                    pair = Joined(record.reference, record.merged_into, record.participation)
                    sheets["supports"].write(pair, record.reference)
                passages.update(one.code for one in record.codings)
                coded.update({one.code for one in record.codings})
                progress(count)
            for one in source.participants():
                sheets["participations"].write(one, one.reference)
            for theme in _themes(source.snapshot.codebook, passages, coded):
                sheets["themes"].write(theme, "")
            tables = (made, people, SUPPORTS, THEMES, dictionary.TABLE)
            for entry in dictionary.entries(tables, guides, _Titles()):
                sheets["dictionary"].write(entry, "")
            _read_me(book, first, source, profile, sheets.values())
            for sheet in sheets.values():
                sheet.finish()
        folder.counted(FILE, sum(sheet.rows for sheet in sheets.values()))
        for sheet in sheets.values():
            yield from sheet.warned()


class _Titles(Spreadsheet):
    """For the dictionary: a table is a sheet."""

    def file_name(self, table: Table[Any]) -> str:
        return "Réponses" if table.name == "participations" else table.title


class Sheet:
    """A sheet: its header, its rows one after the other, and what is odd in it."""

    def __init__(self, book: Book, title: str, table: Table[Any]) -> None:
        self.title, self.rows, self._columns = title, 0, [
            column for column in table.columns if not column.jsonl_only
        ]  # fmt: skip
        self._sheet: Worksheet = book.add_worksheet(title)
        self._text: Format = book.add_format({"num_format": "@", "valign": "top"})
        self._long: Format = book.add_format(
            {"num_format": "@", "valign": "top", "text_wrap": True}
        )
        self._day: Format = book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"})
        self._lost = 0
        self._cut: dict[str, tuple[int, list[str]]] = {}
        self._sheet.freeze_panes(1, 0)
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for n, column in enumerate(self._columns):
            self._sheet.set_column(n, n, 60 if column.name in LONG else 18)
        for n, column in enumerate(self._columns):
            self._sheet.write_string(0, n, legible(column.title), head)

    def write(self, row: Any, reference: str) -> None:
        if self.rows + 1 >= ROWS:
            self._lost += 1
            return
        self.rows += 1
        for n, column in enumerate(self._columns):
            value = column.value(row)
            if value is None:
                continue
            if isinstance(value, date):
                self._sheet.write_datetime(self.rows, n, value, self._day)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                self._sheet.write_number(self.rows, n, value)
            else:
                text = self._whole(column, shown(column, value), reference)
                if not text:
                    continue
                look = self._long if column.name in LONG else self._text
                self._sheet.write_string(self.rows, n, text, look)

    def _whole(self, column: Column[Any], text: str, reference: str) -> str:
        """The text, cut where Excel stops, which is said."""
        if len(text) * 2 <= CELL or len(text.encode("utf-16-le")) // 2 <= CELL:
            return text
        count, where = self._cut.get(column.title, (0, []))
        if reference and len(where) < NAMED:
            where.append(reference)
        self._cut[column.title] = count + 1, where
        return text.encode("utf-16-le")[: 2 * CELL].decode("utf-16-le", "ignore")

    def finish(self) -> None:
        self._sheet.autofilter(0, 0, max(self.rows, 1), max(len(self._columns) - 1, 0))

    def warned(self) -> Iterator[Warned]:
        for column, (count, where) in self._cut.items():
            yield Warned(FILE, f"{self.title}, {column}", TOO_LONG, count, tuple(where))
        if self._lost:
            yield Warned(FILE, self.title, TOO_MANY, self._lost)


def _themes(
    codebook: Iterable[Code], passages: Counter[str], coded: Counter[str]
) -> Iterator[Theme]:
    names = {code.id: code.name for code in codebook}
    for code in codebook:
        yield Theme(code, names.get(code.parent or ""), passages[code.id], coded[code.id])


def _read_me(
    book: Book, sheet: Worksheet, source: Leaving, profile: Profile, sheets: Iterable[Sheet]
) -> None:
    """What the workbook is, for whom, from what."""
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    snapshot = source.snapshot
    lines = [
        ("Profil", profile.value),
        ("Pour qui", FOR_WHOM[profile]),
        ("Licence", LICENCES[profile]),
        *(("Questionnaire", f"{g.title}, version {g.version}") for g in source.guides.values()),
        ("Instantané", snapshot.id),
        ("Pris le", f"{snapshot.taken:%d/%m/%Y à %H:%M} (temps universel)"),
        ("Empreinte SHA-256", snapshot.sha256),
        *((f"Lignes, {one.title}", str(one.rows)) for one in sheets),
        ("Ce qui n'y est pas", "manifest.json compte tout, et dit pourquoi."),
    ]
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 90)
    for n, (name, value) in enumerate(lines):
        sheet.write_string(n, 0, name, bold)
        sheet.write_string(n, 1, legible(value), wrapped)
