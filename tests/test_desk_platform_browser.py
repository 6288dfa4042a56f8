"""The other platform in a real Chromium: a sheet given and used, an export read, texts compared."""

# ruff: noqa: F811

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.staff import Role
from tests.desk_browser import SCREENS, Room, accessible, axe_is_there, context_of, fits, opens
from tests.desk_contributions import contributes
from tests.desk_service import EVERY_ROLE, office
from tests.test_desk_browser import unexpected
from tests.web_browser import Watched, browser, running  # noqa: F401

SHEET = """cible: la feuille de la ville
colonnes:
  - {nom: N, source: reference}
  - {nom: Rubrique, source: sujet, valeurs: {logement: Logement}}
  - {nom: Contenu, source: texte, longueur: 60}
"""
LONG = "Des formations plus longues, près de chez nous, pour tout le monde, partout, vite."
OURS = "Mieux payer les éducatrices de rue, vite."
EXPORT = (
    "id;author_email;title;body_text\n"
    f"op1;zoe@exemple.test;Payer;<p>{OURS.upper()}</p>\n"
    'op2;;"<img src=x onerror=alert(1)>";"<script>alert(1)</script>Rien à voir"\n'
)


@pytest.fixture(scope="module")
def room(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with running(office(sqlite_template, tmp_path_factory.mktemp("platform"))) as (address, made):
        contributes(made, 1, OURS)
        contributes(made, 2, LONG)
        made.hire("claire", EVERY_ROLE, code=True)
        made.hire("louis", [Role.READING])
        yield Room(address, made)


def test_a_sheet_is_given_checked_and_used(browser: Browser, room: Room, tmp_path: Path) -> None:
    watched = Watched(context_of(browser, 390, 844), room.address)
    page = room.enters(watched)
    opens(page, "Plateforme")
    wrong = SHEET.replace("source: texte", "source: textes").encode()
    mine = page.get_by_label("Fichier (tableau")
    mine.set_input_files({"name": "ville.yml", "mimeType": "text/yaml", "buffer": wrong})
    page.get_by_role("button", name="Vérifier et garder").click()
    expect(page.get_by_role("alert")).to_contain_text("ville, ligne 5")
    mine.set_input_files({"name": "ville.yml", "mimeType": "text/yaml", "buffer": SHEET.encode()})
    page.get_by_role("button", name="Vérifier et garder").click()
    expect(page.get_by_role("heading", name="Feuille « ville »")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("link", name="En tableau (CSV)").click()
    assert "Rubrique" in coming.value.path().read_text("utf-8-sig")
    page.get_by_role("link", name="Préparer l’export, profil interne").click()
    expect(page.get_by_label("Feuille de colonnes")).to_have_value("ville")
    page.get_by_role("button", name="Voir ce qui va sortir").click()
    expect(page.get_by_role("heading", name="La feuille de la plateforme")).to_be_visible()
    expect(page.get_by_text("« formation » n’est pas dans « valeurs »")).to_be_visible()
    refused = page.get_by_text(re.compile("a plus de 60 signes"))
    expect(refused).to_be_visible()
    expect(page.get_by_role("link", name="P-000002").first).to_be_visible()
    page.get_by_role("button", name="Faire l’export").click()
    expect(page.get_by_role("heading", name="Export prêt")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Télécharger le ZIP").click()
    coming.value.save_as(file := tmp_path / "export.zip")
    with zipfile.ZipFile(file) as archive:
        made = archive.read("fusion/plateforme.csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(made), delimiter=";"))
    assert rows == [["N", "Rubrique", "Contenu"], ["P-000001", "formation", OURS]]
    page.context.close()
    assert [one for one in unexpected(watched) if "422" not in one] == []


def test_an_export_is_read_then_compared(browser: Browser, room: Room) -> None:
    watched = Watched(context_of(browser, 1280, 800), room.address)
    page = room.enters(watched)
    page.goto(f"{room.address}/equipe/plateforme")
    page.get_by_label("L’export de la plateforme").set_input_files(
        {"name": "export.csv", "mimeType": "text/csv", "buffer": EXPORT.encode("cp1252")}
    )
    page.get_by_role("button", name="Regarder ce fichier").click()
    expect(page.get_by_text("Windows-1252, sans certitude")).to_be_visible()
    expect(page.get_by_text("zoe@exemple.test")).to_have_count(0)
    expect(page.get_by_label("Texte", exact=True)).to_have_value("body_text")
    page.get_by_role("button", name="Essayer, sans rien garder").click()
    expect(page.get_by_text("2 nouvelles, 0 modifiée")).to_be_visible()
    assert room.office.desk.memory.outsides.counts() == {}
    page.get_by_role("button", name="Garder ces contributions").click()
    expect(page.get_by_text("C’est gardé : 2 contributions")).to_be_visible()
    page.get_by_role("link", name="Voir ce qui se ressemble").click()
    page.get_by_role("button", name="Comparer").click()
    expect(page.get_by_role("heading", name="100 sur 100, mot pour mot")).to_be_visible()
    expect(page.get_by_text(OURS.upper(), exact=True)).to_be_visible()
    page.get_by_role("button", name="C’est la même").click()
    expect(page.get_by_role("link", name="C’est la même : 1")).to_be_visible()
    page.goto(f"{room.address}/equipe/contributions?q=rien")
    page.get_by_role("link", name="plateforme:op2").click()
    expect(page.get_by_text("Rien à voir")).to_be_visible()
    opens(page, "Journal")
    for act in ("fichier importé", "comparaison avec", "ressemblance décidée"):
        expect(page.get_by_role("row").filter(has_text=act).first).to_be_visible()
    page.context.close()
    assert unexpected(watched) == []


@pytest.mark.parametrize(("width", "height", "scheme"), SCREENS)
def test_the_pages_fit_and_axe_finds_nothing(
    browser: Browser, room: Room, width: int, height: int, scheme: str
) -> None:
    axe_is_there()
    watched = Watched(context_of(browser, width, height, scheme), room.address)
    page = room.enters(watched)
    octets = EXPORT.encode("cp1252")
    kept = room.office.desk.memory.arrivals.put(octets, workbook=False, now=room.office.clock.now)
    room.office.desk.comparing.start()
    room.office.desk.comparing.wait(10)
    for where in (
        "", "/feuilles/cap-collectif", f"/fichiers/{kept}", "/ressemblances",
        "/ressemblances?voir=meme",
    ):  # fmt: skip
        page.goto(f"{room.address}/equipe/plateforme{where}")
        fits(page, width)
        assert accessible(page, where) > 20
    page.goto(f"{room.address}/equipe/exports/nouveau?profil=public&feuille=cap-collectif")
    fits(page, width)
    assert accessible(page, "new") > 20
    page.context.close()
