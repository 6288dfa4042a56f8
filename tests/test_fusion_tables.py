"""A mapping as a table for a spreadsheet, there and back; files that are not what they say."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ExportError
from exports.fusion.export_lines import Layout, lines
from exports.fusion.lettering import letters_of
from exports.fusion.mapping_file import read_draft, ready, ready_text
from exports.fusion.mapping_table import HEADS, table_of, yaml_of

WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)


def table(text: str) -> list[list[str]]:
    octets = table_of(read_draft(text, "a"))
    return list(csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("name", ready())
def test_a_mapping_comes_back_from_a_spreadsheet_as_it_left(name: str) -> None:
    before = read_draft(ready_text(name), name)
    assert read_draft(yaml_of(table(ready_text(name)), name), name) == before


@given(WORDS, WORDS, WORDS)
def test_whatever_is_written_in_it(constant: str, key: str, value: str) -> None:
    said = {"cible": "x", "colonnes": [
        {"nom": "A", "constante": f"={constant}"},
        {"nom": "B", "source": "type", "valeurs": {key: value}},
    ]}  # fmt: skip
    written = json.dumps(said, ensure_ascii=False)
    try:
        before = read_draft(written, "a")
    except ExportError:
        return  # signs that YAML does not take
    if constant.strip() != constant or key.strip() != key or value.strip() != value:
        return  # a table is told without the spaces around
    after = read_draft(yaml_of(table(written), "a"), "a")
    assert after.columns[0].constant == f"={constant}"
    assert after.columns[1].values == before.columns[1].values


def test_a_wrong_cell_is_told_by_its_line_in_the_table() -> None:
    given = table(ready_text("plateforme"))
    n = next(n for n, line in enumerate(given) if line and line[0] == "Date")
    given[n][list(HEADS).index("date")] = "31/12"
    with pytest.raises(ExportError, match=rf"^mien, ligne {n + 1} : « date » n'a pas"):
        read_draft(yaml_of(given, "mien"), "mien")
    with pytest.raises(ExportError, match="ligne des titres"):
        yaml_of([["cible", "x"]], "mien")


@pytest.mark.parametrize(("octets", "codec", "sure", "said"), [
    ("été".encode(), "utf-8-sig", True, "UTF-8 : c’est sûr"),
    ("été".encode("utf-8-sig"), "utf-8-sig", True, "avec sa marque"),
    ("été".encode("utf-16"), "utf-16", True, "UTF-16"),
    (b"ete", "utf-8-sig", True, "sans accent"),
    ("été œuvre €".encode("cp1252"), "cp1252", False, "sans certitude"),
    ("été, été\nété ".encode() + "é".encode("cp1252"), "utf-8-sig", False, "la première ligne 2"),
])  # fmt: skip
def test_how_sure_the_letters_are(
    octets: bytes, codec: str, sure: bool, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(octets)
    found = letters_of(file)
    assert (found.codec, found.sure) == (codec, sure)
    assert said in found.said


def test_a_choice_of_staff_is_followed(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("Ã©;b\n".encode("cp1252"))
    assert next(lines(file, Layout()))[0] == "é"
    assert next(lines(file, Layout(encoding="windows-1252")))[0] == "Ã©"


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>{}</sheetData></worksheet>'
)


def forged(folder: Path, sheet: str, **more: bytes) -> Path:
    """A workbook whose first sheet is this XML."""
    whole, file = folder / "whole.xlsx", folder / "forged.xlsx"
    with xlsxwriter.Workbook(str(whole)) as book:
        book.add_worksheet("A").write_string(0, 0, "id")
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, sheet if part.endswith("sheet1.xml") else old.read(part))
        for name, octets in more.items():
            new.writestr(f"xl/{name}", octets)
    return file


def test_a_cell_that_says_it_is_very_far_takes_no_time(tmp_path: Path) -> None:
    far = '<row r="2"><c r="XFD2"><v>1</v></c></row><row r="99999999999"><c r="A9"/></row>'
    found = list(lines(forged(tmp_path, SHEET.format(far)), Layout()))
    assert found[0] == ["id"]
    assert len(found) <= 1_048_576
    assert {len(one) for one in found} == {1}


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    for sheet, more in (
        ('<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + SHEET.format(""), {}),
        (SHEET.format(""), {"sharedStrings2.xml": bytes(101 * 1024 * 1024)}),
        ("<worksheet", {}),
    ):
        with pytest.raises(ExportError, match="« forged"):
            list(lines(forged(tmp_path, sheet, **more), Layout()))
    torn = tmp_path / "torn.xlsx"
    torn.write_bytes(b"PK\3\4" + bytes(100))
    with pytest.raises(ExportError, match="« torn"):
        list(lines(torn, Layout()))
