"""The sheet of the main platform: mappings read or refused, cells, files, what is refused."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import exports_cases as cases
import jsonschema
import pytest
import yaml

from bot.curated import Curation, Decision
from bot.errors import ExportError
from bot.model import Participation, Spot
from exports.confidentiality import Profile
from exports.fusion.cells import EMOJI
from exports.fusion.mapping_file import read_draft, read_mapping, ready, ready_text, schema
from exports.fusion.precheck import checked
from exports.fusion.preview import said, tried
from exports.fusion.sheet import REFUSED, Fusion, with_mapping
from exports.fusion.sources import SOURCES
from exports.leaving.filters import Filters
from exports.packages_list import chosen
from exports.packing import pack

CAP = ready_text("cap-collectif").replace('author, constante: ""', "author, constante: a@b.fr")
HEAD = "cible: essai\ncolonnes:\n"
PAGE = (Path(__file__).parents[1] / "docs" / "fusion.md").read_text("utf-8")


def sheet(
    mapping: str, source: cases.Held, folder: Path, profile: Profile = Profile.INTERNAL
) -> tuple[dict[str, bytes], dict[tuple[str | None, str], int]]:
    package = Fusion(read_mapping(mapping, "essai.yml"))
    files, warned, _ = cases.written(package, source, profile, folder)
    assert {one.name: one.rows for one in files} == {
        one.name: len(rows((folder / "fusion" / one.name).read_bytes())) - 1 for one in files
    }
    found = {one.name: (folder / "fusion" / one.name).read_bytes() for one in files}
    return found, {(one.column, one.problem): one.count for one in warned}


def rows(octets: bytes, delimiter: str = ";") -> list[list[str]]:
    text = octets.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def titled(n: int, title: str, text: str) -> Participation:
    """Somebody with a title, who agrees to be quoted."""
    [one] = cases.crowd({"walk": 1}, text, first=n)
    talk = one.conversation
    answers = {**talk.answers, Spot("headline"): cases.said(title), Spot("idea"): cases.said(text)}
    return replace(one, conversation=replace(talk, answers=answers))


def test_the_mapping_that_comes_with_parole(tmp_path: Path) -> None:
    files, warned = sheet(ready_text("plateforme"), cases.held(cases.CAMILLE), tmp_path)
    assert files["plateforme.csv"].decode() == (
        "\ufeffIdentifiant;Type;Rubrique;Titre;Contenu;Public concerné;Date;Thèmes;Origine\r\n"
        "P-000001;Proposition;L'eau;L'eau d'abord;\"De l'eau ;\n« fraîche »\n"
        '=1+1, ""partout"" 👩🏽‍🏫";;04/03/2026;;chatbot\r\n'
        "P-000002;Proposition;;;De l'ombre;;05/03/2026;;chatbot\r\n"
    )
    assert warned == {}


@pytest.mark.parametrize("name", ready())
def test_each_ready_mapping_fits_the_schema_given_to_editors(name: str) -> None:
    jsonschema.validate(yaml.safe_load(ready_text(name)), json.loads(schema()))


def test_cap_collectif_waits_for_the_account_of_the_author() -> None:
    lines = ready_text("cap-collectif").splitlines()
    line = next(n for n, one in enumerate(lines) if "nom: author" in one)
    with pytest.raises(ExportError, match=rf"cap.yml, ligne {line + 1} : .*« author ».*compléter"):
        read_mapping(ready_text("cap-collectif"), "cap.yml")


WRONG = (
    ("cible: x", 1, "« colonnes » manque"),
    (HEAD + "  - {nom: A, source: numero}", 3, "« numero » n'existe pas"),
    (HEAD + "  - {nom: A}", 3, "doit avoir « source » ou « constante »"),
    (HEAD + "  - {nom: A, source: type, constante: x}", 3, "doit avoir"),
    (HEAD + "  - {nom: A, constante: x}\n  - {nom: A, constante: y}", 4, "deux fois"),
    (HEAD + "  - nom: A\n    source: type\n    source: jour", 5, "écrit deux fois"),
    (HEAD + "  - {nom: A, source: texte, date: JJ/MM/AAAA}", 3, "« jour »"),
    (HEAD + "  - {nom: A, source: jour, date: MM/JJ/AA}", 3, "JJ/MM/AAAA ou AAAA-MM-JJ"),
    (HEAD + "  - {nom: A, source: texte, longueur: 0}", 3, "trop petit"),
    (HEAD + "  - {nom: A, source: texte, si_trop_long: couper}", 3, "demande « longueur »"),
    (HEAD + "  - {nom: A, source: type, valeurs: {proposal: 1}}", 3, "entre guillemets"),
    (HEAD + "  - {nom: A, constante: x}\ndoublons: [B]", 4, "pas de colonne « B »"),
    (HEAD + "  - {nom: A, constante: x}\nbom: peut-être", 4, "« true » ou « false »"),
    (HEAD + "  - {nom: A, constante: x}\nencodage: utf-16", 4, "utf-8 ou windows-1252"),
    (HEAD + "  - {nom: A, constante: x}\nfichier: ../x", 4, "nom permis"),
    (HEAD + "  - {nom: A, constante: x}\nsepare: ','", 4, "Corrigez le nom"),
    ("- rien", 1, "modèle de colonnes"),
    ("cible: [", 1, "YAML"),
    ("a: &a [*a]", 1, ""),
)  # fmt: skip


@pytest.mark.parametrize(("text", "line", "told"), WRONG)
def test_a_wrong_mapping_is_refused_with_its_line_and_a_remedy(
    text: str, line: int, told: str
) -> None:
    with pytest.raises(ExportError) as caught:
        read_mapping(text, "essai.yml")
    message = str(caught.value)
    assert message.startswith(f"essai.yml, ligne {line} : "), message
    assert told in message
    assert message.count(". ") >= 1, "what to do comes after"


def test_cap_collectif_in_full(tmp_path: Path) -> None:
    source = cases.held(
        titled(1, "Salaires 👍🏽", "Mieux payer <b>tout</b> & vite\nPartout 👩🏽‍🏫"),
        titled(2, "Salaires", "=Autre texte"),
        titled(3, "Un titre qui est vraiment " + "très " * 30, "Du temps"),
    )
    files, warned = sheet(CAP, source, tmp_path, Profile.PUBLIC)
    read = rows(files["cap-collectif-001.csv"])
    assert read[0] == ["title", "author", "cost", "body"]
    assert b"\r" not in files["cap-collectif-001.csv"]
    assert not files["cap-collectif-001.csv"].startswith(b"\xef\xbb\xbf")
    bodies = {row[3]: row[0] for row in read[1:]}
    assert set(bodies) == {
        "Mieux payer &lt;b&gt;tout&lt;/b&gt; &amp; vite<br>Partout", "=Autre texte", "Du temps",
    }  # fmt: skip
    assert sorted(title for title in bodies.values() if len(title) < 20) == [
        "Salaires", "Salaires (2)",
    ]  # fmt: skip
    assert 90 < len(bodies["Du temps"]) <= 100
    assert {row[1] for row in read[1:]} == {"a@b.fr"}
    assert warned["title", "emojis retirés"] == 1
    assert warned["body", "emojis retirés"] == 1
    assert warned["title", "texte trop long, coupé"] == 1
    assert [n for (column, _), n in warned.items() if column == "body"][1:] == [1], warned


def test_what_would_be_refused_is_written_apart_with_the_reason(tmp_path: Path) -> None:
    hidden = {"P_000002": Curation("P-000002", Decision.HIDDEN)}
    source = cases.held(*cases.crowd({"walk": 4}, "De l'eau"), **hidden)
    mapping = HEAD + (
        "  - {nom: Texte, source: texte, obligatoire: true, longueur: 10}\n"
        "  - {nom: Type, source: type}\ndoublons: [Type]\n"
    )
    files, warned = sheet(mapping, source, tmp_path, Profile.PARTNER)
    assert rows(files["plateforme.csv"])[1:] == [["De l'eau 1", "proposal"]]
    report = {row[0]: row[1:] for row in rows(files[REFUSED])[1:]}
    assert report == {
        "P-000002": ["Texte", "« Texte » est vide"],
        "P-000003": ["Type", "même Type que P-000001"],
        "P-000004": ["Type", "même Type que P-000001"],
    }
    assert sum(n for (_, problem), n in warned.items() if REFUSED in problem) == 3


def test_as_many_files_as_the_platform_takes_rows(tmp_path: Path) -> None:
    source = cases.held(*cases.crowd({"walk": 1201}))
    files, _ = sheet(CAP, source, tmp_path, Profile.PUBLIC)
    sizes = {name: len(rows(octets)) - 1 for name, octets in files.items()}
    assert sizes == {f"cap-collectif-00{n}.csv": rows for n, rows in ((1, 500), (2, 500), (3, 201))}


def test_a_target_that_publishes_takes_only_what_may_be_published(tmp_path: Path) -> None:
    (tmp_path / "cap.yml").write_text(CAP, "utf-8")
    [package] = with_mapping(chosen(["fusion"]), tmp_path / "cap.yml")
    assert package.profiles == (Profile.PUBLIC,)
    with pytest.raises(ExportError, match="public"):
        pack(cases.held(), [package], Profile.INTERNAL, Filters(), tmp_path / "x", software="0")
    with pytest.raises(ExportError, match="fusion"):
        with_mapping(chosen(["csv"]), tmp_path / "cap.yml")


HOSTILE = (
    "=1+1", "+33 6", "-oui", "@x", "\t=cmd|' /C calc'!A0", "＝A1", "nul\0ici", "\ud800seul",
    "a\r\nb\rc\u2028d\x85e", '";"\n', "\u202egauche",
    "zéro\u200blargeur", "👨‍👩‍👧‍👦🇫🇷1️⃣", "x" * 40_000,
    "👩🏽‍🏫", "'apostrophe", "**** *ref", "<script>alert(1)</script>", "é", "\ufeffbom",
)  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252"])
@pytest.mark.parametrize("end", ["crlf", "lf"])
@pytest.mark.parametrize("separator", ["';'", "','", "'|'", "tabulation"])
def test_no_text_breaks_the_sheet(encoding: str, end: str, separator: str, tmp_path: Path) -> None:
    source = cases.held(*(cases.crowd({"walk": 1}, t, first=n)[0]
                          for n, t in enumerate(HOSTILE, start=1)))  # fmt: skip
    mapping = (
        f"encodage: {encoding}\nfin_de_ligne: {end}\nseparateur: {separator}\n" + HEAD
        + "  - {nom: Numéro, source: reference}\n  - {nom: Texte, source: texte}\n"
    )  # fmt: skip
    package = Fusion(read_mapping(mapping, "essai.yml"))
    _, warned, _ = cases.written(package, source, Profile.INTERNAL, tmp_path)
    octets = (tmp_path / "fusion" / "plateforme.csv").read_bytes()
    text = octets.decode("utf-8-sig" if encoding == "utf-8" else "cp1252")
    delimiter = "\t" if separator == "tabulation" else separator.strip("'")
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    assert [row[0] for row in read[1:]] == [f"P-{n:06d}" for n in range(1, len(HOSTILE) + 1)]
    assert not [row for row in read if row[1].lstrip().startswith(tuple("=+-@＝"))]
    assert len(read[14][1]) > 40_000
    assert any(one.problem.startswith("signes invisibles") for one in warned)
    if encoding != "utf-8":
        assert any("remplacés par « ? »" in one.problem for one in warned)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("👨‍👩‍👧‍👦 oui", " oui"), ("🇫🇷", ""), ("© 2026 ™", "© 2026 ™"), ("a ↔ b", "a ↔ b"),
        ("❤️ et ☀", " et "), ("123 #1", "123 #1"), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿!", "!"), ("👩🏽‍🏫👍🏽", ""),
    ],
)  # fmt: skip
def test_emojis_go_and_other_signs_stay(text: str, left: str) -> None:
    assert EMOJI.sub("", text) == left


def test_values_that_the_mapping_does_not_know_are_counted(tmp_path: Path) -> None:
    mapping = HEAD + "  - {nom: A, source: sujet, valeurs: {shade: Ombre}}\n" \
                     "  - {nom: B, source: sujet, valeurs: {shade: Ombre}, sinon: Autre}\n" \
                     "  - {nom: C, source: profil.uses.libelle}\n"  # fmt: skip
    files, warned = sheet(mapping, cases.held(*cases.crowd({"walk": 1})), tmp_path)
    assert rows(files["plateforme.csv"])[1] == ["water", "Autre", "Marcher"]
    assert warned == {("A", "valeur absente de « valeurs », écrite telle quelle"): 1}


def test_a_column_that_the_profile_withholds_is_empty_and_said(tmp_path: Path) -> None:
    mapping = HEAD + "  - {nom: Jour, source: jour}\n  - {nom: N, source: reference}\n"
    files, warned = sheet(mapping, cases.held(*cases.crowd({"walk": 5})), tmp_path, Profile.PUBLIC)
    assert {row[0] for row in rows(files["plateforme.csv"])[1:]} == {""}
    assert warned == {("Jour", "colonne vide : le profil retient cette information"): 1}


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    source = cases.held(*cases.crowd({"walk": 30, "play": 30}))
    once = [
        pack(source, chosen(["fusion"]), Profile.PUBLIC, Filters(), tmp_path / f"{n}.zip",
             software="0.1.0").sha256
        for n in range(2)
    ]  # fmt: skip
    assert once[0] == once[1]


def test_check_says_what_it_will_do_and_what_would_be_refused(tmp_path: Path) -> None:
    mapping = read_mapping(CAP, "cap.yml")
    told = "\n".join(said(mapping, Profile.PUBLIC))
    assert "500 lignes au plus par fichier" in told
    assert "la cible publie" in told
    source = cases.held(titled(1, "Un 👍", "Deux"), *cases.crowd({"walk": 3}, first=2, quoted="no"))
    left = cases.records(source, Profile.PUBLIC, tmp_path)
    shown = list(tried(mapping, Profile.PUBLIC, left, {}))
    assert "  title : Un" in shown
    assert "Lignes acceptées : 1. Refusées : 3." in shown
    [told] = [line for line in shown if "« title » est vide" in line]
    assert told.startswith("  refusées, « title » est vide : 3 (P-")
    assert told.endswith("à cette colonne, ou laissez ces contributions de côté.")
    [emojis] = [line for line in shown if "emojis retirés" in line]
    assert emojis.startswith("  title : emojis retirés : 1 (")


@pytest.mark.parametrize("name", [*SOURCES, *ready()])
def test_the_page_names_every_source_and_ready_mapping(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_the_page_names_every_key() -> None:
    written: dict[str, Any] = json.loads(schema())
    for key in {*written["properties"], *written["$defs"]["Column"]["properties"]}:
        assert f"`{key}`" in PAGE, key


def test_the_examples_of_the_page_are_right() -> None:
    blocks = re.findall(r"```yaml\n(cible:.*?)```", PAGE, re.DOTALL)
    assert blocks
    for block in blocks:
        read_mapping(block, "docs")


def test_the_precheck_names_the_unknown_values_and_says_what_to_do() -> None:
    mapping = read_mapping(
        HEAD + "  - {nom: Rubrique, source: sujet, valeurs: {shade: Ombre}}\n"
        "  - {nom: Jour, source: jour}\nlignes_par_fichier: 2\n", "essai.yml",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        left = list(cases.records(cases.held(*cases.crowd({"walk": 5})), Profile.PUBLIC,
                                  Path(folder)))  # fmt: skip
    found = checked(mapping, Profile.PUBLIC, left, {})
    assert (found.lines, found.files, found.not_taken, found.empty) == (5, 3, 0, ("Jour",))
    [unknown] = found.changed
    assert unknown.what == "« water » n’est pas dans « valeurs »"
    assert (unknown.count, unknown.where) == (5, tuple(one.reference for one in left))
    assert "« water: … »" in unknown.to_do
    [known] = found.renamed({left[0].reference: "P-000001"}).changed
    assert known.where[0] == "P-000001"


def test_a_small_file_cannot_be_made_endless() -> None:
    doubled = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)
    )
    with pytest.raises(ExportError, match="reprise par « \\* »"):
        read_mapping(doubled, "essai.yml")


def test_a_draft_may_wait_for_what_staff_write_later() -> None:
    draft = read_draft(ready_text("cap-collectif"), "cap.yml")
    assert [(one.name, bool(one.hint)) for one in draft.to_fill] == [("author", True)]
    given = {"author": " equipe@cese.test ", "body": "jamais"}
    whole = read_mapping(ready_text("cap-collectif"), "cap.yml", given)
    assert [one.constant for one in whole.columns] == [None, "equipe@cese.test", "", None]
    with pytest.raises(ExportError, match="compléter"):
        read_mapping(ready_text("cap-collectif"), "cap.yml", {"author": "  "})
