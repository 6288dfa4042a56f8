"""People's words come out as they went in; the spreadsheet's own rules are known and undone."""

from __future__ import annotations

import csv
import json
import tempfile
import unicodedata
from datetime import date
from pathlib import Path

import exports_cases as cases
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Answer, Spot, State
from exports.canonical import canonical
from exports.columns import Coded, Column, Kind
from exports.manifest import Manifest
from exports.tables import spreadsheet

FAMILY = "👨‍👩‍👧‍👦 👩🏽‍🏫 🏳️‍🌈"
ARABIC = "مرحبا \u202bبكم\u202c في الحديقة"
HARD = [
    "deux\nlignes",
    "retour\r\nde Windows",
    "retour\rseul",
    "\nen tête",
    "en queue\n",
    'des "guillemets" et des ; et des , et des |',
    '"',
    "' déjà",
    "=1+1",
    "+33",
    "-5",
    "@tous",
    "＝1+1",
    "\t=1",
    "  =1",
    "NUL \x00 ici",
    "\x01\x02\x1b[31m\x7f",
    FAMILY,
    ARABIC,
    "e\u0301le\u0300ve",
    "\ufeffmarque",
    "zéro\u200blargeur",
    "ligne\u2028paragraphe\u2029fin",
    " espaces ",
    "é" * 40_000,
]  # fmt: skip


def export(format: str, out: Path, *people: cases.Participation) -> Manifest:
    return cases.export(format, out, lambda: iter(people))


def column(path: Path, name: str, delimiter: str = ",", encoding: str = "utf-8") -> list[str]:
    csv.field_size_limit(1_000_000)
    with path.open(encoding=encoding, newline="") as file:
        return [row[name] for row in csv.DictReader(file, delimiter=delimiter, strict=True)]


def objects(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]


def people() -> list[cases.Participation]:
    return [cases.idea(text, reference=f"R-{n}") for n, text in enumerate(HARD)]


def test_open_data_csv_gives_the_words_back(tmp_path: Path) -> None:
    export("csv", tmp_path, *people())
    assert column(tmp_path / "csv" / "contributions.csv", "text_as_typed") == HARD
    assert column(tmp_path / "csv" / "contributions.csv", "text") == [*map(canonical, HARD)]
    assert [words for words in column(tmp_path / "csv" / "answers.csv", "words") if words] == HARD


def test_json_lines_give_the_words_back(tmp_path: Path) -> None:
    export("jsonl", tmp_path, *people())
    lines = objects(tmp_path / "jsonl" / "contributions.jsonl")
    assert [line["text_as_typed"] for line in lines] == HARD
    assert [line["text"] for line in lines] == [*map(canonical, HARD)]
    answers = objects(tmp_path / "jsonl" / "answers.jsonl")
    assert [line["parts"] for line in answers if line["parts"]] == [[text] for text in HARD]


def test_json_lines_keep_each_message_apart(tmp_path: Path) -> None:
    export("jsonl", tmp_path, cases.idea("un\ndeux", "", "trois"))
    lines = objects(tmp_path / "jsonl" / "answers.jsonl")
    [line] = [line for line in lines if line["step"] == "idea"]
    assert line["parts"] == ["un\ndeux", "", "trois"]
    assert line["words"] == "un\ndeux\n\ntrois"


def test_the_spreadsheet_gives_the_words_back_by_its_rules(tmp_path: Path) -> None:
    export("csv-excel", tmp_path, *people())
    written = column(tmp_path / "csv-excel" / "Contributions.csv", "Texte", ";", "utf-8-sig")
    assert [spreadsheet.as_typed(text) for text in written] == [*map(spreadsheet.legible, HARD)]
    untouched = [text for text in HARD if spreadsheet.legible(text) == text]
    assert {FAMILY, ARABIC, HARD[0], HARD[5], HARD[-1]} <= set(untouched)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+33", "'+33"),
        ("-5", "'-5"),
        ("@tous", "'@tous"),
        ("＝1", "'＝1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠1", "'＠1"),
        ("\tx", "'\tx"),
        ("\nx", "'\nx"),
        ("\rx", "'\nx"),
        (" \u00a0=1", "' \u00a0=1"),
        ("\x00=1", "'=1"),
        ("'=1", "''=1"),
        ("l'eau", "l'eau"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\u2028b\u2029c\x0bd\x0ce\x85f", "a\nb\nc\nd\ne\nf"),
        ("e\u0301\ufeff\u200b\x07\ud800", "é"),
        ("1 = 1", "1 = 1"),
    ],
)
def test_what_the_spreadsheet_profile_changes(typed: str, shown: str) -> None:
    words: Column[None] = Column("w", "W", "", Kind.TEXT, lambda _: None)
    assert spreadsheet.cell(words, typed) == shown


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.CODES, (Coded("01", "Ain"),), "01 – Ain"),
        (Kind.CHOICE, Coded("01", "Ain (01)"), "01 – Ain"),
        (Kind.CODES, (Coded("2a", "Corse-du-Sud"),), "2a – Corse-du-Sud"),
        (Kind.CHOICE, Coded("01", "01 – Ain"), "01 – Ain"),
        (Kind.CODES, (Coded("42", "42 ans"),), "42"),
        (Kind.CODES, (Coded("walk", "Marcher"), Coded("rest", "Dormir")), "walk|rest"),
        (Kind.CHOICES, (Coded("walk", "Marcher"), Coded("rest", "Dormir")), "Marcher|Dormir"),
        (Kind.BOOLEAN, True, "Oui"),
        (Kind.BOOLEAN, False, "Non"),
        (Kind.INTEGER, -3, "-3"),
        (Kind.INTEGER, 22.5, "22,5"),
        (Kind.DAY, date(2026, 3, 4), "04/03/2026"),
        (Kind.TEXT, None, ""),
    ],
)
def test_how_the_spreadsheet_writes_values(kind: Kind, value: object, shown: str) -> None:
    column: Column[None] = Column("c", "C", "", kind, lambda _: None)
    assert spreadsheet.cell(column, value) == shown  # type: ignore[arg-type]


def test_a_text_too_long_for_a_cell_is_whole_and_named(tmp_path: Path) -> None:
    fits, emoji = "é" * 32_767, "🙂" * 20_000
    manifest = export(
        "csv-excel", tmp_path,
        cases.idea(fits, reference="FITS"),
        cases.idea("é" * 40_000, reference="LONG"),
        cases.idea(emoji, reference="EMOJI"),
    )  # fmt: skip
    texts = column(tmp_path / "csv-excel" / "Contributions.csv", "Texte", ";", "utf-8-sig")
    assert texts == [fits, "é" * 40_000, emoji]
    said = json.loads((tmp_path / "manifest.json").read_text("utf-8"))["avertissements"]
    assert said == [
        {
            "fichier": f"csv-excel/{file}",
            "colonne": column,
            "probleme": spreadsheet.TOO_LONG,
            "nombre": 2,
            "exemples": where,
        }
        for file, column, where in (
            ("Reponses.csv", "Mots tapés", ["LONG", "EMOJI"]),
            ("Reponses.csv", "Mots exacts", ["LONG", "EMOJI"]),
            ("Contributions.csv", "Texte", ["P-000001"]),
            ("Contributions.csv", "Texte exact", ["P-000001"]),
        )
    ]
    assert len(manifest.warnings) == 4


def test_too_many_rows_for_a_sheet_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet.Spreadsheet, "rows_at_most", 10)
    manifest = export("csv-excel", tmp_path, cases.CAMILLE)
    found = {w.file: w.count for w in manifest.warnings}
    assert found["csv-excel/Reponses.csv"] == 9


def test_a_broken_character_is_kept_in_json_and_named_in_csv(tmp_path: Path) -> None:
    broken = "avant \ud83d après"
    export("jsonl", tmp_path / "jsonl", cases.idea(broken))
    assert objects(tmp_path / "jsonl" / "jsonl" / "contributions.jsonl")[0]["text"] == broken
    manifest = export("csv", tmp_path / "csv", cases.idea(broken))
    written = column(tmp_path / "csv" / "csv" / "contributions.csv", "text")
    assert written == ["avant \ufffd après"]
    assert {(w.file, w.column, w.where) for w in manifest.warnings} == {
        ("csv/answers.csv", "words", ("K7QF-3M2P",)),
        ("csv/answers.csv", "words_as_typed", ("K7QF-3M2P",)),
        ("csv/contributions.csv", "text", ("P-000001",)),
        ("csv/contributions.csv", "text_as_typed", ("P-000001",)),
    }


def test_words_of_a_public_that_is_an_open_question(tmp_path: Path) -> None:
    answers = {Spot("idea"): cases.said("Un banc"), Spot("whom"): cases.said("les anciens")}
    made = cases.CAMILLE.contributions[:1]
    export("csv", tmp_path, cases.participation(answers, made))
    assert column(tmp_path / "csv" / "contributions.csv", "public_label") == ["les anciens"]
    assert column(tmp_path / "csv" / "contributions.csv", "state") == ["draft"]


def test_a_refused_consent_is_not_given(tmp_path: Path) -> None:
    answers = {Spot("quoted"): Answer(State.REFUSED, cases.NOON, version="v1")}
    export("csv", tmp_path, cases.participation(answers))
    assert column(tmp_path / "csv" / "participations.csv", "jardins_2026__quoted") == ["no"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_whatever_is_typed_comes_out_unchanged(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        export("csv", out / "csv", cases.idea(*texts))
        export("jsonl", out / "jsonl", cases.idea(*texts))
        assert column(out / "csv" / "csv" / "contributions.csv", "text_as_typed") == (
            ["\n".join(texts)]
        )
        [line] = [
            one
            for one in objects(out / "jsonl" / "jsonl" / "answers.jsonl")
            if one["step"] == "idea"
        ]
        assert line["parts"] == texts


@given(st.text())
def test_the_spreadsheet_apostrophe_can_be_undone(text: str) -> None:
    shown = spreadsheet.harmless(spreadsheet.legible(text))
    assert spreadsheet.as_typed(shown) == spreadsheet.legible(text)
    assert not shown.lstrip().startswith(spreadsheet.FORMULA)
    assert not shown.startswith(("\t", "\n", "\r"))


@given(st.text())
def test_legible_is_stable_and_normal(text: str) -> None:
    once = spreadsheet.legible(text)
    assert spreadsheet.legible(once) == once == unicodedata.normalize("NFC", once)
    assert "\r" not in once
