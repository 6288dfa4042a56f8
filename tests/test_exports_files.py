"""What an export writes: whole files, the manifest, the folder, and the memory it takes."""

from __future__ import annotations

import csv
import hashlib
import json
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import exports_cases as cases
import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from bot.errors import ExportError
from bot.guide import ContributionOf, Guide, Section
from bot.model import Answer, Contribution, Participation, Spot, State
from exports.export import PROFILES, write
from exports.manifest import Manifest


def export(profile: str, out: Path, people: Any = cases.everyone) -> Manifest:
    return write(profile, out, people, cases.GUIDES, cases.NOON, "0.1.0")


def table(path: Path, profile: str) -> list[dict[str, str]]:
    encoding, delimiter = ("utf-8-sig", ";") if profile == "csv-excel" else ("utf-8", ",")
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter, strict=True))


def test_spreadsheet_participations_in_full(tmp_path: Path) -> None:
    export("csv-excel", tmp_path)
    assert (tmp_path / "Participations.csv").read_bytes().decode() == (
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
    assert (tmp_path / "Contributions.csv").read_bytes().decode() == (
        "\ufeffContribution;Sorte;Guide;Version;Sujet (code);Sujet;Titre;Texte;Masquage;"
        "Provenance;Langue;Pour qui (codes);Pour qui;Participation;Qui répond;"
        "Avec l'aide de, ou recueilli par;Tour;État;Faite le;"
        "quoted (jardins-2026.quoted)\r\n"
        "P-000001;Proposition;jardins-2026;1;water;L'eau;L'eau d'abord;"
        '"De l\'eau ;\n« fraîche »\n=1+1, ""partout"" 👩🏽‍🏫";;Tapé;Français;;;K7QF-3M2P;'
        "Sans aide;;0;Complète;04/03/2026;Non\r\n"
        "P-000002;Proposition;jardins-2026;1;;;;De l'ombre;;Tapé;;;;K7QF-3M2P;Sans aide;;1;"
        "Brouillon;05/03/2026;Non\r\n"
    )


def test_open_data_contributions_in_full(tmp_path: Path) -> None:
    export("csv", tmp_path)
    assert (tmp_path / "contributions.csv").read_bytes().decode() == (
        "contribution,kind,guide,version,topic,topic_label,title,text,masking,provenance,language,"
        "public,public_label,participation,helped,helped_by,round,state,made_on,jardins_2026__quoted\n"
        "P-000001,proposal,jardins-2026,1,water,L'eau,L'eau d'abord,"
        '"De l\'eau ;\n« fraîche »\n=1+1, ""partout"" 👩🏽‍🏫",,typed,fr,,,K7QF-3M2P,none,,0,'
        "complete,2026-03-04,no\n"
        "P-000002,proposal,jardins-2026,1,,,,De l'ombre,,typed,,,,K7QF-3M2P,none,,1,draft,"
        "2026-03-05,no\n"
    )


def test_open_data_answers_begin_so(tmp_path: Path) -> None:
    export("csv", tmp_path)
    assert (tmp_path / "answers.csv").read_text("utf-8").splitlines()[:8] == [
        "participation,guide,version,section,step,round,kind,state,on_path,codes,labels,words,"
        "masking,provenance,language,draft,answered_on,consent_version",
        "K7QF-3M2P,jardins-2026,1,accueil,privacy,0,consent,answered,true,yes,Oui,,,,,false,"
        "2026-03-04,v2",
        "K7QF-3M2P,jardins-2026,1,accueil,quoted,0,consent,answered,true,no,Non,,,,,false,"
        "2026-03-04,v1",
        "K7QF-3M2P,jardins-2026,1,vous,place,0,place,answered,true,01,Ain,dans l'Ain,,typed,,false,"
        "2026-03-04,",
        "K7QF-3M2P,jardins-2026,1,vous,age,0,number,refused,true,,,,,,,false,2026-03-04,",
        "K7QF-3M2P,jardins-2026,1,vous,uses,0,choices,answered,true,rest|play,= Dormir|Jouer,,"
        ",,,false,2026-03-04,",
        "K7QF-3M2P,jardins-2026,1,vous,tenant,0,yes_no,skipped,true,,,,,,,false,2026-03-04,",
        "K7QF-3M2P,jardins-2026,1,vous,rent,0,number,not_asked,false,,,,,,,,,",
    ]


def test_json_lines_participation_in_full(tmp_path: Path) -> None:
    export("jsonl", tmp_path)
    first = (tmp_path / "participations.jsonl").read_text("utf-8").splitlines()[0]
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


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_lines_in_every_profile(profile: str, tmp_path: Path) -> None:
    manifest = export(profile, tmp_path)
    assert [f.rows for f in manifest.files[:3]] == [2, 32, 2]


@pytest.mark.parametrize("profile", ["csv-excel", "csv"])
def test_every_file_is_rectangular_with_unique_headers(profile: str, tmp_path: Path) -> None:
    for written in export(profile, tmp_path).files:
        rows = table(tmp_path / written.name, profile)
        assert len(rows) == written.rows
        assert all(None not in row and None not in row.values() for row in rows)


def test_the_four_states_are_kept(tmp_path: Path) -> None:
    export("csv", tmp_path)
    states = {row["state"] for row in table(tmp_path / "answers.csv", "csv")}
    assert states == {state.value for state in State}


def test_an_answer_left_off_the_path_is_kept_and_does_not_count(tmp_path: Path) -> None:
    ten = Answer(State.ANSWERED, cases.NOON, ("10",), ("10",))
    people = [cases.participation({Spot("rent"): ten})]
    export("csv", tmp_path, lambda: iter(people))
    [line] = [r for r in table(tmp_path / "answers.csv", "csv") if r["step"] == "rent"]
    assert (line["state"], line["codes"], line["on_path"]) == ("answered", "10", "false")
    assert table(tmp_path / "participations.csv", "csv")[0]["jardins_2026__rent"] == ""


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_leaves_without_the_agreement(profile: str, tmp_path: Path) -> None:
    refused = cases.chose(("no", "Non"), version="v2")
    words = {Spot("idea"): cases.said("mots-canari")}
    no = cases.participation({Spot("privacy"): refused, **words}, reference="NNNN-NNNN")
    silent = cases.participation(words, reference="SSSS-SSSS", status="open")
    answers = {Spot("idea"): cases.said("mots-canari")}
    silent = replace(silent, conversation=replace(silent.conversation, answers=answers))
    manifest = export(profile, tmp_path, lambda: iter([no, cases.CAMILLE, silent, no]))
    assert manifest.statuses == {"finished": 1}
    assert manifest.withheld == {"refuse": 2, "pas_demande": 1}
    for path in tmp_path.iterdir():
        written = path.read_text("utf-8")
        assert not [w for w in ("canari", "NNNN-NNNN", "SSSS-SSSS") if w in written]


def test_two_guides_do_not_mix(tmp_path: Path) -> None:
    other = cases.GUIDE.model_copy(update={"guide": "parcs", "version": "7"})
    talk = replace(cases.CAMILLE.conversation, guide="parcs", version="7", reference="AAAA-AAAA")
    people = [cases.CAMILLE, replace(cases.CAMILLE, conversation=talk)]
    guides = {**cases.GUIDES, ("parcs", "7"): other}
    write("jsonl", tmp_path, lambda: iter(people), guides, cases.NOON, "0.1.0")
    lines = (tmp_path / "participations.jsonl").read_text("utf-8").splitlines()
    places = [(p["jardins_2026__place"], p["parcs__place"]) for p in map(json.loads, lines)]
    assert places == [("01", None), (None, "01")]


def test_a_step_added_in_a_new_version_shares_the_columns(tmp_path: Path) -> None:
    newer = cases.GUIDE.model_copy(update={"version": "2"})
    talk = replace(cases.CAMILLE.conversation, version="2", reference="AAAA-AAAA")
    people = [cases.CAMILLE, replace(cases.CAMILLE, conversation=talk)]
    guides = {**cases.GUIDES, ("jardins-2026", "2"): newer}
    manifest = write("csv", tmp_path, lambda: iter(people), guides, cases.NOON, "0.1.0")
    assert manifest.guides == {"jardins-2026": ("1", "2")}
    rows = table(tmp_path / "participations.csv", "csv")
    assert [row["jardins_2026__place"] for row in rows] == ["01", "01"]
    questions = table(tmp_path / "dictionary.csv", "csv")
    assert [q["version"] for q in questions if q["question"] == "Sur quoi ?"] == ["1", "2"]


def test_the_dictionary_has_every_column_and_every_code(tmp_path: Path) -> None:
    export("csv-excel", tmp_path)
    entries = table(tmp_path / "Dictionnaire.csv", "csv-excel")
    for path in tmp_path.glob("*.csv"):
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


@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_secret_leaves(profile: str, tmp_path: Path) -> None:
    export(profile, tmp_path)
    for path in tmp_path.iterdir():
        written = path.read_text("utf-8")
        assert not [secret for secret in cases.SECRETS if secret in written]
        assert str(tmp_path) not in written


def test_every_line_of_json_follows_its_schema(tmp_path: Path) -> None:
    export("jsonl", tmp_path)
    checker = Draft202012Validator.FORMAT_CHECKER
    for path in tmp_path.glob("*.jsonl"):
        schema = json.loads(path.with_suffix(".schema.json").read_text("utf-8"))
        assert validator_for(schema) is Draft202012Validator
        Draft202012Validator.check_schema(schema)
        assert schema["additionalProperties"] is False
        validator = Draft202012Validator(schema, format_checker=checker)
        for line in path.read_text("utf-8").splitlines():
            validator.validate(json.loads(line))
            assert not validator.is_valid({**json.loads(line), "more": 1})


@pytest.mark.parametrize("profile", PROFILES)
def test_the_manifest_tells_the_files(profile: str, tmp_path: Path) -> None:
    export(profile, tmp_path)
    said = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert said["profil"] == profile
    assert said["produit_le"] == "2026-03-04T12:00:00Z"
    assert said["logiciel"] == "Parole 0.1.0"
    assert said["guides"] == [{"guide": "jardins-2026", "versions": ["1"]}]
    assert said["participations_par_statut"] == {"finished": 1, "open": 1}
    assert said["participations_sans_accord"] == {"refuse": 0, "pas_demande": 0}
    assert said["avertissements"] == []
    assert {f["nom"] for f in said["fichiers"]} | {"manifest.json"} == {
        path.name for path in tmp_path.iterdir()
    }
    for file in said["fichiers"]:
        written = (tmp_path / file["nom"]).read_bytes()
        assert file["octets"] == len(written)
        assert file["sha256"] == hashlib.sha256(written).hexdigest()


@pytest.mark.parametrize("profile", PROFILES)
def test_the_same_export_twice_gives_the_same_bytes(profile: str, tmp_path: Path) -> None:
    export(profile, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    export(profile, tmp_path)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_an_error_on_the_way_leaves_the_earlier_export_untouched(tmp_path: Path) -> None:
    export("csv", tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    passes = iter([False, True])

    def broken() -> Iterator[Participation]:
        fails = next(passes)
        yield from cases.everyone()
        if fails:
            raise RuntimeError("away")

    with pytest.raises(RuntimeError, match="away"):
        export("csv", tmp_path, broken)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_a_folder_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "budget.xlsx").write_bytes(b"")
    with pytest.raises(
        ExportError, match=r"contient déjà autre chose : budget\.xlsx.*dossier vide"
    ):
        export("csv", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["budget.xlsx"]


def test_another_profile_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    export("csv", tmp_path)
    with pytest.raises(ExportError, match="un export d'une autre forme"):
        export("jsonl", tmp_path)


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("")
    with pytest.raises(ExportError, match="est un fichier"):
        export("csv", tmp_path / "here")


def test_a_path_that_cannot_be_written_is_said_in_french(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="Choisissez un autre dossier"):
        export("csv", tmp_path / "file" / "below")


def test_an_unknown_profile_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"csv-excel, csv, jsonl"):
        export("pdf", tmp_path)


def test_a_guide_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="« jardins-2026 », version 1"):
        write("csv", tmp_path / "new", cases.everyone, {}, cases.NOON, "0.1.0")
    assert not (tmp_path / "new").exists()


def test_before_anybody_came_the_files_have_their_headers(tmp_path: Path) -> None:
    manifest = export("csv", tmp_path, lambda: iter(()))
    assert [f.rows for f in manifest.files[:3]] == [0, 0, 0]
    assert "jardins_2026__place" in (tmp_path / "participations.csv").read_text("utf-8")


def test_somebody_who_starts_another_guide_meanwhile_is_counted(tmp_path: Path) -> None:
    other = cases.GUIDE.model_copy(update={"guide": "parcs"})
    talk = replace(cases.SILENT.conversation, guide="parcs")
    passes = iter([[cases.CAMILLE], [cases.CAMILLE, replace(cases.SILENT, conversation=talk)]])
    guides = {**cases.GUIDES, ("parcs", "1"): other}
    done: list[int] = []
    manifest = write(
        "csv", tmp_path, lambda: iter(next(passes)), guides, cases.NOON, "0.1.0", done.append
    )
    assert [f.rows for f in manifest.files[:1]] == [1]
    assert [(w.file, w.count) for w in manifest.warnings] == [("participations.csv", 1)]
    assert done == [1, 2]


@pytest.mark.parametrize("profile", PROFILES)
def test_memory_does_not_grow_with_the_number_of_people(profile: str, tmp_path: Path) -> None:
    idea = next(step for step in cases.GUIDE.sections[2].steps if step.id == "idea")
    proposal = ContributionOf(kind="proposal", text="idea")
    section = Section(id="idee", title="Idée", steps=(idea,), contributions=(proposal,))
    guide = Guide(guide="jardins-2026", version="1", title="Jardins", sections=(section,))
    talk, made = cases.CAMILLE.conversation, date(2026, 3, 4)
    answers = {Spot("idea"): cases.said("De l'eau, beaucoup d'eau. " * 8)}

    def crowd() -> Iterator[Participation]:
        for n in range(20_000):
            yield Participation(
                replace(talk, reference=f"R-{n:06}", answers=answers),
                (Contribution(f"P-{n:06}", "proposal", 0, made),),
                "finished",
                made,
            )

    peaks: list[int] = []

    def note(count: int) -> None:
        if count in (1_000, 20_000):
            peaks.append(tracemalloc.get_traced_memory()[1])

    guides = {("jardins-2026", "1"): guide}
    tracemalloc.start()
    try:
        manifest = write(profile, tmp_path, crowd, guides, cases.NOON, "0.1.0", note)
    finally:
        tracemalloc.stop()
    assert [f.rows for f in manifest.files[:3]] == [20_000] * 3
    assert sum(f.size for f in manifest.files) > 10_000_000
    assert peaks[1] < peaks[0] + 500_000
