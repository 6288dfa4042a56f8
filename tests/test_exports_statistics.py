"""SPSS and DDI: the `.sav` read back by PSPP and ReadStat, the codebook beside it."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import exports_cases as cases
import pyreadstat
import pytest
from defusedxml.ElementTree import parse

from bot.guide_file import read_guide
from bot.model import Answer, Participation, Spot, State
from exports.confidentiality import Profile
from exports.statistics.ddi import Ddi
from exports.statistics.spss import Spss, shortened
from exports.statistics.variables import short_name, variables

INTERNAL, PARTNER, PUBLIC = Profile
D = "{ddi:codebook:2_5}"
CROWD = cases.held(*cases.crowd({"walk": 9, "rest": 6, "": 3}))
each_profile = pytest.mark.parametrize("profile", Profile)


def sav(source: cases.Held, profile: Profile, folder: Path) -> tuple[list[dict[str, Any]], Any]:
    cases.written(Spss(), source, profile, folder)
    frame, said = pyreadstat.read_sav(
        folder / "spss" / "participations.sav", output_format="polars", user_missing=True
    )
    return frame.to_dicts(), said


def pspp(folder: Path, commands: str) -> str:
    if shutil.which("pspp") is None:
        pytest.skip("PSPP is not installed (Debian: apt install pspp)")
    (folder / "read.sps").write_text(f"GET FILE='spss/participations.sav'.\n{commands}\n", "utf-8")
    ended = subprocess.run(
        ["pspp", "-b", "-O", "format=csv", "-o", "-", "read.sps"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_answers_are_numbers_and_silence_is_missing(tmp_path: Path) -> None:
    rows, said = sav(cases.held(cases.CAMILLE, cases.SILENT), INTERNAL, tmp_path)
    assert rows[0] == {
        "participation": "K7QF-3M2P", "guide": 1, "version": "1", "channel": 1, "helped": 0,
        "status": 3, "started_on": date(2026, 3, 4), "active_on": date(2026, 3, 5),
        "experiences": 0, "proposals": 2, "jardins_2026__privacy": 1, "jardins_2026__quoted": 0,
        "jardins_2026__place": 1, "jardins_2026__age": -9, "jardins_2026__uses__walk": 0,
        "jardins_2026__uses__rest": 1, "jardins_2026__uses__play": 1, "jardins_2026__tenant": -8,
        "jardins_2026__rent": None,
    }  # fmt: skip
    assert rows[1]["jardins_2026__place"] is None
    assert said.variable_value_labels["jardins_2026__place"][1] == "Ain"
    assert said.variable_value_labels["jardins_2026__age"][-9] == "Ne souhaite pas répondre"
    assert said.variable_value_labels["jardins_2026__tenant"][-8] == "Passée"
    missing = [{"lo": -9, "hi": -9}, {"lo": -8, "hi": -8}]
    assert said.missing_ranges["jardins_2026__age"] == missing
    assert said.variable_measure["jardins_2026__age"] == "scale"
    assert said.variable_measure["jardins_2026__place"] == "nominal"


def test_pspp_reads_rows_labels_and_missing_values(tmp_path: Path) -> None:
    sav(cases.held(cases.CAMILLE, cases.SILENT), INTERNAL, tmp_path)
    said = pspp(tmp_path, "DISPLAY DICTIONARY.")
    assert "Département : Où habitez-vous ?" in said
    assert re.search(r"jardins_2026__age,.*-9; -8", said)
    assert "Ne souhaite pas répondre" in said
    counted = pspp(tmp_path, "FREQUENCIES jardins_2026__age /STATISTICS=NONE.")
    assert re.search(r"Missing,\.,1,.*\n,Ne souhaite pas répondre,1,", counted), counted
    pspp(tmp_path, "SAVE TRANSLATE /OUTFILE='read.csv' /TYPE=CSV /FIELDNAMES /CELLS=VALUES.")
    with (tmp_path / "read.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["participation"].strip() for row in rows] == ["K7QF-3M2P", "W2RD-9XKE"]
    assert rows[0]["jardins_2026__uses__rest"].strip() == "1"


@each_profile
def test_each_profile_has_its_variables_and_its_rows(profile: Profile, tmp_path: Path) -> None:
    rows, _ = sav(CROWD, profile, tmp_path)
    assert len(rows) == 18
    names = set(rows[0])
    assert ("jardins_2026__place" in names) is (profile is INTERNAL)
    assert ("helped" in names) is (profile is INTERNAL)
    assert ("started_on" in names) is (profile is not PUBLIC)
    uses = [row["jardins_2026__uses__walk"] for row in rows]
    if profile is PUBLIC:  # three said nothing, too few: the six join them
        assert sorted(map(str, uses)) == ["1.0"] * 9 + ["None"] * 9
        assert sum(row["jardins_2026__uses__autre_ou_non_dit"] for row in rows) == 9
    else:
        assert uses.count(1) == 9
        assert uses.count(0) == 6


def test_nobody_came(tmp_path: Path) -> None:
    rows, said = sav(cases.held(), INTERNAL, tmp_path)
    assert rows == []
    assert "jardins_2026__age" in said.column_names


WIDE = read_guide(
    """
guide: 2026-une-consultation-au-nom-vraiment-lo
version: "1"
title: Longue
sections:
  - id: tout
    title: Tout
    steps:
      - {id: keep, kind: consent, question: Gardons, version: v1, required: true}
      - id: une_question_de_vingt_qu
        kind: choices
        question: "%s"
        choices:
          - {value: un_code_de_trente_et_un_caracte, label: "éééééééééééééééééééééééééééééééé"}
          - {value: un_code_de_trente_et_un_caractx, label: Deux}
      - {id: cold, kind: number, question: Froid, at_least: -20, at_most: 10}
"""
    % ("é" * 500),
    "longue.yml",
)


def of(answers: dict[Spot, Answer]) -> Participation:
    kept = {Spot("keep"): cases.chose(cases.YES, version="v1"), **answers}
    talk = replace(cases.CAMILLE.conversation, guide=WIDE.guide, answers=kept)
    return Participation(talk, (), "finished", date(2026, 3, 5))


def test_long_names_are_shortened_and_stay_apart(tmp_path: Path) -> None:
    source = replace(
        cases.held(of({Spot("cold"): Answer(State.SKIPPED, cases.NOON)})),
        guides={(WIDE.guide, "1"): WIDE},
    )
    _, warned, _ = cases.written(Spss(), source, INTERNAL, tmp_path)
    rows, said = sav(source, INTERNAL, tmp_path)
    names = [name for name in said.column_names if name.startswith("v_2026")]
    assert len(names) == len({name.lower() for name in names}) == 4
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name) for name in names)
    cold = next(name for name in names if name.endswith("cold") or "cold" in name)
    assert rows[0][cold] == -28, "-8 is a temperature"
    assert said.variable_value_labels[cold][-28] == "Passée"
    assert warned == [], "several choices: the label is short"


def test_a_label_that_is_cut_is_said(tmp_path: Path) -> None:
    assert shortened("é" * 60, 120) == "é" * 60
    cut = shortened("é" * 61, 120)
    assert cut.endswith("…")
    assert len(cut.encode()) <= 120
    long = cases.GUIDE.model_dump(by_alias=True)
    long["sections"][1]["steps"][0]["question"] = "Où ? " * 100
    guide = type(cases.GUIDE).model_validate(long)
    source = replace(cases.held(cases.CAMILLE), guides={(guide.guide, guide.version): guide})
    _, warned, _ = cases.written(Spss(), source, INTERNAL, tmp_path)
    assert [(one.column, one.count) for one in warned] == [("jardins_2026__place", 1)]


@pytest.mark.parametrize("name", ["all", "2026__x", "a" * 80, "x_", "à-b"])
def test_names_that_spss_takes(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", short_name(name))
    assert short_name(name).lower() != "all"


def codebook(source: cases.Held, profile: Profile, folder: Path) -> tuple[Any, list[str]]:
    _, warned, _ = cases.written(Ddi(), source, profile, folder)
    root = parse(folder / "ddi" / "codebook.xml").getroot()
    return root, [one.column or "" for one in warned]


# As DDI-Codebook 2.5 orders them. Its XSD (LGPL) does not come with us.
ORDER = {
    "codeBook": "docDscr stdyDscr fileDscr dataDscr otherMat",
    "citation": "titlStmt rspStmt prodStmt distStmt serStmt verStmt biblCit holdings notes",
    "titlStmt": "titl subTitl altTitl parTitl IDNo",
    "prodStmt": "producer copyright prodDate prodPlac software fundAg grantNo",
    "stdyDscr": "citation studyAuthorization stdyInfo studyDevelopment method dataAccs",
    "stdyInfo": "studyBudget subject abstract sumDscr qualityStatement notes",
    "sumDscr": "timePrd collDate nation geogCover geogUnit geoBndBox boundPoly anlyUnit universe "
    "dataKind",
    "dataColl": "timeMeth dataCollector collectorTraining frequenc sampProc sampleFrame "
    "targetSampleSize deviat collMode resInstru",
    "fileTxt": "fileName fileCitation fileCont fileStrc dimensns fileType format filePlac dataChck",
    "useStmt": "confDec specPerm restrctn contact citReq deposReq conditions disclaimer",
    "invalrng": "item range key notes",
    "dimensns": "caseQnty varQnty logRecL recPrCas recNumTot",
    "var": "location labl imputation security embargo respUnit anlysUnit qstn valrng invalrng "
    "undocCod universe TotlResp sumStat txt stdCatgry catgryGrp catgry codInstr verStmt concept "
    "derivation varFormat geoMap catLevel notes",
    "catgry": "catValu labl txt catStat mrow",
}


@each_profile
def test_the_codebook_has_its_elements_in_the_order_of_ddi(
    profile: Profile, tmp_path: Path
) -> None:
    root, _ = codebook(CROWD, profile, tmp_path)
    assert root.tag == f"{D}codeBook"
    assert root.get("version") == "2.5"
    for element in root.iter():
        name = element.tag.removeprefix(D)
        if name in ORDER:
            order = ORDER[name].split()
            places = [order.index(child.tag.removeprefix(D)) for child in element]
            assert places == sorted(places), name
    ids = [one.get("ID") for one in root.iter() if one.get("ID")]
    assert len(ids) == len(set(ids))


@each_profile
def test_the_codebook_describes_the_sav(profile: Profile, tmp_path: Path) -> None:
    root, _ = codebook(CROWD, profile, tmp_path)
    rows, said = sav(CROWD, profile, tmp_path)
    found = {var.get("name"): var for var in root.iter(f"{D}var")}
    assert list(found) == said.column_names
    assert root.findtext(f".//{D}caseQnty") == str(len(rows))
    for name, var in found.items():
        values = {
            float(one.findtext(f"{D}catValu")): one.findtext(f"{D}labl")
            for one in var.iter(f"{D}catgry")
        }
        assert values == said.variable_value_labels.get(name, {})
        missing = {float(one.get("VALUE")) for one in var.iter(f"{D}item")}
        assert missing == {one["lo"] for one in said.missing_ranges.get(name, [])}
        for one in var.iter(f"{D}catgry"):
            told = one.findtext(f"{D}catStat")
            number = float(one.findtext(f"{D}catValu"))
            assert told is None or int(told) == [row[name] for row in rows].count(number)


def test_small_counts_stay_in_the_team(tmp_path: Path) -> None:
    few = cases.held(*cases.crowd({"walk": 9, "rest": 4}))
    for profile, hidden in ((INTERNAL, 0), (PARTNER, 2), (PUBLIC, 0)):
        (folder := tmp_path / profile).mkdir()
        root, warned = codebook(few, profile, folder)
        assert len(warned) == hidden, profile
        for var in root.iter(f"{D}var"):
            told = [int(one.text) for one in var.iter(f"{D}catStat")]
            if profile is not INTERNAL:
                assert not [count for count in told if 0 < count < 5]
            if var.get("name") in warned:
                assert told == []
                assert not list(var.iter(f"{D}sumStat"))


def test_a_guide_of_strange_signs_makes_a_codebook_all_the_same(tmp_path: Path) -> None:
    strange = cases.GUIDE.model_dump(by_alias=True)
    strange["title"] = "A\x00\x0b<b>&\ufffe]]>"
    guide = type(cases.GUIDE).model_validate(strange)
    source = replace(cases.held(cases.CAMILLE), guides={(guide.guide, guide.version): guide})
    root, _ = codebook(source, INTERNAL, tmp_path)
    assert root.findtext(f"{D}stdyDscr/{D}citation/{D}titlStmt/{D}titl") == "A<b>&]]>"


def test_variables_of_two_questionnaires_stay_apart() -> None:
    other = cases.GUIDE.model_copy(update={"guide": "jardins-2027"})
    found = variables([cases.GUIDE, other], INTERNAL)
    assert len({one.name.lower() for one in found}) == len(found)
