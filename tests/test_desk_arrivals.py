"""The export of another platform, received at the desk: looked at, tried, kept once."""

from __future__ import annotations

import io
import re
import stat
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest
import xlsxwriter
from hostile import CORPUS

from bot.errors import StorageError
from bot.staff import Act, Role
from storage.platform.arrivals import Arrivals
from tests.desk_service import Office, csrf, office

pytestmark = pytest.mark.anyio
HEAD = "id;author_email;title;body_text;section_title;createdAt\n"
ROWS = 'op1;zoe@exemple.test;Salaires;"<p>Mieux payer</p>";Métiers;2026-03-04\n' \
       'op2;;"=1+1";"<script>alert(1)</script>Former";;hier\n;;;perdue;;\n'  # fmt: skip
EXPORT = (HEAD + ROWS).encode()


@pytest.fixture
async def desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_template, tmp_path) as made:
        made.hire("paul", [Role.EXPORT], code=True)
        made.hire("anne", [Role.EXPORT, Role.ADMINISTRATION], code=True)
        made.hire("lise", [Role.MODERATION])
        yield made


async def sends(
    client: httpx.AsyncClient, octets: bytes, name: str = "export.csv"
) -> httpx.Response:
    token = csrf((await client.get("/equipe/plateforme")).text)
    return await client.post("/equipe/plateforme/fichiers", data={"csrf": token},
                             files={"file": (name, octets)})  # fmt: skip


def chosen(page: str) -> dict[str, str]:
    """What the form holds as it is shown."""
    given = {"csrf": csrf(page)}
    for name, options in re.findall(r'<select id="(\w+)"[^>]*>(.*?)</select>', page, re.S):
        found = re.findall(r'<option value="([^"]*)" selected', options)
        given[name] = unescape(found[0]) if found else ""
    for name, value in re.findall(r'<input id="(\w+)" name="\w+" value="([^"]*)"', page):
        given[name] = unescape(value)
    if 'name="html" value="oui" checked' in page:
        given["html"] = "oui"
    return given


async def test_an_export_from_the_file_to_the_search(desk: Office) -> None:
    outsides = desk.desk.memory.outsides
    async with desk.at_work("paul") as client:
        sent = await sends(client, EXPORT)
        to = sent.headers["location"]
        [kept] = (desk.desk.workroom.folder.parent / "arrivals").iterdir()
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
        assert b"Mieux payer" not in kept.read_bytes()
        page = (await client.get(to)).text
        assert "zoe@exemple.test" not in page
        assert "author_email" not in page
        given = chosen(page)
        assert given["identifiant"] == "id"
        assert (given["texte"], given["titre"], given["sujet"]) == (
            "body_text", "title", "section_title",
        )  # fmt: skip
        assert (given["jour"], given["date"], given["html"]) == ("createdAt", "AAAA-MM-JJ", "oui")
        tried = (await client.post(to, data={**given, "action": "essayer"})).text
        assert "2 nouvelles, 0 modifiée, 0 pareille" in tried
        assert "sans identifiant" in tried
        assert "la première à la ligne 4" in tried
        assert outsides.counts() == {}
        done = (await client.post(to, data={**given, "action": "garder"})).text
        assert "Nouvelles : 2. Modifiées : 0." in done
        assert not kept.exists()
        assert outsides.counts() == {"plateforme": {"proposal": 2}}
        one = outsides.get("plateforme:op2")
        assert one is not None
        assert (one.title, one.made_on) == ("=1+1", None)
        assert (await client.get(to)).status_code == 410
        found = (await client.get("/equipe/contributions?q=payer")).text
        assert '<span class="badge warn">plateforme</span>' in found
        read = (await client.get("/equipe/plateforme/contribution?reference=plateforme:op1")).text
        assert "Mieux payer" in read
        gone = await client.get("/equipe/plateforme/contribution?reference=plateforme:op9")
        assert gone.status_code == 404
    [line] = desk.desk.memory.journal.lines(what=Act.IMPORTED)
    assert (line.who, dict(line.about)) == (
        "paul", {"source": "plateforme", "new": 2, "changed": 0, "same": 0},
    )  # fmt: skip


async def test_reading_it_again_changes_nothing_and_remembers_the_columns(desk: Office) -> None:
    octets = EXPORT.replace(b"title;", "Le titre affiché;".encode(), 1)
    async with desk.at_work("anne") as client:
        to = (await sends(client, octets)).headers["location"]
        given = {**chosen((await client.get(to)).text), "titre": "Le titre affiché",
                 "source": "cese", "type": "experience"}  # fmt: skip
        await client.post(to, data={**given, "action": "garder"})
        to = (await sends(client, octets.replace(b"Former", b"Former plus"))).headers["location"]
        again = chosen((await client.get(to)).text)
        assert (again["source"], again["titre"], again["type"]) == (
            "cese", "Le titre affiché", "experience",
        )  # fmt: skip
        tried = (await client.post(to, data={**again, "action": "essayer"})).text
        assert "0 nouvelle, 1 modifiée, 1 pareille" in tried
        await client.post(to, data={**again, "action": "garder"})
        assert desk.desk.memory.outsides.counts() == {"cese": {"experience": 2}}
        token = csrf((await client.get("/equipe/plateforme")).text)
        fields = {"csrf": token, "source": "cese"}
        gone = (await client.post("/equipe/plateforme/effacer", data=fields)).text
        assert "Effacées : 2." in gone
        assert desk.desk.memory.outsides.counts() == {}
    [line] = desk.desk.memory.journal.lines(what=Act.ERASURE)
    assert (line.who, dict(line.about)) == ("anne", {"source": "cese", "contributions": 2})


async def test_letters_that_are_not_sure_are_said_and_may_be_chosen(desk: Office) -> None:
    async with desk.at_work("paul") as client:
        to = (await sends(client, (HEAD + ROWS).encode("cp1252"))).headers["location"]
        page = (await client.get(to)).text
        assert "Windows-1252, sans certitude" in page
        assert "Métiers" in page
        wrong = await client.post(to, data={**chosen(page), "encodage": "utf-8",
                                            "action": "relire"})  # fmt: skip
        assert "M\ufffdtiers" in wrong.text
        assert chosen(wrong.text)["encodage"] == "utf-8"


@pytest.mark.parametrize(("octets", "name", "told"), [
    (b"", "a.csv", "est vide"),
    (b"PK\3\4zzz", "a.xlsx", "classeur lisible"),
    (b"a\0b;c\n", "a.csv", "fichier de texte"),
    (b"old", "a.xls", "Enregistrez ce fichier en XLSX"),
    (b"\n\n", "a.csv", "titres de colonnes"),
    (b"author;email\nx;y\n", "a.csv", "titres de colonnes"),
])  # fmt: skip
async def test_a_file_that_cannot_be_read(
    desk: Office, octets: bytes, name: str, told: str
) -> None:
    async with desk.at_work("paul") as client:
        answer = await sends(client, octets, name)
    assert (answer.status_code, told in answer.text) == (422, True), answer.text


async def test_wrong_columns_are_said_and_the_file_stays(desk: Office) -> None:
    async with desk.at_work("paul") as client:
        to = (await sends(client, EXPORT)).headers["location"]
        given = chosen((await client.get(to)).text)
        for wrong, told in (
            ({"source": "web"}, "déjà le nom d"),
            ({"source": "Été"}, "nom permis"),
            ({"identifiant": ""}, "manque"),
            ({"texte": "author_email"}, "pas dans ce fichier"),
            ({"colonne_type": "title"}, "vont ensemble"),
        ):
            answer = await client.post(to, data={**given, **wrong, "action": "garder"})
            assert (answer.status_code, told in answer.text) == (422, True), wrong
        assert desk.desk.memory.outsides.counts() == {}
        assert (await client.get(to)).status_code == 200


async def test_no_text_breaks_the_reading(desk: Office) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "in_memory": True}) as book:
        book.add_worksheet("vide")
        sheet = book.add_worksheet("Contributions")
        sheet.write_row(0, 0, ["id", "body"])
        texts = ["".join(one.texts).encode("utf-8", "ignore").decode()[:32_000] for one in CORPUS]
        for n, text in enumerate(texts, start=1):
            sheet.write_string(n, 0, f"n{n}")
            sheet.write_string(n, 1, text)
    async with desk.at_work("paul") as client:
        refused = await sends(client, out.getvalue(), "a.xlsx")
        assert "titres de colonnes" in refused.text
        with io.BytesIO() as second:
            with xlsxwriter.Workbook(second, {"strings_to_formulas": False}) as book:
                sheet = book.add_worksheet("Contributions")
                sheet.write_row(0, 0, ["id", "body"])
                for n, text in enumerate(texts, start=1):
                    sheet.write_string(n, 0, f"n{n}")
                    sheet.write_string(n, 1, text)
            sent = await sends(client, second.getvalue(), "a.xlsx")
        to = sent.headers["location"]
        given = chosen((await client.get(to)).text)
        tried = (await client.post(to, data={**given, "action": "essayer"})).text
        await client.post(to, data={**given, "action": "garder"})
    kept = sum(its["proposal"] for its in desk.desk.memory.outsides.counts().values())
    left = [int(n) for n in re.findall(r"<dd>(\d+), la première", tried)]
    assert kept + sum(left) == len(texts)
    assert kept > len(texts) * 0.9
    assert "<script>alert" not in tried


async def test_only_an_administrator_erases_and_only_who_exports_brings(desk: Office) -> None:
    async with desk.at_work("paul") as client:
        page = (await client.get("/equipe/plateforme")).text
        assert "Tout effacer" not in page
        fields = {"csrf": csrf(page), "source": "cese"}
        assert (await client.post("/equipe/plateforme/effacer", data=fields)).status_code == 403
    async with desk.at_work("lise") as client:
        assert (await client.get("/equipe/plateforme/fichiers/x")).status_code == 403


async def test_a_file_goes_within_the_hour(desk: Office, tmp_path: Path) -> None:
    arrivals, now = Arrivals(tmp_path / "in", desk.keys), desk.clock.now
    first = arrivals.put(b"un", workbook=False, now=now)
    with arrivals.open(first) as file:
        assert file.read_bytes() == b"un"
    desk.clock.pass_by(minutes=61)
    arrivals.put(b"deux", workbook=True, now=desk.clock.now)
    for name in (first, "../parole.key", ""):
        with pytest.raises(StorageError), arrivals.open(name):
            pass
    assert len(list((tmp_path / "in").iterdir())) == 1
    name = desk.desk.memory.arrivals.put(b"trois", workbook=False, now=desk.clock.now)
    desk.clock.pass_by(minutes=61)
    desk.desk.workroom.tidy()
    with pytest.raises(StorageError), desk.desk.memory.arrivals.open(name):
        pass
