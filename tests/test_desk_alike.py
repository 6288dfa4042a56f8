"""What both sides have nearly word for word, at the desk: found, looked at, said, kept."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import fastexcel
import httpx
import jsonschema
import pytest
from hostile import CORPUS
from sqlalchemy import delete, func, select

from bot.curated import Outside
from bot.staff import Act, Role
from exports.canonical import canonical
from exports.fusion.received import RECEIVED
from exports.tables.jsonl import schema
from storage.desk_tables import pairs
from storage.tables import conversations
from tests.desk_contributions import contributes
from tests.desk_service import Office, csrf, office

pytestmark = pytest.mark.anyio
DAY = date(2026, 3, 4)
OURS = "Il faut mieux payer les éducatrices et les éducateurs de rue, vite."
PAGE = "/equipe/plateforme/ressemblances"


@pytest.fixture
async def desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_template, tmp_path) as made:
        made.hire("paul", [Role.EXPORT], code=True)
        contributes(made, 1, OURS)
        contributes(made, 2, "Des formations plus longues, près de chez nous, pour tout le monde.")
        contributes(made, 3, "Tout autre chose : des trains de nuit.")
        made.desk.memory.outsides.take("plateforme", [
            Outside("plateforme", "op/1", "proposal", OURS.upper(), "Payer"),
            Outside("plateforme", "op2", "proposal",
                    "Des formations plus longues près de chez nous pour tout le mode"),
            Outside("plateforme", "op3", "proposal", "<script>alert(1)</script> rien à voir"),
        ], DAY)  # fmt: skip
        yield made


async def compares(desk: Office, client: httpx.AsyncClient) -> str:
    token = csrf((await client.get(PAGE)).text)
    await client.post(PAGE, data={"csrf": token})
    desk.desk.comparing.wait(10)
    return (await client.get(PAGE)).text


async def says(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    token = csrf((await client.get(PAGE)).text)
    return await client.post(f"{PAGE}/dire", data={"csrf": token, **fields})


async def test_both_sides_are_compared_and_what_is_said_stays(desk: Office) -> None:
    async with desk.at_work("paul") as client:
        assert "Rien n’est encore comparé" in (await client.get(PAGE)).text
        page = await compares(desk, client)
        assert "3 des nôtres avec 3 des siennes" in page
        assert "2 des nôtres, dont 1 mot pour mot" in page
        assert page.index("P-000001") < page.index("P-000002")
        assert OURS.upper() in page
        said = await says(client, ours="P-000001", theirs="plateforme:op/1", what="meme")
        assert said.headers["location"] == PAGE
        await says(client, ours="P-000002", theirs="plateforme:op2", what="autre")
        page = (await client.get(PAGE)).text
        assert re.findall(r"(À décider|C’est la même|Ce n’est pas la même)[\s\u00a0]*: (\d)",
                          page) == [("À décider", "0"), ("C’est la même", "1"),
                                    ("Ce n’est pas la même", "1")]  # fmt: skip
        assert "Dit par paul" in (await client.get(f"{PAGE}?voir=meme")).text
        its = (await client.get("/equipe/plateforme/contribution?reference=plateforme:op/1")).text
        assert "c’est la même que" in its
        ours = (await client.get("/equipe/contributions/P-000001")).text
        assert "Aussi sur l’autre plateforme" in ours
        # The text changed on the platform: what was said of it stays.
        desk.desk.memory.outsides.take(
            "plateforme", [Outside("plateforme", "op/1", "proposal", OURS + " Merci.")], DAY
        )
        await compares(desk, client)
        assert "Merci" in (await client.get(f"{PAGE}?voir=meme")).text
        await says(client, ours="P-000001", theirs="plateforme:op/1", what="oublier", voir="meme")
        assert list(desk.desk.memory.pairs.every()) == [("P-000002", "plateforme:op2")]
    lines = [(line.who, line.what, dict(line.about)) for line in desk.desk.memory.journal.lines()]
    assert ("paul", Act.COMPARED, {"contributions": 3}) in lines
    assert ("paul", Act.MATCHED, {"reference": "P-000001", "source": "plateforme",
                                  "said": "meme"}) in lines  # fmt: skip


async def test_what_was_said_goes_with_the_person_and_with_the_platform(desk: Office) -> None:
    memory = desk.desk.memory
    memory.pairs.say("P-000001", "plateforme:op/1", True, "paul", DAY)
    memory.pairs.say("P-000002", "plateforme:op2", False, "paul", DAY)
    async with desk.at_work("paul") as client:
        await compares(desk, client)
        with desk.engine.begin() as connection:
            gone = delete(conversations).where(conversations.c.reference == "REF-0001")
            connection.execute(gone)
        page = (await client.get(f"{PAGE}?voir=meme")).text
        assert OURS.upper() not in page
        assert list(memory.pairs.every()) == [("P-000002", "plateforme:op2")]
    memory.outsides.forget("plateforme")
    with desk.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(pairs)) == 0


@pytest.mark.parametrize("fields", [
    {"ours": "P-000001", "theirs": "plateforme:op9", "what": "meme"},
    {"ours": "P-000099", "theirs": "plateforme:op2", "what": "meme"},
    {"ours": "rien", "theirs": "plateforme:op2", "what": "meme"},
])  # fmt: skip
async def test_what_is_not_there_cannot_be_said(desk: Office, fields: dict[str, str]) -> None:
    async with desk.at_work("paul") as client:
        assert (await says(client, **fields)).status_code == 404
        wrong = {**fields, "what": "peut-etre"}
        assert (await says(client, **wrong)).status_code == 422
    assert desk.desk.memory.pairs.every() == {}


async def test_a_guide_that_is_lost_is_said(desk: Office) -> None:
    contributes(desk, 4, "Encore une idée.", version="999")
    async with desk.at_work("paul") as client:
        assert 'role="alert"' in await compares(desk, client)


async def test_what_was_received_is_taken_away_with_what_was_said(desk: Office) -> None:
    memory = desk.desk.memory
    texts = {f"h{n}": text for n, one in enumerate(CORPUS) if (text := "".join(one.texts))}
    clean = {id: canonical(text) for id, text in texts.items()}
    memory.outsides.take("hostile", [Outside("hostile", id, "experience", text)
                                     for id, text in clean.items()], DAY)  # fmt: skip
    memory.pairs.say("P-000001", "plateforme:op2", True, "paul", DAY)
    memory.pairs.say("P-000003", "plateforme:op2", False, "paul", DAY)
    async with desk.at_work("paul") as client:
        lines = await client.get("/equipe/plateforme/recu/jsonl")
        book = await client.get("/equipe/plateforme/recu/xlsx")
        assert (await client.get("/equipe/plateforme/recu/exe")).status_code == 422
    rows = [json.loads(line) for line in lines.content.splitlines()]
    for row in rows:
        jsonschema.validate(row, schema(RECEIVED))
    assert len(rows) == 3 + len(clean)
    found = {row["reference"]: row for row in rows}
    assert found["plateforme:op2"]["same_as"] == ["P-000001"]
    assert {id: found[f"hostile:{id}"]["text"] for id in clean} == clean
    sheets = fastexcel.read_excel(book.content)
    assert sheets.sheet_names == ["Lisez-moi", "Plateforme", "Ressemblances"]
    read = sheets.load_sheet("Plateforme").to_polars()
    assert read.height == len(rows)
    one = read.filter(read["Contribution"] == "plateforme:op/1")
    assert one["Texte"].to_list() == [OURS.upper()]
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        assert b"<f>" not in b"".join(parts.read(n) for n in parts.namelist() if "sheet" in n)
    [first, second] = desk.desk.memory.journal.lines(what=Act.EXPORT_TAKEN)
    assert second.about["sha256"] == hashlib.sha256(lines.content).hexdigest()
    assert (first.about["format"], first.about["contributions"]) == ("plateforme-xlsx", len(rows))
    assert list(desk.desk.workroom.folder.iterdir()) == []
