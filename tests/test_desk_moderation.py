"""Contributions at the desk: found, read, decided, masked, joined; what is written of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.curated import Decision
from bot.staff import Act, Role
from desk.moderating import masks
from nlu import personal
from storage.conversations import SqlStore
from storage.desk.journal import Journal
from storage.moderation.curations import Curations
from storage.moderation.present import Present
from tests.desk_contributions import contributes, heard
from tests.desk_service import Office, csrf, office

pytestmark = pytest.mark.anyio
NAMED = "J'ai vu Madame Dupont, au 06 12 34 56 78, pleurer la nuit."
MASKED = "J'ai vu Madame [une personne], au [un téléphone], pleurer la nuit."
ONE, TWO, THREE = "P-000001", "P-000002", "P-000003"


@pytest.fixture
async def desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_template, tmp_path) as made:
        made.hire("camille", [Role.MODERATION])
        made.hire("louis", [Role.READING])
        contributes(made, 1, NAMED)
        contributes(made, 2, "Des éducatrices formées, plus de temps la nuit.")
        contributes(made, 3, "Des éducatrices formées, plus de temps la nuit !",
                    topic=("salaires", "Les salaires"))  # fmt: skip
        assert made.desk.memory.indexing.wait(60)
        yield made


def stamp(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found, page
    return found.group(1)


async def send(client: httpx.AsyncClient, of: str, act: str, **fields: object) -> httpx.Response:
    shown = (await client.get(f"/equipe/contributions/{of}")).text
    given = {"csrf": csrf(shown), "seen": stamp(shown), **fields}
    return await client.post(f"/equipe/contributions/{of}/{act}", data=given)


def stands(desk: Office, of: str):
    found = Present(desk.engine, desk.keys).one(of)
    assert found is not None
    return found.of(of)


def acts(desk: Office) -> list[tuple[str, dict[str, str | int]]]:
    return [(line.what, dict(line.about)) for line in Journal(desk.engine).lines()]


async def test_found_by_words_and_by_filters(desk: Office) -> None:
    async with desk.at_work("louis") as client:
        found = unescape((await client.get("/equipe/contributions?q=éducateur")).text)
        assert "<strong>2</strong> contributions" in found
        assert ONE not in found
        only = unescape((await client.get("/equipe/contributions?topic=salaires")).text)
        assert "<strong>1</strong> contribution." in only
        assert THREE in only
        named = (await client.get("/equipe/contributions?personal=oui")).text
        assert ONE in named
        assert TWO not in named
        part = await client.get("/equipe/contributions?q=zzz", headers={"HX-Request": "true"})
        assert "<html" not in part.text
        assert "Aucune contribution ici." in part.text
        alike = (await client.get(f"/equipe/contributions?comme={TWO}")).text
        assert f"{THREE}</a>" in alike
        assert "Dupont" not in found + only + named
        for odd in ("?page=-1", "?page=999999999999", "?tri=x", "?decision=x'--", "?q=%00\"*(",
                    "?comme=';", "?topic=%F0%9F%98%80"):  # fmt: skip
            assert (await client.get(f"/equipe/contributions{odd}")).status_code == 200
    both = {"contributions": 2, "references": f"{TWO} {THREE}"}
    assert (Act.CONTRIBUTION_READ, both) in acts(desk)


async def test_a_decision_with_its_reason_is_told_and_undone(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        answer = await send(client, ONE, "decision", decision="hidden.private")
        assert answer.headers["location"] == f"/equipe/contributions/{ONE}"
        assert (stands(desk, ONE).decision, stands(desk, ONE).reason) == ("hidden", "private")
        assert heard(desk, 1) == ["hidden.private"]
        shown = unescape((await client.get(f"/equipe/contributions/{ONE}")).text)
        assert "Détails trop personnels" in shown
        assert "par camille" in shown
        await send(client, ONE, "annuler")
        assert stands(desk, ONE).decision is Decision.WAITING
        assert heard(desk, 1) == []
        for decision, reason in (("hidden", ""), ("hidden", "ready"), ("binned", "zzz")):
            refused = await send(client, ONE, "decision", decision=f"{decision}.{reason}")
            assert refused.status_code == 409
            assert "Choisissez une raison" in refused.text
        assert (await send(client, ONE, "decision", decision="burnt")).status_code == 422
    assert (Act.DECIDED, {"reference": ONE, "decision": "hidden", "reason": "private"}) in acts(
        desk
    )
    assert (Act.CONTRIBUTION_READ, {"reference": ONE}) in acts(desk)


async def test_two_moderators_at_the_same_time(desk: Office) -> None:
    desk.hire("dominique", [Role.MODERATION])
    async with desk.at_work("camille") as one, desk.at_work("dominique") as other:
        shown = (await other.get(f"/equipe/contributions/{ONE}")).text
        await send(one, ONE, "decision", decision="published")
        given = {"csrf": csrf(shown), "seen": stamp(shown)}
        late = await other.post(
            f"/equipe/contributions/{ONE}/decision",
            data={**given, "decision": "binned.test"},
        )
        assert late.status_code == 409
        assert "a décidé entre-temps" in late.text
        json = await other.post(
            f"/equipe/contributions/{ONE}/decision",
            data={**given, "decision": "binned.test"},
            headers={"Accept": "application/json"},
        )
        assert json.status_code == 409
        assert "entre-temps" in json.json()["problem"]
    assert stands(desk, ONE).decision is Decision.PUBLISHED


async def test_the_author_changes_the_text_meanwhile(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        shown = (await client.get(f"/equipe/contributions/{ONE}")).text
        contributes_again(desk)
        late = await client.post(
            f"/equipe/contributions/{ONE}/decision",
            data={"csrf": csrf(shown), "seen": stamp(shown), "decision": "published"},
        )
    assert late.status_code == 409
    assert "La personne a changé son texte" in unescape(late.text)
    assert stands(desk, ONE).decision is Decision.WAITING


def contributes_again(desk: Office) -> None:
    from dataclasses import replace

    from bot.model import Event, Spot, Turn
    from tests.desk_contributions import words

    with SqlStore(desk.engine, desk.keys).hold("web", "person 1") as held:
        talk = held.conversation
        assert talk is not None
        answers = {**talk.answers, Spot("proposition"): words("Autre chose.")}
        corrected = Event("corrected", Spot("proposition"))
        held.save("m2", Turn(replace(talk, answers=answers), (), (corrected,)), push=False)


async def test_words_are_masked_one_by_one(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        shown = unescape((await client.get(f"/equipe/contributions/{ONE}")).text)
        assert ">Dupont<" in shown
        assert shown.count('name="mask"') == 2
        await send(client, ONE, "texte", mask=["2"], also="LA  NUIT")
        assert (
            stands(desk, ONE).text == "J'ai vu Madame Dupont, au [un téléphone], pleurer [masqué]."
        )
        await send(client, ONE, "texte", own="oui")
        assert stands(desk, ONE).text is None
        await send(client, ONE, "texte", mask=["1", "2", "99", "x"])
        assert stands(desk, ONE).text == MASKED
        await send(client, ONE, "decision", decision="published")
    assert stands(desk, ONE).reason == "masked"
    assert heard(desk, 1) == ["published.masked"]


async def test_publishing_takes_the_masks_of_the_card_along(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        page = unescape((await client.get(f"/equipe/contributions/{ONE}")).text)
        form = re.search(r'<form id="texte-P-000001".*?</form>', page, re.DOTALL)
        assert form
        assert 'name="masks"' in form[0]
        assert 'name="also"' in form[0]
        button = re.search(r"<button[^>]*data-act=\"publish\"[^>]*>", page)
        assert button
        assert 'form="texte-P-000001"' in button[0]
        assert "/decision" in button[0]
        given = {"masks": "oui", "decision": "published"}
        await send(client, ONE, "decision", **given, mask=["2"], also="LA  NUIT")
        mine = stands(desk, ONE)
        assert mine.text == "J'ai vu Madame Dupont, au [un téléphone], pleurer [masqué]."
        assert (mine.decision, mine.reason) == (Decision.PUBLISHED, "masked")
        assert heard(desk, 1) == ["published.masked"]
        await send(client, ONE, "annuler")  # both at once, as they were done
        mine = stands(desk, ONE)
        assert (mine.decision, mine.text) == (Decision.WAITING, None)
        await send(client, TWO, "decision", **given)
        mine = stands(desk, TWO)
        assert (mine.decision, mine.reason, mine.text) == (Decision.PUBLISHED, "ready", None)
        gone = await send(client, THREE, "decision", **given, also="x" * 501)
        assert gone.status_code == 422
        assert stands(desk, THREE).decision is Decision.WAITING


async def test_a_title_is_masked_as_the_text_is(desk: Office) -> None:
    contributes(desk, 4, "Elle pleurait chez Zorbec.", title="Madame Dupont, chez Zorbec")
    of, clean = "P-000004", "[une personne], chez [masqué]"
    async with desk.at_work("camille") as client:
        page = unescape((await client.get(f"/equipe/contributions/{of}")).text)
        assert 'value="title.1" checked' in page
        await send(client, of, "texte", masks="oui", mask=["title.1"], also="zorbec")
        mine = stands(desk, of)
        assert mine.short == {"title": f"Madame {clean}"}
        assert mine.text == "Elle pleurait chez [masqué]."
        page = unescape((await client.get(f"/equipe/contributions/{of}")).text)
        assert "<strong>texte relu</strong>, titre" in page
        desk.desk.memory.indexing.refresh(now=True)
        found = (await client.get("/equipe/contributions")).text
        assert "Dupont, chez" not in found
        assert f"Madame {clean}" in found
        await send(client, of, "texte", own="oui")
        assert stands(desk, of).short == {}
        given = {"masks": "oui", "decision": "published"}
        for wrong in ("title.99", "autre.1", "title.", ".", "x"):
            await send(client, of, "decision", **given, mask=["title.1", wrong])
        assert stands(desk, of).short == {"title": "Madame [une personne], chez Zorbec"}
        assert stands(desk, of).reason == "masked"
    assert (Act.TEXT_CONFIRMED, {"reference": of, "words": "text title"}) in acts(desk)


async def test_every_decision_takes_the_masks_along(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        given = {"masks": "oui", "mask": ["1", "2"], "also": "nuit"}
        masked = MASKED.replace("nuit", "[masqué]")
        await send(client, ONE, "decision", **given, decision="hidden.private")
        assert (stands(desk, ONE).text, stands(desk, ONE).decision) == (masked, "hidden")
        await send(client, ONE, "annuler")
        assert stands(desk, ONE).text is None
        await send(client, ONE, "reunir", **given, into=TWO)
        assert (stands(desk, ONE).text, stands(desk, ONE).merged_into) == (masked, TWO)
        await send(client, TWO, "decision", masks="oui", decision="hidden.private")
        assert stands(desk, TWO).text is None, "nothing was ticked: nothing is confirmed"


async def test_duplicates_are_joined_and_separated(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        shown = unescape((await client.get(f"/equipe/contributions/{TWO}")).text)
        assert re.search(rf"{THREE}</a> <strong>9\d %", shown)
        await send(client, TWO, "reunir", into=THREE.lower())
        assert stands(desk, TWO).merged_into == THREE
        circle = await send(client, THREE, "reunir", into=TWO)
        assert circle.status_code == 409
        assert "déjà la même" in circle.text
        queue = (await client.get("/equipe/file")).text
        assert f"{ONE} {THREE}" in queue
        await send(client, TWO, "separer")
    assert stands(desk, TWO).merged_into is None


async def test_the_queue_without_a_script(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        page = (await client.get("/equipe/file")).text
        assert f'data-these="{ONE} {TWO} {THREE}"' in page
        given = {"csrf": csrf(page), "seen": stamp(page), "to": "file", "decision": "published"}
        to = await client.post(f"/equipe/contributions/{ONE}/decision", data=given)
        page = unescape((await client.get(to.headers["location"])).text)
        assert f"{ONE}\u00a0: publiée." in page
        assert f'data-these="{TWO} {THREE}"' in page
        back = re.search(r'class="undo".*?name="seen" value="([^"]+)"', page)
        assert back
        given = {"csrf": csrf(page), "seen": back.group(1), "to": "file"}
        await client.post(f"/equipe/contributions/{ONE}/annuler", data=given)
        assert stands(desk, ONE).decision is Decision.WAITING
        more = (await client.get(f"/equipe/file/suite?apres={ONE}")).json()
        assert more == {"these": [TWO, THREE, ONE], "count": 3}
        card = await client.get(f"/equipe/file/{TWO}")
        assert "<html" not in card.text
    assert (Act.CONTRIBUTION_READ, {"reference": TWO, "near": THREE}) in acts(desk)


async def test_the_conversation_is_read_on_demand_and_noted(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        shown = (await client.get(f"/equipe/contributions/{ONE}")).text
        assert 'class="thread"' not in shown
        whole = await send(client, ONE, "conversation")
        assert 'class="thread"' in whole.text
        assert "REF-0001" in whole.text
    assert (Act.TRANSCRIPT_READ, {"reference": ONE}) in acts(desk)


async def test_who_reads_may_look_and_change_nothing(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        token = stamp((await client.get(f"/equipe/contributions/{ONE}")).text)
    async with desk.at_work("louis") as client:
        shown = unescape((await client.get(f"/equipe/contributions/{ONE}")).text)
        assert "[une personne]" in shown
        assert "Madame Dupont" not in shown
        assert "<form" not in shown.partition("<main")[2]
        given = {"csrf": csrf(shown), "seen": token, "decision": "published"}
        for act in ("decision", "texte", "reunir", "separer", "annuler", "conversation"):
            to = f"/equipe/contributions/{ONE}/{act}"
            assert (await client.post(to, data=given)).status_code == 403
        for page in ("/equipe/file", f"/equipe/file/{ONE}", "/equipe/file/suite"):
            assert (await client.get(page)).status_code == 403
    assert stands(desk, ONE).decision is Decision.WAITING


async def test_erased_or_withheld_it_is_not_there(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        assert ONE in (await client.get("/equipe/contributions")).text
        SqlStore(desk.engine, desk.keys).forget("web", "person 1")
        desk.desk.memory.indexing.refresh(now=True)
        assert ONE not in (await client.get("/equipe/contributions")).text
        for of in (ONE, "P-000099", "E-000002", "rien", "P-2"):
            assert (await client.get(f"/equipe/contributions/{of}")).status_code == 404
            assert (await client.get(f"/equipe/file/{of}")).status_code == 404
        Curations(desk.engine, desk.keys, lambda *_, **__: ()).decide(
            TWO, Decision.BINNED, "test", "louis", 0
        )
        desk.desk.memory.indexing.refresh(now=True)
        assert f'data-these="{THREE}"' in (await client.get("/equipe/file")).text


@pytest.mark.parametrize(
    ("leaving", "masked"),
    [(MASKED, {1, 2}), (NAMED, set()),
     ("J'ai vu Madame Dupont, au [un téléphone], pleurer la nuit.", {2})],
)  # fmt: skip
def test_what_is_masked_is_seen_in_what_leaves(leaving: str, masked: set[int]) -> None:
    cut = masks.pieces(NAMED, leaving, personal)
    assert {one.number for one in cut if one.masked} == masked
    assert "".join(one.words for one in cut) == NAMED
    assert masks.written(cut, masked) == leaving
    assert masks.written(cut, {1, 2}) == MASKED


def test_a_text_masked_further_is_shown_as_it_leaves() -> None:
    further = MASKED.replace("la nuit", "[masqué]")
    cut = masks.pieces(NAMED, further, personal)
    assert "".join(one.words for one in cut) == further
    assert not any(one.masked for one in cut)
    assert masks.written(cut, (), ("vu", "  ", "(")) == further.replace("vu", "[masqué]")
    assert masks.pieces("", "", personal) == []


PARTS = ("Madame Dupont", "06 12 34 56 78", " ", "\n", "[une personne]", "et", ".*", "\\", "👩🏽‍🏫",
         "zoe@exemple.fr")  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PARTS), max_size=8), st.data())
def test_whatever_the_text_it_is_shown_as_it_leaves(parts: list[str], data: st.DataObject) -> None:
    words = "".join(parts)
    cut = masks.pieces(words, words, personal)
    assert "".join(one.words for one in cut) == words
    chosen = {one.number for one in cut if one.number and data.draw(st.booleans())}
    leaving = masks.written(cut, chosen)
    now = masks.pieces(words, leaving, personal)
    assert masks.written(now, {one.number for one in now if one.masked}) == leaving
