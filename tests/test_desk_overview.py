"""The overview and its targets through the desk: at once, counted in the background."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from desk_crowd import GUIDE, answered, people
from sqlalchemy import Engine

from bot.staff import Act, Role
from storage.conversations import SqlStore
from storage.desk.overview import Overview
from storage.sealing.keys import Keys
from tests.desk_service import Office, csrf, office

pytestmark = pytest.mark.anyio
PAGE = f"/equipe/suivi?guide={GUIDE}"
TARGETS = f"/equipe/objectifs?guide={GUIDE}"


@pytest.fixture
async def desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_template, tmp_path) as made:
        made.hire("louis", [Role.READING])
        made.hire("lise", [Role.MODERATION])
        yield made


async def counted(client: httpx.AsyncClient, desk: Office, page: str = PAGE) -> str:
    """The page once everybody is counted."""
    await client.get(page)
    await asyncio.to_thread(desk.desk.following.wait, 20)
    return (await client.get(page)).text


async def test_nobody_yet_says_what_to_do(desk: Office) -> None:
    async with desk.at_work("louis") as client:
        shown = await counted(client, desk, "/equipe/suivi")
        assert "Personne n’a encore répondu" in shown
        assert "parole link" in shown


async def test_figures_are_kept_until_they_are_old_or_asked_for(desk: Office) -> None:
    answered(desk, people(40))
    async with desk.at_work("louis") as client:
        first = await client.get(PAGE)
        assert first.status_code == 200
        shown = await counted(client, desk)
        assert "<dd>40</dd>" in shown
        assert "Calculé le" in shown
        for part in ("Par jour", "Par canal", "Par département", "Par lien d’arrivée", "aide",
                     "Langue des textes", "Étape par étape", "Sans réponse"):  # fmt: skip
            assert part in shown
        at = desk.desk.following.figures
        await counted(client, desk)
        assert desk.desk.following.figures is at
        token = csrf(shown)
        answer = await client.post("/equipe/suivi", data={"csrf": token, "guide": GUIDE})
        assert answer.headers["location"] == PAGE
        await asyncio.to_thread(desk.desk.following.wait, 20)
        assert desk.desk.following.figures is not at
    async with desk.at_work("louis") as client:
        at = replace(desk.desk.following.figures, seconds=0.1)
        desk.desk.following.figures = at
        desk.clock.pass_by(seconds=10)
        await counted(client, desk)
        assert desk.desk.following.figures is at
        desk.clock.pass_by(seconds=20)
        await counted(client, desk)
        after = desk.desk.following.figures
        assert after is not at
        desk.desk.following.figures = replace(after, seconds=30)
        desk.clock.pass_by(minutes=9)  # a long count stays for longer
        await counted(client, desk)
        assert desk.desk.following.figures.at == after.at
        desk.clock.pass_by(minutes=2)
        await counted(client, desk)
        assert desk.desk.following.figures.at > after.at


async def test_small_numbers_never_reach_the_page(desk: Office) -> None:
    answered(desk, people(40))  # three of them play
    async with desk.at_work("lise") as client:
        token = csrf((await client.get(TARGETS)).text)
        fields = {"csrf": token, "new": "uses|play", "wanted": "30"}
        assert (await client.post(TARGETS, data=fields)).status_code == 200
        shown = await counted(client, desk)
    assert "&lt; 5 sur 30" in shown
    assert ">3<" not in shown


async def test_targets_by_hand_and_from_a_file(desk: Office) -> None:
    answered(desk, people(40))
    memory = desk.desk.memory.overview
    async with desk.at_work("lise") as client:
        token = csrf((await client.get(TARGETS)).text)

        async def keep(**fields: str) -> httpx.Response:
            named = {name.replace("__", "|"): value for name, value in fields.items()}
            return await client.post(TARGETS, data={"csrf": token, **named})

        async def bring(content: bytes) -> httpx.Response:
            to = TARGETS.replace("?", "/fichier?")
            files = {"file": ("objectifs.csv", content, "text/csv")}
            return await client.post(to, data={"csrf": token}, files=files)

        await keep(new="uses|walk", wanted="50")
        await keep(n__uses__walk="60", new="place|59", wanted="1 000")
        assert memory.targets(GUIDE) == {("uses", "walk"): 60, ("place", "59"): 1000}
        wrong = await keep(n__uses__walk="beaucoup")
        assert (wrong.status_code, memory.targets(GUIDE)["uses", "walk"]) == (422, 60)
        assert (await keep(new="uses|fly", wanted="3")).status_code == 422
        brought = await bring(
            "question;réponse;objectif\nUsages;marcher;25\nplace;2A;12\n".encode()
        )
        assert "2 objectifs" in brought.text
        assert memory.targets(GUIDE) == {("uses", "walk"): 25, ("place", "2A"): 12}
        for line, said in ((b"uses;fly;3", "existe pas"), (b"uses;walk", "trois colonnes"),
                           (b"uses;walk;-3", "pas un nombre")):  # fmt: skip
            answer = await bring(b"question;reponse;objectif\n" + line)
            assert answer.status_code == 422
            assert "Ligne 2" in answer.text
            assert said in answer.text
        await keep(n__uses__walk="", n__place__2A="12")
        assert memory.targets(GUIDE) == {("place", "2A"): 12}
    assert [line.who for line in desk.desk.memory.journal.lines(what=Act.TARGETS_CHANGED)]
    async with desk.at_work("louis") as client:
        assert (await client.get(TARGETS)).status_code == 403


def test_targets_are_of_one_guide(engine: Engine, keys: Keys) -> None:
    memory = Overview(engine, keys)
    memory.set_targets("one", {("uses", "walk"): 5, ("place", "59"): 2})
    memory.set_targets("two", {("uses", "walk"): 7})
    memory.set_targets("one", {("place", "59"): 3})
    assert memory.targets("one") == {("place", "59"): 3}
    assert memory.targets("two") == {("uses", "walk"): 7}
    assert (memory.days(), memory.guides()) == ({}, [])


async def test_only_the_days_that_changed_are_read_again(desk: Office) -> None:
    crowd = people(40)
    answered(desk, crowd)
    memory, following = desk.desk.memory.overview, desk.desk.following

    def recounted() -> int:
        following.refresh()
        following.wait(20)
        assert following.figures is not None
        assert following.figures.participations == len(crowd)
        return following.done

    assert await asyncio.to_thread(recounted) == 40
    assert await asyncio.to_thread(recounted) == 0
    before = memory.days()
    last = crowd.pop()
    store = SqlStore(desk.engine, desk.keys)
    assert store.forget(last.conversation.channel, f"person {len(crowd)}")
    [changed] = [day for day in before if memory.days().get(day) != before[day]]
    assert await asyncio.to_thread(recounted) == len(list(memory.of_day(changed)))
