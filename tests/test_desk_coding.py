"""Coding at the desk: the codebook, passages, imports, agreement, and who may do what."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import exports_cases as cases
import httpx
import pytest
import refi_cases as refi
from refi_cases import CODES, DAY, NIGHT, TEXTS, TIME

from bot.curated import Coding, Reading
from bot.model import Event, Spot, Turn
from bot.staff import Act, Role
from desk.coding.passages import Piece, code_points, pieces
from exports.canonical import canonical
from exports.confidentiality import Profile
from exports.refi.project import RefiQda
from storage.conversations import SqlStore
from storage.desk.journal import Journal
from storage.guides import Guides
from storage.moderation.codebook import Codebook
from storage.moderation.codings import Codings
from storage.moderation.judgements import Judgements
from tests.desk_service import Office, csrf, office

pytestmark = pytest.mark.anyio
FIRST = canonical(TEXTS[1])
ONE, TWO = "P-000001", "P-000002"


def told(desk: Office) -> None:
    """Four people, each with one proposal, about a guide that is published."""
    source = cases.GUIDE.model_dump_json(exclude_unset=True, by_alias=True)
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    Guides(desk.engine).publish(cases.GUIDE.guide, cases.GUIDE.version, sha256, source)
    store = SqlStore(desk.engine, desk.keys)
    for number, one in enumerate(refi.participations(), start=1):
        talk = replace(one.conversation, id=f"c{number}")
        made = Event("contribution", Spot("idea"), "proposal")
        with store.hold("web", f"person {number}") as held:
            held.save("first", Turn(talk, (), (made,)), push=False)
    desk.hire("camille", [Role.MODERATION])
    desk.hire("dominique", [Role.MODERATION])
    desk.hire("louis", [Role.READING])


@pytest.fixture
async def desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_template, tmp_path) as made:
        told(made)
        Codebook(made.engine).take(CODES)
        yield made


async def send(
    client: httpx.AsyncClient, at: str, page: str = "/codage", **fields: str
) -> httpx.Response:
    token = csrf((await client.get(f"/equipe{page}")).text)
    return await client.post(f"/equipe{at}", data={"csrf": token, **fields})


def units(text: str, words: str) -> tuple[str, str]:
    """Where these words are, as a browser counts."""
    start = len(text[: text.index(words)].encode("utf-16-le")) // 2
    return str(start), str(start + len(words.encode("utf-16-le")) // 2)


async def mark(
    client: httpx.AsyncClient, words: str, code: str = TIME, of: str = ONE
) -> httpx.Response:
    start, end = units(FIRST, words)
    there = f"/codage/texte/{of}"
    return await send(client, there, there, code=code, start=start, end=end)


async def test_a_passage_after_an_emoji_is_kept_in_code_points(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        answer = await mark(client, "relève la nuit 🌙", NIGHT)
        assert answer.headers["location"] == f"/equipe/codage/texte/{ONE}#texte"
        shown = (await client.get(f"/equipe/codage/texte/{ONE}")).text
    [(_, coding)] = Codings(desk.engine, desk.keys).of(ONE)
    today = desk.clock.now.date()
    start = FIRST.index("relève")
    assert coding == Coding(NIGHT, start, start + 16, "camille", today, words="relève la nuit 🌙")
    marked = f'<mark class="c-{NIGHT}" data-places="0" title="Relève &amp; nuit">'
    assert f"{marked}relève la nuit 🌙</mark>" in shown
    acts = [(line.what, line.about.get("reference")) for line in Journal(desk.engine).lines()]
    assert (Act.CODED, ONE) in acts
    assert (Act.CONTRIBUTION_READ, ONE) in acts


@pytest.mark.parametrize(
    ("start", "end"), [("", ""), ("0", "0"), ("5", "2"), ("1", "9"), ("0", "9999"), ("a", "b")]
)
async def test_what_is_not_a_passage_is_refused_and_nothing_kept(
    desk: Office, start: str, end: str
) -> None:
    there = f"/codage/texte/{ONE}"
    async with desk.at_work("camille") as client:
        answer = await send(client, there, there, code=TIME, start=start, end=end)
    assert answer.status_code == 422
    assert "électionnez" in answer.text
    assert Codings(desk.engine, desk.keys).of(ONE) == []


async def test_others_are_shown_when_asked_and_keep_their_passages(desk: Office) -> None:
    async with desk.at_work("camille") as client:
        await mark(client, "temps")
    async with desk.at_work("dominique") as client:
        shown = (await client.get(f"/equipe/codage/texte/{ONE}")).text
        assert "<mark" not in shown
        both = (await client.get(f"/equipe/codage/texte/{ONE}?de=camille")).text
        assert '<mark class="c-' in both
        assert "Retirer" not in both
        [(id, _)] = Codings(desk.engine, desk.keys).of(ONE)
        await send(client, f"/codage/texte/{ONE}/{id}", f"/codage/texte/{ONE}")
        assert len(Codings(desk.engine, desk.keys).of(ONE)) == 1
    async with desk.at_work("camille") as client:
        await send(client, f"/codage/texte/{ONE}/{id}", f"/codage/texte/{ONE}")
    assert Codings(desk.engine, desk.keys).of(ONE) == []


async def test_a_text_that_changed_shows_what_to_code_again(desk: Office) -> None:
    codings, store = Codings(desk.engine, desk.keys), SqlStore(desk.engine, desk.keys)
    codings.add(ONE, [refi.passage(FIRST, "temps", TIME), refi.passage(FIRST, "nuit", NIGHT)])
    with store.hold("web", "person 1") as held:
        talk = held.conversation
        assert talk is not None
        answers = {**talk.answers, Spot("idea"): cases.said("Bien plus de temps. Et le jour.")}
        held.save("second", Turn(replace(talk, answers=answers), ()), push=False)
    there = f"/codage/texte/{ONE}"
    async with desk.at_work("camille") as client:
        shown = (await client.get(f"/equipe{there}")).text
        assert re.search(r"à coder à nouveau\s: le texte a changé", shown)
        assert re.search(r"<mark[^>]*>temps</mark>", shown)
        assert [one.start for _, one in codings.of(ONE)] == [13, FIRST.index("nuit")], (
            "reading changes nothing"
        )
        await send(client, there, there, code=NIGHT, start="0", end="4")
    kept = {(one.code, one.start, one.end, one.words) for _, one in codings.of(ONE)}
    assert kept == {(TIME, 13, 18, "temps"), (NIGHT, 0, 0, ""), (NIGHT, 0, 4, "Bien")}


async def test_the_codebook_is_made_and_changed(desk: Office) -> None:
    book = Codebook(desk.engine)
    async with desk.at_work("camille") as client:
        await send(client, "/codage/themes", name="Écoute", definition="", parent=TIME)
        [new] = [one for one in book.codes() if one.name == "Écoute"]
        assert new.parent == TIME
        refused = await send(client, "/codage/themes", name=" ÉCOUTE ", definition="", parent="")
        assert refused.status_code == 422
        assert "s&#39;appelle déjà ainsi" in refused.text
        to = f"/codage/themes/{new.id}"
        await send(
            client, to, action="save", name="Écouter", definition="Être là", colour="#112233"
        )
        await send(client, to, action="up", to="")
        await send(client, to, action="place", to="")
        await mark(client, "temps", new.id)
        asked = await send(client, to, action="delete")
        assert "Oui, supprimer ce thème partout" in asked.text
        asked = await send(client, to, action="merge", to=NIGHT)
        assert "On ne peut pas revenir en arrière" in asked.text
        assert (await send(client, to, action="merge", to="")).status_code == 422
        assert new.id in {one.id for one in book.codes()}
        await send(client, to, action="merge", to=NIGHT, confirmed="oui")
        assert (await send(client, to, action="up")).status_code == 422
        assert (await send(client, to, action="fly")).status_code in (400, 422)
    assert [one.coding.code for one in Codings(desk.engine, desk.keys).of(ONE)] == [NIGHT]
    assert book.codes() == CODES


async def test_a_project_is_brought_back_with_its_counts(desk: Office, tmp_path: Path) -> None:
    cases.written(RefiQda(), refi.snapshot(), Profile.INTERNAL, tmp_path)
    octets = (tmp_path / "refi-qda" / "projet.qdpx").read_bytes()
    async with desk.at_work("camille") as client:
        token = csrf((await client.get("/equipe/codage")).text)
        answers = [
            await client.post(
                "/equipe/codage/import",
                data={"csrf": token},
                files={"file": ("projet.qdpx", sent, "application/zip")},
            )
            for sent in (octets, b"<html>")
        ]
    assert "Passages codés : 6 dans le fichier, 6 gardés, 0 déjà là." in answers[0].text
    assert answers[1].status_code == 422
    assert "Ce fichier n&#39;est ni un projet" in answers[1].text
    assert len(list(Codings(desk.engine, desk.keys).every())) == 6


async def test_next_agreement_and_colours(desk: Office) -> None:
    codings = Codings(desk.engine, desk.keys)
    for coder in ("camille", "dominique"):
        codings.add(ONE, [refi.passage(FIRST, "temps", TIME, coder)])
    codings.add(ONE, [refi.passage(FIRST, "nuit", NIGHT)])
    async with desk.at_work("camille") as client:
        following = await client.get(f"/equipe/codage/suivante?apres={TWO}")
        assert following.headers["location"] == "/equipe/codage/texte/P-000003"
        agreement = (await client.get("/equipe/codage/accord")).text
        assert "camille et dominique" in agreement
        assert "Jugements" in agreement
        css = await client.get("/equipe/codage/couleurs.css")
        assert css.headers["content-type"].startswith("text/css")
        assert css.text == "".join(f".c-{one.id}{{--c:{one.colour}}}\n" for one in CODES)
        assert (await client.get("/equipe/codage/texte/P-000099")).status_code == 404
        assert (await client.get("/equipe/codage/texte/rien")).status_code == 404
        assert (await client.get("/equipe/codage/suivante?apres=x")).status_code == 404


async def test_who_reads_may_look_and_change_nothing(desk: Office) -> None:
    async with desk.at_work("louis") as client:
        shown = (await client.get(f"/equipe/codage/texte/{ONE}")).text
        assert 'id="giving"' not in shown
        assert "Créer un thème" not in (await client.get("/equipe/codage")).text
        for to in ("/codage/themes", f"/codage/themes/{TIME}", f"/codage/texte/{ONE}"):
            assert (await send(client, to, name="x", action="up")).status_code == 403


async def test_hostile_words_stay_words(desk: Office) -> None:
    store = SqlStore(desk.engine, desk.keys)
    hostile = "</div><script>alert(1)</script>\u202e<img src=x onerror=alert(2)>"
    talk = replace(
        next(refi.participations()).conversation, id="c9", reference="REF-9",
        answers={**next(refi.participations()).conversation.answers,
                 Spot("idea"): cases.said(hostile), Spot("headline"): cases.said(hostile)},
    )  # fmt: skip
    with store.hold("web", "person 9") as held:
        made = Event("contribution", Spot("idea"), "proposal")
        held.save("first", Turn(talk, (), (made,)), push=False)
    Codebook(desk.engine).add("<script>alert(3)</script>")
    async with desk.at_work("camille") as client:
        for page in ("/codage", "/codage/texte/P-000005"):
            shown = (await client.get(f"/equipe{page}")).text
            assert "<script>alert" not in shown
            assert "<img" not in shown


def test_a_text_is_cut_where_passages_begin_and_end() -> None:
    codings = [
        Coding("a", 0, 6, "x", DAY), Coding("b", 2, 4, "x", DAY), Coding("b", 2, 4, "y", DAY),
        Coding("c", 0, 0, "x", DAY),
    ]  # fmt: skip
    assert list(pieces("abcdefgh", codings)) == [
        Piece("ab", ("a",), (0,)), Piece("cd", ("a", "b"), (0, 1, 2)), Piece("ef", ("a",), (0,)),
        Piece("gh", ()),
    ]  # fmt: skip
    assert list(pieces("", [])) == []


def test_units_of_a_browser_are_not_code_points() -> None:
    text = "👩🏽‍🏫 à"
    assert [code_points(text, units) for units in (0, 2, 4, 5, 7, 8, 9)] == [0, 1, 2, 3, 4, 5, 6]
    for wrong in (1, 3, 6, 10, -1):
        with pytest.raises(ValueError, match=r"place|decode"):
            code_points(text, wrong)


async def test_nothing_to_code_is_kept_seen_and_undone(desk: Office) -> None:
    there, read = f"/codage/texte/{TWO}", f"/codage/lue/{TWO}"
    async with desk.at_work("camille") as client:
        assert "Rien à coder ici" in (await client.get(f"/equipe{there}")).text
        await send(client, read, there)
        shown = (await client.get(f"/equipe{there}")).text
        assert re.search(r"Vous avez lu ce texte\s: rien à coder", shown)
        assert "Vous avez lu 1 contribution sur 4" in shown
        following = await client.get("/equipe/codage/suivante?apres=P-000001")
        assert following.headers["location"] == "/equipe/codage/texte/P-000003"
        await mark(client, "temps")
        refused = await send(client, f"/codage/lue/{ONE}", there)
        assert refused.status_code == 422
        assert "déjà donné un thème" in refused.text
    async with desk.at_work("dominique") as client:
        assert "Rien à coder, pour camille" in (await client.get(f"/equipe{there}")).text
        await send(client, read, there, undo="oui")
        assert Judgements(desk.engine).readers(TWO) == ["camille"], "each their own"
    async with desk.at_work("camille") as client:
        await send(client, read, there, undo="oui")
    assert Judgements(desk.engine).readers(TWO) == []


async def test_words_that_change_are_to_be_read_again(desk: Office) -> None:
    store, judged = SqlStore(desk.engine, desk.keys), Judgements(desk.engine)
    for reference in (ONE, TWO):
        judged.read(reference, Reading("camille", DAY))
    with store.hold("web", "person 1") as held:
        talk = held.conversation
        assert talk is not None
        answers = {**talk.answers, Spot("idea"): cases.said("Bien plus de temps.")}
        held.save("second", Turn(replace(talk, answers=answers), ()), push=False)
    assert (judged.readers(ONE), judged.readers(TWO)) == ([], ["camille"])


async def test_a_note_is_written_beside_ones_own_passage(desk: Office) -> None:
    codings, there = Codings(desk.engine, desk.keys), f"/codage/texte/{ONE}"
    codings.add(ONE, [refi.passage(FIRST, "temps", TIME), refi.passage(FIRST, "nuit", NIGHT, "d")])
    mine, theirs = (id for id, _ in codings.of(ONE))
    async with desk.at_work("camille") as client:
        await send(client, f"{there}/{mine}/note", there, note=" à <revoir>\r\nbientôt ")
        shown = (await client.get(f"/equipe{there}")).text
        lines = Journal(desk.engine).lines()
        assert [line.about for line in lines if line.what == Act.CODED] == [{"reference": ONE}]
        assert '<p class="note">à &lt;revoir&gt;\nbientôt</p>' in shown
        assert (await send(client, f"{there}/{theirs}/note", there, note="x")).status_code == 404
        assert (await send(client, f"{there}/x/note", there, note="x")).status_code in (400, 422)
        too_long = await send(client, f"{there}/{mine}/note", there, note="x" * 10_001)
        assert "trop longue" in too_long.text
    assert [one.note for _, one in codings.of(ONE)] == ["à <revoir>\nbientôt", ""]


async def test_the_last_theme_is_undone_and_an_imported_one_is_not(desk: Office) -> None:
    codings, there = Codings(desk.engine, desk.keys), f"/codage/texte/{ONE}"
    codings.add(ONE, [refi.passage(FIRST, "nuit", NIGHT, origin="imported")])
    async with desk.at_work("camille") as client:
        assert 'id="undo"' not in (await client.get(f"/equipe{there}")).text
        for words in ("temps", "Plus"):
            await mark(client, words)
        last = max(id for id, _ in codings.of(ONE))
        shown = (await client.get(f"/equipe{there}")).text
        assert f'id="undo" method="post" action="/equipe{there}/{last}"' in shown


async def test_the_codebook_is_taken_and_brought_as_a_sheet(desk: Office) -> None:
    book = Codebook(desk.engine)
    async with desk.at_work("louis") as client:
        answer = await client.get("/equipe/codage/themes.csv")
        assert answer.headers["content-disposition"] == 'attachment; filename="themes.csv"'
        assert answer.content.startswith(b"\xef\xbb\xbfth")
        assert (await client.get("/equipe/codage/themes.qdc")).content.startswith(b"<?xml")
        assert (await client.get("/equipe/codage/themes.exe")).status_code == 404
    async with desk.at_work("camille") as client:
        token = csrf((await client.get("/equipe/codage")).text)
        more = answer.content + "Écoute;Temps;Être là;\r\n".encode()
        sent = {"file": ("themes.csv", more, "text/csv")}
        told_of = await client.post("/equipe/codage/import", data={"csrf": token}, files=sent)
    assert re.search(r"Thèmes\s: 4 dans le fichier, dont 1 nouveaux ici", told_of.text)
    [new] = [one for one in book.codes() if one.name == "Écoute"]
    assert (new.parent, new.definition) == (TIME, "Être là")
    assert len(book.codes()) == 4


async def test_disagreements_lead_to_the_texts(desk: Office) -> None:
    codings = Codings(desk.engine, desk.keys)
    codings.add(ONE, [refi.passage(FIRST, "temps", TIME)])
    Judgements(desk.engine).read(ONE, Reading("dominique", DAY))
    async with desk.at_work("camille") as client:
        shown = (await client.get("/equipe/codage/accord")).text
        assert f'href="/equipe/codage/texte/{ONE}?de=camille&amp;de=dominique"' in shown
        assert "1 désaccord." in shown
        other = (await client.get(f"/equipe/codage/accord?theme={NIGHT}&page=9")).text
        assert "Aucun désaccord sur ce thème" in other
