"""The first page of the desk: what awaits each person, and nothing that they may not do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.curated import Decision, Order, Stage
from bot.finding import Entry, Standing
from bot.staff import GUARDED, Act, Role
from desk.awaiting import Facts, of_mine, tasks
from desk.overview.counting import Tallies
from desk.overview.tables import missed
from desk.roles import ROUTES
from storage.search.searching import Searching
from tests.desk_contributions import GUIDE, contributes
from tests.desk_service import Office, office

pytestmark = pytest.mark.anyio
DAY = date(2026, 4, 2)
NAMED = "J’ai vu Madame Dupont, au 06 12 34 56 78, pleurer."
TASK = re.compile(
    r'<li><a href="([^"]+)">(?:<strong class="count">(\d+)</strong> )?.*?class="what">([^<]+)'
)


@pytest.fixture
async def desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_template, tmp_path) as made:
        for login, role in (("louis", Role.READING), ("lise", Role.MODERATION),
                            ("eva", Role.EXPORT), ("ada", Role.ADMINISTRATION)):  # fmt: skip
            made.hire(login, [role], code=role in GUARDED)
        yield made


async def home(desk: Office, login: str) -> str:
    assert desk.desk.memory.indexing.wait(20)
    desk.desk.memory.indexing.refresh(now=True)
    async with desk.at_work(login) as client:
        await client.get("/equipe/")
        assert desk.desk.memory.alike.wait(20)
        desk.desk.following.wait(20)
        return (await client.get("/equipe/")).text


def told(page: str) -> list[tuple[str, str, str]]:
    """Where each line leads, its number, what it says. The template breaks no line inside one."""
    return TASK.findall(page)


async def test_nobody_came_yet_says_what_to_prepare(desk: Office) -> None:
    for login, targets in (("lise", True), ("louis", False)):
        page = await home(desk, login)
        assert "Personne n’a encore répondu" in page
        assert "parole link" in page
        assert "parole staff add" in page
        assert ('href="/equipe/objectifs"' in page) is targets
        assert "Ce qui vous attend" not in page


async def test_each_role_is_told_its_own_work(desk: Office) -> None:
    contributes(desk, 1, "Il faut plus de temps la nuit pour les éducatrices des foyers.")
    contributes(desk, 2, "Il faut plus de temps la nuit, pour les éducatrices des foyers !")
    contributes(desk, 3, NAMED)
    moderator = told(await home(desk, "lise"))
    assert moderator == [
        ("/equipe/file", "3", "contributions à relire"),
        ("/equipe/file?personnes=oui", "1", "texte où chercher des noms"),
        ("/equipe/doublons", "1", "groupe de textes presque pareils"),
    ]
    assert told(await home(desk, "louis")) == [
        ("/equipe/contributions", "3", "contributions à lire")
    ]
    assert "Rien ne vous attend" in await home(desk, "ada")
    theme = desk.desk.memory.codebook.add("Le temps")
    assert ("/equipe/codage/suivante", "3", "contributions à coder") in told(
        await home(desk, "lise")
    )
    assert theme.id


async def test_when_all_is_decided_it_says_so(desk: Office) -> None:
    reference = contributes(desk, 1, "Plus de temps.")
    desk.desk.memory.curations.decide(reference, Decision.PUBLISHED, "fine", "lise", 0)
    page = await home(desk, "lise")
    assert "Rien ne vous attend" in page
    assert told(page) == []


async def test_what_came_since_the_last_visit(desk: Office) -> None:
    contributes(desk, 1, "Plus de temps.")
    contributes(desk, 2, "Plus de lits.")
    first, second = [told(await home(desk, "louis")) for _ in range(2)]
    assert first == [("/equipe/contributions", "2", "contributions à lire")]
    [(_, count, said)] = second
    assert count == "2"
    assert re.fullmatch(r"contributions depuis le \d\d/\d\d/\d{4}", said)
    assert "Dont 2" not in await home(desk, "lise")
    assert "Dont 2 depuis le " in await home(desk, "lise")


async def test_the_queue_of_those_that_name_somebody(desk: Office) -> None:
    contributes(desk, 1, "Plus de temps.")
    contributes(desk, 2, NAMED)
    contributes(desk, 3, NAMED + " Encore.")
    await home(desk, "lise")
    async with desk.at_work("lise") as client:
        page = (await client.get("/equipe/file?personnes=oui")).text
        assert 'data-these="P-000002 P-000003"' in page
        assert 'data-count="2"' in page
        assert (await client.get("/equipe/file/suite?personnes=oui")).json()["count"] == 2
        assert (await client.get("/equipe/file/suite")).json()["count"] == 3
        fields = dict(re.findall(r'name="(csrf|seen|to)" value="([^"]*)"', page))
        assert fields["to"] == "personnes"
        sent = {**fields, "decision": "published"}
        answer = await client.post("/equipe/contributions/P-000002/decision", data=sent)
        assert answer.headers["location"].endswith("&personnes=oui")
        following = (await client.get(answer.headers["location"])).text
        assert 'data-these="P-000003"' in following
        assert "Annuler pour P-000002" in following


def order(id: str, stage: Stage, who: str = "eva", file: str | None = None) -> Order:
    return Order(id, "interne", ("csv",), {}, who, datetime.now(UTC), stage, file=file)


async def test_exports_wait_for_who_asked_until_they_are_taken(desk: Office) -> None:
    contributes(desk, 1, "Plus de temps.")
    packages, now = desk.desk.memory.packages, desk.clock.now
    asked = packages.ask("eva", "partenaire", ["csv"], {}, now)
    packages.ask("lise", "interne", ["csv"], {}, now)
    packages.failed(asked.id, "disque plein", now)
    page = await home(desk, "eva")
    failed = (f"/equipe/exports/{asked.id}", "", "L’export « partenaire » n’a pas abouti")
    assert told(page)[0] == failed
    assert page.count("/equipe/exports/") == 1


def test_which_exports_are_still_to_be_looked_at() -> None:
    every = [
        order("a", Stage.DONE, file="a.zip"), order("b", Stage.DONE, file="b.zip"),
        order("c", Stage.DONE), order("d", Stage.FAILED), order("e", Stage.FAILED, "louis"),
        order("f", Stage.RUNNING),
    ]  # fmt: skip
    mine = of_mine(every, "eva", frozenset({"b"}))
    assert [one.id for one in mine] == ["a", "d", "f"]
    told = tasks(Facts(orders=mine), lambda _: True)
    assert [one.what.partition(" » ")[2] for one in told] == [
        "est prêt", "n’a pas abouti", "est en cours"
    ]  # fmt: skip


def test_every_line_leads_to_a_route_and_nobody_sees_more_than_they_may() -> None:
    standing, missing = Standing(9, 1, 5, 1, 2), ("Nord", "Sud", "Est", "Ouest")
    facts = Facts(standing, DAY, 3, 1, [order("a", Stage.SEEN)], missing)
    every = tasks(facts, lambda _: True)
    assert {one.route for one in every} <= set(ROUTES)
    assert [one.count for one in every] == [None, 5, 2, 3, 1, 4]
    assert every[1].more == "Dont 1 depuis le 02/04/2026."
    assert every[-1].more == "Nord, Sud, Est et 1 autre."
    assert tasks(facts, lambda _: False) == []
    [reader] = tasks(facts, lambda route: route == "contributions")
    assert (reader.count, reader.what) == (1, "contribution depuis le 02/04/2026")
    assert tasks(Facts(), lambda _: True) == []


async def test_targets_that_are_missed_are_named(desk: Office) -> None:
    for n in range(1, 8):
        contributes(desk, n, f"Plus de temps, {n}.")
    hoped = {("departement", "59"): 5, ("departement", "75"): 10, ("departement", "13"): 3}
    desk.desk.memory.overview.set_targets(GUIDE, hoped)
    lines = told(await home(desk, "louis"))
    assert ("/equipe/suivi#objectifs", "2", "objectifs pas encore atteints") in lines
    guide = desk.desk.guides.current(GUIDE)
    assert missed(Tallies(GUIDE, ""), guide, {}) == ()


def test_the_index_counts_what_waits() -> None:
    entry = Entry(1, "P-000001", "c1", "R1", GUIDE, "proposal", DAY, text="mots")
    search = Searching()
    search.put(
        ["c1"],
        [
            entry,
            replace(entry, number=2, reference="P-000002", personal=True),
            replace(entry, number=3, reference="P-000003", made_on=DAY + timedelta(days=1)),
            replace(entry, number=4, reference="P-000004", decision=Decision.PUBLISHED),
            replace(entry, number=5, reference="P-000005", decision=Decision.BINNED),
            replace(entry, number=6, reference="P-000006", complete=False),
            replace(entry, number=7, reference="P-000007", merged_into="P-000001"),
        ],
    )
    assert search.counts(DAY + timedelta(days=1)) == Standing(4, 1, 3, 1, 1)
    assert search.waiting(0, 9, personal=True) == (["P-000002"], 1)
    assert Searching().counts(DAY) == Standing(0, 0, 0, 0, 0)


async def test_the_first_page_writes_nothing_of_what_was_read(desk: Office) -> None:
    contributes(desk, 1, "Plus de temps.")
    await home(desk, "lise")
    assert desk.desk.memory.journal.lines(what=Act.CONTRIBUTION_READ.value) == []
