"""The contributions of another platform: read, kept once, compared with ours."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from datetime import date, datetime
from html import unescape
from pathlib import Path

import jsonschema
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from bot.__main__ import app
from bot.curated import Decision, Outside, Taken
from bot.errors import DatabaseUnfit, ExportError
from bot.finding import Wanted
from bot.staff import Role
from exports.columns import Coded
from exports.fusion.alike import alike
from exports.fusion.arriving import Arriving, Reading, contributions, model_text, read_arriving
from exports.fusion.comparing import Sides, counts, write
from exports.records import Record
from storage.database import open_database
from storage.desk.journal import Journal
from storage.platform.outside import Outsides
from storage.platform.outside_search import OutsideSearch
from storage.sealing.keys import Keys
from storage.sealing.masterkey import open_keys
from tests.desk_contributions import contributes
from tests.desk_service import office

ROOT = Path(__file__).parents[1]
DAY = date(2026, 3, 4)
PAGE = (ROOT / "docs" / "fusion.md").read_text("utf-8")
COLUMNS = """
source: plateforme
identifiant: id
titre: title
texte: [body, détails]
sujet: section
jour: créé le
date: JJ/MM/AAAA
colonne_type: type
types: {opinion: proposal, témoignage: experience}
garder: {type: [opinion, témoignage, autre]}
html: true
"""
HEAD = ["type", "id", "author_email", "title", "body", "détails", "section", "créé le"]
ROWS = [
    ["opinion", "op1", "a@b.fr", "Salaires", "<p>Mieux <b>payer</b> &amp; vite</p><p>Oui</p>",
     "", "Métiers", "04/03/2026 10:00"],
    ["vote", "v1", "a@b.fr", "", "", "", "", ""],
    ["témoignage", "op2", "", "", "=1+1 👩🏽‍🏫", "suite ; \"deux\"\nlignes", "", "hier"],
    ["opinion", "op1", "", "", "encore lui", "", "", ""],
    ["opinion", "", "", "", "sans numéro", "", "", ""],
    ["opinion", "op3", "", "Vide", "<p> </p>", "", "", ""],
    ["autre", "op4", "", "", "d'une autre sorte", "", "", ""],
]  # fmt: skip
READ = [
    Outside("plateforme", "op1", "proposal", "Mieux payer & vite\nOui", "Salaires", "Métiers", DAY),
    Outside("plateforme", "op2", "experience", '=1+1 👩🏽‍🏫\n\nsuite ; "deux"\nlignes'),
]


def written(folder: Path, kind: str) -> Path:
    """The same export as different programs write it."""
    path = folder / f"export-{kind}.{'xlsx' if kind == 'xlsx' else 'csv'}"
    if kind == "xlsx":
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as book:
            sheet = book.add_worksheet("Contributions")
            for n, row in enumerate([HEAD, *ROWS]):
                for at, one in enumerate(row):
                    if n == 1 and at == 7:
                        day = book.add_format({"num_format": "dd/mm/yyyy"})
                        sheet.write_datetime(n, at, datetime(2026, 3, 4, 10), day)  # noqa: DTZ001
                    else:
                        sheet.write_string(n, at, one)
        return path
    out = io.StringIO(newline="")
    delimiter = {"tab": "\t", "comma": ","}.get(kind, ";")
    csv.writer(out, delimiter=delimiter).writerows([HEAD, *ROWS])
    text = out.getvalue()
    if kind == "windows":
        path.write_bytes(text.replace("👩🏽‍🏫", "").encode("cp1252"))
    else:
        path.write_bytes(text.encode("utf-8-sig" if kind == "bom" else "utf-8"))
    return path


@pytest.mark.parametrize("kind", ["comma", "tab", "bom", "plain", "xlsx"])
def test_an_export_is_read_whatever_program_wrote_it(kind: str, tmp_path: Path) -> None:
    reading = Reading()
    found = list(contributions(written(tmp_path, kind), read_arriving(COLUMNS, "c.yml"), reading))
    assert found == READ
    assert (reading.lines, reading.read) == (7, 2)
    assert reading.left == {
        "ligne écartée par « garder »": 1, "identifiant déjà lu plus haut": 1,
        "sans identifiant": 1, "sans texte": 1, "type absent de « types »": 1,
        "jour illisible, laissé vide": 1,
    }  # fmt: skip
    assert reading.first["sans texte"] == 7


def test_a_file_saved_by_a_spreadsheet_on_windows(tmp_path: Path) -> None:
    file = written(tmp_path, "windows")
    found = list(contributions(file, read_arriving(COLUMNS, "c.yml"), Reading()))
    assert found[0].topic == "Métiers"


def test_no_column_of_authors_is_ever_read(tmp_path: Path) -> None:
    found = list(contributions(written(tmp_path, "plain"), read_arriving(COLUMNS, "c"), Reading()))
    assert "a@b.fr" not in repr(found)
    assert not [key for key in Arriving.model_fields if "author" in key or "auteur" in key]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (COLUMNS.replace("identifiant: id", "identifiant: numero"), "« numero ». Ses colonnes :"),
        (COLUMNS.replace("source: plateforme", "source: web"), "ligne 2 : .*canaux"),
        (COLUMNS.replace("types: {", "type: proposal\n#"), "vont ensemble"),
        (COLUMNS.replace("texte: [body, détails]", "texte: []"), "ligne 5 : « texte » est vide"),
    ],
)
def test_wrong_columns_are_refused_with_what_to_do(columns: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=told):
        list(contributions(written(tmp_path, "plain"), read_arriving(columns, "c.yml"), Reading()))


@pytest.mark.parametrize("octets", [b"", b"PK\x03\x04abc", b"\xd0\xcf\x11\xe0" * 9])
def test_a_broken_workbook_is_refused(octets: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.xlsx").write_bytes(octets)
    with pytest.raises(ExportError, match="n'est pas un classeur lisible"):
        list(contributions(tmp_path / "x.xlsx", read_arriving(COLUMNS, "c"), Reading()))


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_any_file_is_read_or_refused(octets: bytes) -> None:
    import tempfile

    mapping = read_arriving("source: autre\nidentifiant: id\ntexte: [t]\n", "c.yml")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_bytes(b"id;t\n" + octets)
        try:
            for one in contributions(path, mapping, Reading()):
                assert one.id
                assert one.text
        except ExportError:
            pass


def test_reading_the_same_file_again_changes_nothing(engine: Engine, keys: Keys) -> None:
    outsides = Outsides(engine, keys)
    assert outsides.take("plateforme", READ, DAY) == Taken(new=2)
    before = list(outsides.every())
    assert before == READ
    assert outsides.take("plateforme", READ, date(2026, 3, 9)) == Taken(same=2)
    assert list(outsides.every()) == before
    changed = Outside("plateforme", "op1", "proposal", "Autre texte")
    assert outsides.take("plateforme", [changed], DAY) == Taken(changed=1, absent=1)
    assert list(outsides.every()) == [READ[1], changed]
    assert outsides.counts() == {"plateforme": {"experience": 1, "proposal": 1}}
    assert outsides.take("autre", [Outside("autre", "op1", "proposal", "x")], DAY) == Taken(new=1)
    assert outsides.forget("plateforme") == 2
    assert [one.reference for one in outsides.every()] == ["autre:op1"]


def test_their_words_are_sealed_and_bound_to_their_row(engine: Engine, keys: Keys) -> None:
    outsides = Outsides(engine, keys)
    outsides.take("plateforme", READ, DAY)
    with engine.begin() as connection:
        octets = connection.scalar(text("SELECT words FROM outside WHERE id_source = 'op1'"))
        assert b"payer" not in bytes(octets)
        connection.execute(
            text("UPDATE outside SET words = :words WHERE id_source = 'op2'"), {"words": octets}
        )
    with pytest.raises(DatabaseUnfit):
        list(outsides.every())


def test_words_are_found_as_in_ours_and_the_index_follows(engine: Engine, keys: Keys) -> None:
    outsides = Outsides(engine, keys)
    search = OutsideSearch(outsides)
    assert (search.count(), search.find(Wanted("payer")).count) == (0, 0)
    outsides.take("plateforme", READ, DAY)
    found = search.find(Wanted("PAYÉ"))
    assert [one.reference for one in found.entries] == ["plateforme:op1"]
    assert search.find(Wanted()).count == search.count() == 2
    assert search.find(Wanted(chosen={"kind": "experience"})).count == 1
    outsides.take("plateforme", [Outside("plateforme", "op1", "proposal", "Des vacances")], DAY)
    assert search.find(Wanted("payer")).count == 0
    assert search.find(Wanted("vacance")).count == 1
    outsides.forget("plateforme")
    assert search.find(Wanted("vacances")).count == 0
    search.close()


@pytest.mark.anyio
async def test_the_desk_counts_and_finds_both_sides_together(
    sqlite_template: Path, tmp_path: Path
) -> None:
    async with office(sqlite_template, tmp_path) as desk:
        desk.hire("louis", [Role.READING])
        contributes(desk, 1, "Des éducatrices mieux payées.")
        assert desk.desk.memory.indexing.wait(60)
        async with desk.at_work("louis") as client:
            assert "autre plateforme" not in (await client.get("/equipe/contributions")).text
            scripted = Outside("plateforme", "x", "proposal", "<script>payer</script> plus", "<b>")
            Outsides(desk.engine, desk.keys).take("plateforme", [*READ, scripted], DAY)
            page = unescape((await client.get("/equipe/contributions?q=payer")).text)
            assert "Avec les nôtres\u00a0: 3." in page.replace("\u202f", "\u00a0"), page
            assert "plateforme:op1" in page
            assert "<script>payer" not in (await client.get("/equipe/contributions?q=payer")).text
            ours = (await client.get("/equipe/contributions?channel=web&q=payer")).text
            assert "plateforme:op1" not in ours


LONG = (
    "Il faut plus de temps pour écouter chaque personne accompagnée, sans courir d'une chambre à "
    "l'autre, et des équipes complètes la nuit comme le jour."
)


@pytest.mark.parametrize(
    ("ours", "score"),
    [
        (LONG, 100),
        (LONG.upper().replace(",", " !"), 100),
        (LONG.replace("temps", "tems").replace("équipes", "equipe"), 95),
        ("Bonjour. " + LONG, 90),
        (LONG.replace("complètes la nuit comme le jour", "complètes"), 85),
        ("Il faut moins de réunions et plus de visites à domicile pour les familles.", None),
        ("", None),
        ("!!", None),
    ],
)
def test_texts_that_say_nearly_the_same(ours: str, score: int | None) -> None:
    theirs = [("plateforme:1", "Tout autre chose, sur les salaires."), ("plateforme:2", LONG)]
    found = list(alike([("P-000001", ours)], theirs))
    if score is None:
        assert found == []
    else:
        assert [one.theirs for one in found] == ["plateforme:2"]
        assert found[0].score >= score
        assert (found[0].score == 100) == (score == 100), "100 is only for the same words"


def test_a_campaign_of_copies_gives_one_line_for_each_of_ours() -> None:
    theirs = [(f"plateforme:{n}", LONG) for n in range(3000)]
    ours = [(f"P-{n:06d}", LONG) for n in range(3000)]
    found = list(alike(ours, theirs))
    assert len(found) == 3000
    assert {one.others for one in found} == {2999}
    short = list(alike([("P-1", "Oui")], [("p:1", "oui !"), ("p:2", "non")]))
    assert [(one.theirs, one.score) for one in short] == [("p:1", 100)]


def test_a_campaign_that_each_person_changed_a_little_is_found() -> None:
    theirs = [(f"plateforme:{n}", f"{LONG} Signé : la personne {n}.") for n in range(1500)]
    ours = [("P-000001", f"{LONG} Merci à vous."), ("P-000002", "Autre chose que cela, vraiment.")]
    found = list(alike(ours, theirs))
    assert [one.ours for one in found] == ["P-000001"]
    assert found[0].others >= 20


def record(n: int, words: str, channel: str, decision: Decision = Decision.WAITING) -> Record:
    return Record(
        f"P-{n:06d}", Coded("proposal", "Proposition"), "A", "g", "1", 0, DAY, words,
        channel=channel, decision=decision,
    )  # fmt: skip


def test_counts_by_channel_and_a_report_that_no_spreadsheet_runs() -> None:
    sides = Sides.of(
        [record(1, LONG, "web"), record(2, "=1+1 " + LONG, "telegram"), record(3, "Oui", "web"),
         record(4, LONG, "web", Decision.BINNED)],
        [Outside("plateforme", "op9", "proposal", LONG),
         Outside("plateforme", "op8", "experience", "Rien à voir")],
    )  # fmt: skip
    found = sides.alike()
    lines = [line.split() for line in counts(sides, found)]
    assert ["plateforme", "1", "1", "0"] in lines
    assert ["telegram", "0", "1", "1"] in lines
    assert ["web", "0", "2", "1"] in lines
    assert "En tout : 5 contributions. 2 des nôtres" in " ".join(lines[-1])
    out = io.BytesIO()
    write(out, sides, found)
    read = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline=""),
                           delimiter=";"))  # fmt: skip
    assert [row[:4] for row in read[1:]] == [
        ["P-000001", "web", "plateforme:op9", "100"],
        ["P-000002", "telegram", "plateforme:op9", read[2][3]],
    ]
    assert read[2][5].startswith("'=1+1")


def test_the_page_names_every_key_of_both_files() -> None:
    jsonschema.Draft202012Validator.check_schema(Arriving.model_json_schema(by_alias=True))
    for key in Arriving.model_json_schema(by_alias=True)["properties"]:
        assert f"`{key}`" in PAGE, key


def test_the_commands_of_the_page_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAROLE_ENV_FILE", os.devnull)
    monkeypatch.setenv("PAROLE_RASA_URL", "off")
    (tmp_path / "data").mkdir()
    engine = open_database(f"sqlite:///{tmp_path}/data/parole.db", create=True)
    open_keys(engine, file=tmp_path / "data" / "parole.key")

    def parole(line: str) -> str:
        capsys.readouterr()
        app(line.split(), standalone_mode=False)
        return capsys.readouterr().out

    parole("platform model --out plateforme.yml")
    assert (tmp_path / "plateforme.yml").read_text("utf-8") == model_text()
    with (tmp_path / "export.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["contribution_type", "id", "section_title", "title", "body_text"])
        table.writerows([["opinion", n, "Métiers", "Un titre", f"<p>{LONG} {n}</p>"] for n in "ab"])
    given = "platform import export.csv --columns plateforme.yml"
    assert "Contributions lues : 2." in parole(f"{given} --check")
    assert "Nouvelles : 2. Modifiées : 0." in parole(given)
    assert "Nouvelles : 0. Modifiées : 0. Pareilles : 2." in parole(given)
    assert "plateforme" in parole("platform compare --out memes-textes.csv")
    assert (tmp_path / "memes-textes.csv").read_bytes().count(b"\n") == 1
    parole("snapshots --take")
    parole("fusion model plateforme --out mes-colonnes.yml")
    assert "Lignes acceptées : 0. Refusées : 0." in parole("fusion check mes-colonnes.yml")
    parole("fusion schema --out colonnes.schema.json")
    json.loads((tmp_path / "colonnes.schema.json").read_text("utf-8"))
    parole("export fusion --mapping mes-colonnes.yml --profile public --out x")
    assert "Effacées : 2." in parole("platform forget plateforme")
    written = [(line.what, dict(line.about)) for line in Journal(engine).lines()]
    assert ("erasure", {"source": "plateforme", "contributions": 2}) in written
    assert [about["new"] for what, about in written if what == "imported"] == [0, 2]
    assert LONG not in repr(written)
    engine.dispose()


def test_every_command_of_the_page_is_tried_here() -> None:
    tried = Path(__file__).read_text("utf-8")
    for line in re.findall(r"^parole (?:platform|fusion) (\w+)", PAGE, re.MULTILINE):
        assert re.search(rf"(platform|fusion) {line}", tried), line
