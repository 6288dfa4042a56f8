"""What the tables hold in the internal profile: whole files, their dictionary, their schemas."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import exports_cases as cases
import pytest
from exports_cases import export, written
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from bot.model import Answer, Spot, State
from exports.confidentiality import Profile
from exports.runs import Run
from exports.tables import answers, text_tables
from exports.tables.machine_csv import MachineCsv
from exports.tables.text_tables import Tables

FORMATS = ("csv-excel", "csv", "jsonl")
TABLES = ("participations", "answers", "contributions")
FRENCH = {"answers": "reponses"}


def table(path: Path, profile: str) -> list[dict[str, str]]:
    encoding, delimiter = ("utf-8-sig", ";") if profile == "csv-excel" else ("utf-8", ",")
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, strict=True))


def test_spreadsheet_participations_in_full(tmp_path: Path) -> None:
    export("csv-excel", tmp_path)
    assert (tmp_path / "csv-excel" / "Participations.csv").read_bytes().decode() == (
        "\ufeffParticipation;Guide;Version;Canal;Origine;Qui répond;"
        "Avec l'aide de, ou recueilli par;Séance;Statut;Commencée le;Active le;"
        "privacy (jardins-2026.privacy);privacy (jardins-2026.privacy) : version;"
        "privacy (jardins-2026.privacy) : le;quoted (jardins-2026.quoted);"
        "quoted (jardins-2026.quoted) : version;quoted (jardins-2026.quoted) : le;"
        "Département (jardins-2026.place);age (jardins-2026.age);Usages (jardins-2026.uses);"
        "Usages : Marcher (jardins-2026.uses.walk);Usages : = Dormir (jardins-2026.uses.rest);"
        "Usages : Jouer (jardins-2026.uses.play);tenant (jardins-2026.tenant);"
        "rent (jardins-2026.rent)\r\n"
        "K7QF-3M2P;jardins-2026;1;web;affiche;Sans aide;;;Terminée;04/03/2026;05/03/2026;Oui;v2;"
        "04/03/2026;Non;v1;04/03/2026;01 – Ain;;'= Dormir|Jouer;0;1;1;;\r\n"
        "W2RD-9XKE;jardins-2026;1;web;;Sans aide;;;En cours;04/03/2026;05/03/2026;Oui;v2;"
        "04/03/2026;Pas posé;;;;;;;;;;\r\n"
    )


def test_spreadsheet_contributions_in_full(tmp_path: Path) -> None:
    export("csv-excel", tmp_path)
    assert (tmp_path / "csv-excel" / "Contributions.csv").read_bytes().decode() == (
        "\ufeffContribution;Sorte;Guide;Version;Sujet (code);Sujet;Titre;Texte;Masquage;"
        "Titre exact;Texte exact;Provenance;Langue;Pour qui (codes);Pour qui;Participation;Canal;"
        "Origine;Qui répond;Avec l'aide de, ou recueilli par;Tour;État;Faite le;Décision;Raison;"
        "Dit la même chose que;Accord : citer;Accord : citer, le;Accord : écrire plus tard;"
        "Accord : écrire plus tard, le;Accord : inviter;Accord : inviter, le;Thèmes;"
        "Département (jardins-2026.place);age (jardins-2026.age);Usages (jardins-2026.uses);"
        "tenant (jardins-2026.tenant);rent (jardins-2026.rent)\r\n"
        "P-000001;Proposition;jardins-2026;1;water;L'eau;L'eau d'abord;"
        '"De l\'eau ;\n« fraîche »\n=1+1, ""partout"" 👩🏽‍🏫";;L\'eau d\'abord;'
        '"De l\'eau ;\n« fraîche »\n=1+1, ""partout"" 👩🏽‍🏫";Tapé;Français;;;K7QF-3M2P;web;'
        "affiche;Sans aide;;0;Complète;04/03/2026;En attente;;;Non;04/03/2026;Pas posé;;"
        "Pas posé;;;01 – Ain;;"
        "'= Dormir|Jouer;;\r\n"
        "P-000002;Proposition;jardins-2026;1;;;;De l'ombre;;;De l'ombre;Tapé;;;;K7QF-3M2P;web;"
        "affiche;Sans aide;;1;Brouillon;05/03/2026;En attente;;;Non;04/03/2026;Pas posé;;"
        "Pas posé;;;01 – Ain;;"
        "'= Dormir|Jouer;;\r\n"
    )


def test_published_contributions_in_full(tmp_path: Path) -> None:
    people = cases.crowd({"walk": 5}, text="=1+1")
    names = [f"P-00000{n}" for n in range(1, 6)]
    written(Tables(MachineCsv()), cases.held(*people), Profile.PUBLIC, tmp_path)
    lines = (tmp_path / "csv" / "contributions.csv").read_text("utf-8").splitlines()
    assert lines[0] == (
        "contribution,kind,guide,topic,topic_label,title,text,public,public_label,"
        "participation,round,state,decision,merged_into,themes,jardins_2026__uses"
    )
    assert sorted(line.split(",", 1)[1].split(",A-")[0] for line in lines[1:]) == [
        f"proposal,jardins-2026,water,L'eau,,=1+1 {n},," for n in range(1, 6)
    ]
    assert {line.rsplit(",", 6)[1:] == ["0", "complete", "published", "", "", "walk"]
            for line in lines[1:]} == {True}  # fmt: skip
    everything = "".join(path.read_text("utf-8") for path in (tmp_path / "csv").iterdir())
    assert not [
        name for name in (*names, "REF-00001", "01,Ain", "2026-03-04") if name in everything
    ]


def test_open_data_answers_begin_so(tmp_path: Path) -> None:
    export("csv", tmp_path)
    assert (tmp_path / "csv" / "answers.csv").read_text("utf-8").splitlines()[:8] == [
        "participation,guide,version,section,step,round,kind,state,on_path,codes,labels,words,"
        "masking,words_as_typed,provenance,language,draft,answered_on,consent_version",
        "K7QF-3M2P,jardins-2026,1,accueil,privacy,0,consent,answered,true,yes,Oui,,,,,,false,"
        "2026-03-04,v2",
        "K7QF-3M2P,jardins-2026,1,accueil,quoted,0,consent,answered,true,no,Non,,,,,,false,"
        "2026-03-04,v1",
        "K7QF-3M2P,jardins-2026,1,vous,place,0,place,answered,true,01,Ain,dans l'Ain,,"
        "dans l'Ain,typed,,false,2026-03-04,",
        "K7QF-3M2P,jardins-2026,1,vous,age,0,number,refused,true,,,,,,,,false,2026-03-04,",
        "K7QF-3M2P,jardins-2026,1,vous,uses,0,choices,answered,true,rest|play,= Dormir|Jouer,,"
        ",,,,false,2026-03-04,",
        "K7QF-3M2P,jardins-2026,1,vous,tenant,0,yes_no,skipped,true,,,,,,,,false,2026-03-04,",
        "K7QF-3M2P,jardins-2026,1,vous,rent,0,number,not_asked,false,,,,,,,,,,",
    ]


def test_json_lines_participation_in_full(tmp_path: Path) -> None:
    export("jsonl", tmp_path)
    first = (tmp_path / "jsonl" / "participations.jsonl").read_text("utf-8").splitlines()[0]
    assert first == (
        '{"participation": "K7QF-3M2P", "guide": "jardins-2026", "version": "1", '
        '"channel": "web", "origin": "affiche", "helped": "none", '
        '"helped_by": null, "helper_session": null, "status": "finished", '
        '"started_on": "2026-03-04", "active_on": "2026-03-05", '
        '"jardins_2026__privacy": "yes", "jardins_2026__privacy__version": "v2", '
        '"jardins_2026__privacy__on": "2026-03-04", "jardins_2026__quoted": "no", '
        '"jardins_2026__quoted__version": "v1", "jardins_2026__quoted__on": "2026-03-04", '
        '"jardins_2026__place": "01", "jardins_2026__age": null, '
        '"jardins_2026__uses": ["rest", "play"], "jardins_2026__uses__walk": 0, '
        '"jardins_2026__uses__rest": 1, "jardins_2026__uses__play": 1, '
        '"jardins_2026__tenant": null, "jardins_2026__rent": null}'
    )


@pytest.mark.parametrize("profile", FORMATS)
def test_the_same_lines_in_every_profile(profile: str, tmp_path: Path) -> None:
    manifest = export(profile, tmp_path)
    rows = {Path(f.name).stem.casefold(): f.rows for f in manifest.files}
    assert [rows.get(one, rows.get(FRENCH.get(one, one))) for one in TABLES] == [2, 32, 2]


@pytest.mark.parametrize("profile", ["csv-excel", "csv"])
def test_every_file_is_rectangular_with_unique_headers(profile: str, tmp_path: Path) -> None:
    for file in export(profile, tmp_path).files:
        rows = table(tmp_path / file.name, profile)
        assert len(rows) == file.rows
        assert all(None not in row and None not in row.values() for row in rows)


def test_the_four_states_are_kept(tmp_path: Path) -> None:
    export("csv", tmp_path)
    states = {row["state"] for row in table(tmp_path / "csv" / "answers.csv", "csv")}
    assert states == {state.value for state in State}


def test_an_answer_left_off_the_path_is_kept_and_does_not_count(tmp_path: Path) -> None:
    ten = Answer(State.ANSWERED, cases.NOON, ("10",), ("10",))
    people = [cases.participation({Spot("rent"): ten})]
    export("csv", tmp_path, lambda: iter(people))
    [line] = [r for r in table(tmp_path / "csv" / "answers.csv", "csv") if r["step"] == "rent"]
    assert (line["state"], line["codes"], line["on_path"]) == ("answered", "10", "false")
    assert table(tmp_path / "csv" / "participations.csv", "csv")[0]["jardins_2026__rent"] == ""


@pytest.mark.parametrize("profile", FORMATS)
def test_nothing_leaves_without_the_agreement(profile: str, tmp_path: Path) -> None:
    refused = cases.chose(("no", "Non"), version="v2")
    words = {Spot("idea"): cases.said("mots-canari")}
    no = cases.participation({Spot("privacy"): refused, **words}, reference="NNNN-NNNN")
    silent = cases.participation(words, reference="SSSS-SSSS", status="open")
    answers = {Spot("idea"): cases.said("mots-canari")}
    silent = replace(silent, conversation=replace(silent.conversation, answers=answers))
    manifest = export(profile, tmp_path, lambda: iter([no, cases.CAMILLE, silent, no]))
    assert manifest.counts.statuses == {"finished": 1}
    assert manifest.counts.withheld == {"refuse": 2, "pas_demande": 1}
    for path in (tmp_path / profile).iterdir():
        said = path.read_text("utf-8")
        assert not [w for w in ("canari", "NNNN-NNNN", "SSSS-SSSS") if w in said]


def test_two_guides_do_not_mix(tmp_path: Path) -> None:
    other = cases.GUIDE.model_copy(update={"guide": "parcs", "version": "7"})
    talk = replace(cases.CAMILLE.conversation, guide="parcs", version="7", reference="AAAA-AAAA")
    people = [cases.CAMILLE, replace(cases.CAMILLE, conversation=talk)]
    guides = {**cases.GUIDES, ("parcs", "7"): other}
    export("jsonl", tmp_path, lambda: iter(people), guides=guides)
    lines = (tmp_path / "jsonl" / "participations.jsonl").read_text("utf-8").splitlines()
    places = [(p["jardins_2026__place"], p["parcs__place"]) for p in map(json.loads, lines)]
    assert places == [("01", None), (None, "01")]


def test_a_step_added_in_a_new_version_shares_the_columns(tmp_path: Path) -> None:
    newer = cases.GUIDE.model_copy(update={"version": "2"})
    talk = replace(cases.CAMILLE.conversation, version="2", reference="AAAA-AAAA")
    people = [cases.CAMILLE, replace(cases.CAMILLE, conversation=talk)]
    guides = {**cases.GUIDES, ("jardins-2026", "2"): newer}
    manifest = export("csv", tmp_path, lambda: iter(people), guides=guides)
    assert manifest.guides == {"jardins-2026": ("1", "2")}
    rows = table(tmp_path / "csv" / "participations.csv", "csv")
    assert [row["jardins_2026__place"] for row in rows] == ["01", "01"]
    questions = table(tmp_path / "csv" / "dictionary.csv", "csv")
    assert [q["version"] for q in questions if q["question"] == "Sur quoi ?"] == ["1", "2"]


def test_the_dictionary_has_every_column_and_every_code(tmp_path: Path) -> None:
    export("csv-excel", tmp_path)
    entries = table(tmp_path / "csv-excel" / "Dictionnaire.csv", "csv-excel")
    for path in (tmp_path / "csv-excel").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            headers = next(csv.reader(file, delimiter=";"))
        said = [e for e in entries if e["Fichier"] == path.name and e["Ligne"] == "Colonne"]
        assert [e["Colonne"] for e in said] == headers
        assert all(e["Sens"] and e["Type"] for e in said)
    codes = {(e["Question (nom)"], e["Code"], e["Libellé"]) for e in entries}
    for step in cases.GUIDE.steps.values():
        for option in step.options:
            label = f"'{option.label}" if option.label.startswith("=") else option.label
            assert (step.id, option.value, label) in codes


def test_every_line_of_json_follows_its_schema(tmp_path: Path) -> None:
    export("jsonl", tmp_path)
    checker = Draft202012Validator.FORMAT_CHECKER
    for path in (tmp_path / "jsonl").glob("*.jsonl"):
        schema = json.loads(path.with_suffix(".schema.json").read_text("utf-8"))
        assert validator_for(schema) is Draft202012Validator
        Draft202012Validator.check_schema(schema)
        assert schema["additionalProperties"] is False
        validator = Draft202012Validator(schema, format_checker=checker)
        for line in path.read_text("utf-8").splitlines():
            validator.validate(json.loads(line))
            assert not validator.is_valid({**json.loads(line), "more": 1})


@pytest.mark.parametrize("format", FORMATS)
def test_a_line_remembered_is_the_line_written_again(
    format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers without words are put together from lines of other persons: no byte may differ."""
    people = [*cases.crowd({"walk": 6, "rest": 3, "": 2}), cases.CAMILLE]
    tired = cases.crowd({"play": 4}, first=50)
    people += [replace(one, conversation=replace(one.conversation, version="2")) for one in tired]

    second = cases.GUIDE.model_copy(update={"version": "2"})
    guides = {**cases.GUIDES, (second.guide, "2"): second}

    def written_in(place: Path) -> dict[str, bytes]:
        export(format, place, lambda: iter(people), guides=guides)
        return {path.name: path.read_bytes() for path in (place / format).iterdir()}

    remembered = written_in(tmp_path / "remembered")
    monkeypatch.setattr(answers, "alike", lambda _: None)
    assert remembered == written_in(tmp_path / "afresh")
    monkeypatch.undo()
    monkeypatch.setattr(text_tables, "KNOWN", 1)
    assert remembered == written_in(tmp_path / "forgetful")


def test_two_lines_alike_have_the_same_cells() -> None:
    """Whatever an answer says, all columns but the first are in the key."""
    given = cases.CAMILLE.conversation.answers
    drawn = [one for one in given.values() if not one.parts]
    changes: tuple[dict[str, Any], ...] = (
        {}, {"state": State.SKIPPED}, {"state": State.REFUSED}, {"values": ("other",)},
        {"labels": ("Autrement",)}, {"draft": True}, {"version": "v9"}, {"probed": True},
        {"at": cases.NOON + timedelta(days=9)}, {"at": cases.NOON + timedelta(seconds=9)},
    )  # fmt: skip
    found: dict[object, set[tuple[object, ...]]] = {}
    for change in changes:
        for answer in drawn:
            its = {**given, Spot("uses"): replace(answer, **change)}
            talk = replace(cases.CAMILLE.conversation, answers=its)
            run = Run.of(replace(cases.CAMILLE, conversation=talk), cases.GUIDE)
            for line in answers.Lines().of(run):
                if (key := answers.alike(line)) is not None:
                    cells = tuple(column.value(line) for column in answers.COLUMNS[1:])
                    found.setdefault(key, set()).add(cells)
    assert max(map(len, found.values())) == 1
    assert len(found) > len(changes)
