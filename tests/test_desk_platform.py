"""The other platform at the desk: sheets of columns, and the exports made with them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from desk_crowd import answered, people

from bot.curated import Decision, Stage
from bot.staff import Act, Role
from exports.fusion.mapping_file import ready_text
from tests.desk_service import Office, csrf, office
from tests.test_desk_exports import asks, becomes, does

pytestmark = pytest.mark.anyio
MINE = """cible: notre feuille
lignes_par_fichier: 10
colonnes:
  - {nom: N, source: reference}
  - {nom: Rubrique, source: sujet, valeurs: {eau: Eau}}
  - {nom: Contenu, source: texte, longueur: 10}
"""


@pytest.fixture
async def desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_template, tmp_path) as made:
        answered(made, people(24))
        made.hire("paul", [Role.EXPORT], code=True)
        made.hire("lise", [Role.MODERATION])
        yield made


async def gives(
    client: httpx.AsyncClient, octets: bytes, file: str = "mien.yml", **fields: str
) -> httpx.Response:
    """Send a sheet of columns."""
    token = csrf((await client.get("/equipe/plateforme")).text)
    return await client.post(
        "/equipe/plateforme/feuilles",
        data={"csrf": token, **fields},
        files={"file": (file, octets)},
    )


async def test_a_sheet_of_staff_from_upload_to_the_file(desk: Office) -> None:
    async with desk.at_work("paul") as client:
        kept = await gives(client, MINE.encode())
        assert kept.headers["location"] == "/equipe/plateforme/feuilles/mien"
        assert "notre feuille" in (await client.get(kept.headers["location"])).text
        order = await asks(client, desk, format="fusion", feuille="mien")
        assert order.sheet is not None
        assert (order.sheet.name, order.sheet.text) == ("mien", MINE)
        shown = (await client.get(f"/equipe/exports/{order.id}")).text
        assert "« water » n’est pas dans « valeurs »" in shown
        assert "« Contenu » a plus de 10 signes" in shown
        assert 'href="/equipe/contributions/P-0000' in shown
        await gives(client, MINE.replace("notre", "une autre").encode())
        done = await does(client, desk, order, "faire")
        again = await does(client, desk, done, "refaire")
        assert (done.sha256, done.sheet) == (again.sha256, order.sheet)
        taken = await client.get(f"/equipe/exports/{done.id}/fichier")
    with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
        first = archive.read("fusion/plateforme-001.csv").decode("utf-8-sig")
        assert "fusion/refusees.csv" in archive.namelist()
    rows = list(csv.reader(io.StringIO(first), delimiter=";"))
    assert rows[0] == ["N", "Rubrique", "Contenu"]
    assert len(rows) > 5
    said = [(line.what, dict(line.about)) for line in desk.desk.memory.journal.lines()]
    assert (Act.MAPPING_CHANGED, {"sheet": "mien", "new": 1}) in said
    assert (Act.MAPPING_CHANGED, {"sheet": "mien", "new": 0}) in said
    [asked] = [about for what, about in said if what == Act.EXPORT_ASKED][-1:]
    assert asked["sheet"] == "mien"


async def test_cap_collectif_asks_for_the_account_and_tells_our_references(desk: Office) -> None:
    decide = desk.desk.memory.curations.decide
    for n in range(1, 25):
        decide(f"P-{n:06d}", Decision.PUBLISHED, "ready", "lise", 0)
    async with desk.at_work("paul") as client:
        form = await client.get("/equipe/exports/nouveau?profil=public&feuille=cap-collectif")
        assert 'value="fusion" checked' in form.text
        assert "L’adresse d’un compte de la plateforme" in form.text
        partner = (await client.get("/equipe/exports/nouveau?profil=partenaire")).text
        assert "cap-collectif" not in partner
        fields = {"csrf": csrf(form.text), "profile": "public", "format": "fusion",
                  "feuille": "cap-collectif"}  # fmt: skip
        lacking = await client.post("/equipe/exports", data=fields)
        assert (lacking.status_code, "Complétez « author »" in lacking.text) == (422, True)
        given = {**fields, "c|cap-collectif|0": "equipe@cese.test"}
        answer = await client.post("/equipe/exports", data=given)
        order = await becomes(desk, answer.headers["location"].rpartition("/")[2], Stage.SEEN)
        shown = (await client.get(f"/equipe/exports/{order.id}")).text
        assert "equipe@cese.test" in shown
        assert "publie ce qu’elle reçoit" in shown
        assert "de 500 lignes au plus" in shown
        await gives(client, MINE.encode())
        found = await asks(client, desk, profile="public", format="fusion", feuille="mien")
        outside = (await client.get(f"/equipe/exports/{found.id}")).text
        assert 'href="/equipe/contributions/P-0000' in outside
        wrong = {**given, "profile": "interne"}
        assert (await client.post("/equipe/exports", data=wrong)).status_code == 422


@pytest.mark.parametrize(("octets", "file", "name", "told"), [
    (b"cible: x\ncolonnes:\n  - {nom: A, source: numero}", "a.yml", "", "a, ligne 3"),
    (MINE.encode(), "plateforme.yml", "", "est une feuille de Parole"),
    (MINE.encode(), "a.yml", "../x", "Donnez un nom court"),
    (MINE.encode("utf-16"), "a.yml", "", "pas en UTF-8"),
    (b"nom;prix\n", "a.csv", "", "ligne des titres"),
    (b"PK\3\4zzz", "a.xlsx", "", "classeur lisible"),
    (b"x" * 300_000, "a.yml", "", "trop gros"),
    (b"<script>alert(1)</script>: [", "a.yml", "", "YAML lisible"),
    (b"", "a.yml", "", "mod"),
])  # fmt: skip
async def test_a_wrong_sheet_is_refused_and_said(
    desk: Office, octets: bytes, file: str, name: str, told: str
) -> None:
    async with desk.at_work("paul") as client:
        answer = await gives(client, octets, file, name=name)
    assert answer.status_code == 422
    assert told in answer.text
    assert "<script>alert" not in answer.text
    assert desk.desk.memory.mappings.every("out") == []


async def test_a_sheet_goes_to_a_spreadsheet_and_back(desk: Office) -> None:
    async with desk.at_work("paul") as client:
        taken = await client.get("/equipe/plateforme/feuilles/plateforme/fichier?forme=tableau")
        assert taken.headers["content-disposition"] == 'attachment; filename="plateforme.csv"'
        changed = taken.content.replace(b"Contenu", "Texte intégral".encode())
        answer = await gives(client, changed, "mon tableau.csv", name="tableau")
        assert answer.status_code == 303, answer.text
        shown = (await client.get(answer.headers["location"])).text
        assert "Texte intégral" in shown
        whole = await client.get("/equipe/plateforme/feuilles/plateforme/fichier")
        assert whole.text == ready_text("plateforme")
        token = csrf(shown)
        gone = await client.post("/equipe/plateforme/feuilles/tableau/supprimer",
                                 data={"csrf": token})  # fmt: skip
        assert gone.headers["location"] == "/equipe/plateforme"
        assert (await client.get("/equipe/plateforme/feuilles/tableau")).status_code == 404


async def test_only_who_exports_sees_the_page(desk: Office) -> None:
    async with desk.at_work("lise") as client:
        assert (await client.get("/equipe/plateforme")).status_code == 403
        assert "Plateforme" not in (await client.get("/equipe/")).text
