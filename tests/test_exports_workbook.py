"""The workbook, read back by a reader that is not ours: types, no formula, no lost row."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import exports_cases as cases
import polars
import pytest

from bot.curated import Coding, Curation, Decision
from exports.confidentiality import Profile
from exports.tables.spreadsheet import legible
from exports.tables.workbook import FILE, TOO_LONG, Workbook

SHEETS = ["Lisez-moi", "Contributions", "Réponses", "Soutiens", "Thèmes", "Dictionnaire"]
HOSTILE = [
    "=1+1", "+33", "-5", "@SUM(A1)", "\t=1", "http://exemple.fr", "0612", "1/2", "01", "é" * 32_767,
    "NUL \x00 ici", "\x1b[31m", "moitié \ud83d", "\u202egauche", "👩🏽‍🏫", "<b>&amp;</b>",
    "_x0041_",
]  # fmt: skip


def read(path: Path, sheet: str) -> polars.DataFrame:
    return polars.read_excel(path, sheet_name=sheet, engine="calamine")


def test_every_sheet_reads_back_with_its_types(tmp_path: Path) -> None:
    people = cases.crowd({"walk": 3})
    coding = Coding("c2", 0, 2, "alix", date(2026, 3, 4), words="De")
    source = cases.held(
        *people,
        P_000001=Curation("P-000001", Decision.PUBLISHED, codings=(coding,)),
        P_000002=Curation("P-000002", Decision.PUBLISHED, merged_into="P-000001"),
    )
    [written], warned, _ = cases.written(Workbook(), source, Profile.INTERNAL, tmp_path)
    path = tmp_path / "xlsx" / FILE
    assert not warned
    sheets = polars.read_excel(path, sheet_id=0, engine="calamine")
    assert list(sheets) == SHEETS
    made = sheets["Contributions"]
    assert made["Contribution"].to_list() == ["P-000001", "P-000002", "P-000003"]
    assert made["Texte"].to_list() == ["De l'eau 1", "De l'eau 2", "De l'eau 3"]
    assert made["Faite le"].to_list() == [date(2026, 3, 4)] * 3
    assert made["Tour"].to_list() == [0, 0, 0]
    assert made["Thèmes"].to_list() == ["Eau > Fontaines", None, None]
    assert sheets["Réponses"]["Département (jardins-2026.place)"].to_list() == ["01 – Ain"] * 3
    assert sheets["Soutiens"].rows() == [("P-000001", "P-000002", "REF-00002")]
    assert sheets["Thèmes"]["Passages"].to_list() == [0, 1]
    assert written.rows == sum(len(sheets[name]) for name in SHEETS[1:])


@pytest.mark.parametrize("profile", [Profile.INTERNAL, Profile.PUBLIC])
def test_no_text_becomes_a_formula_nor_is_lost(profile: Profile, tmp_path: Path) -> None:
    people = [
        cases.crowd({"walk": 1}, first=n, text=text)[0] for n, text in enumerate(HOSTILE, start=1)
    ]
    cases.written(Workbook(), cases.held(*people), profile, tmp_path)
    path = tmp_path / "xlsx" / FILE
    with zipfile.ZipFile(path) as book:
        pages = [book.read(name) for name in book.namelist() if "/worksheets/" in name]
    assert not [page for page in pages if b"<f>" in page or b"<hyperlink" in page]
    found = read(path, "Contributions")["Texte"].to_list()
    wanted = [f"{text} {n}" for n, text in enumerate(HOSTILE, start=1)]
    short = sorted(legible(text) for text in wanted if len(text) < 1000)
    assert sorted(text for text in found if len(text) < 1000) == short
    assert len(found) == len(HOSTILE)


def test_a_text_too_long_for_a_cell_is_named(tmp_path: Path) -> None:
    [one] = cases.crowd({"walk": 1}, text="🙂" * 20_000)
    _, warned, _ = cases.written(Workbook(), cases.held(one), Profile.PARTNER, tmp_path)
    [text] = read(tmp_path / "xlsx" / FILE, "Contributions")["Texte"].to_list()
    assert text == "🙂" * 16_383
    assert [(w.column, w.problem, w.count, w.where) for w in warned] == [
        ("Contributions, Texte", TOO_LONG, 1, ("P-000001",))
    ]


def test_too_many_rows_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exports.tables.workbook.ROWS", 4)
    source = cases.held(*cases.crowd({"walk": 5}))
    _, warned, _ = cases.written(Workbook(), source, Profile.PARTNER, tmp_path)
    found = {w.column: w.count for w in warned}
    assert (found["Contributions"], found["Réponses"]) == (2, 2)


def test_the_first_sheet_says_what_it_is(tmp_path: Path) -> None:
    cases.written(Workbook(), cases.held(cases.CAMILLE), Profile.PARTNER, tmp_path)
    sheet = polars.read_excel(
        tmp_path / "xlsx" / FILE, sheet_name="Lisez-moi", engine="calamine", has_header=False
    )
    said = dict(sheet.rows())
    assert said["Profil"] == "partenaire"
    assert said["Instantané"] == "snap-1"
    assert "Ne les publiez pas" in said["Pour qui"]
    assert not isinstance(said["Pris le"], datetime)
