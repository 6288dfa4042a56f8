"""People who write in another language: one sentence in theirs, once, and their words kept."""

from __future__ import annotations

import asyncio
import csv
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import exports_cases as cases
import pytest
from replay import NOON, through_bytes, wording
from talks import conversation, words
from test_transcripts import GUIDES

from bot import engine
from bot.channels.web_talk import RIGHT_TO_LEFT
from bot.languages import MUCH_LATER
from bot.model import Answer, Conversation, Message, Part, Reply, Spot, State, Turn
from bot.wording import foreign_sentences
from exports.code_names import LANGUAGES
from nlu import language as telling
from nlu import scripts
from nlu.language import language
from nlu.understand import Understanding
from tests.web_service import OURS, Person, Service, field

SENTENCES = foreign_sentences()
ASKED_FOR = set("ar en es pt ro ru uk tr fa ps so sq bn ta zh it de".split())  # noqa: SIM905
PARC = GUIDES["parc"]
ENGLISH = "I do not know what I should write here"
ARABIC = "لا أعرف ماذا يجب أن أكتب هنا"
GREEK = "Δεν ξέρω τι πρέπει να γράψω εδώ"


def test_each_language_has_its_one_sentence() -> None:
    assert set(SENTENCES) == ASKED_FOR
    assert len(set(SENTENCES.values())) == len(ASKED_FOR)


@pytest.mark.parametrize("code", sorted(ASKED_FOR))
def test_a_sentence_is_short_and_recognised_as_its_own_language(code: str) -> None:
    sentence = SENTENCES[code]
    assert language(sentence) == code
    assert 20 <= len(sentence) <= 200
    assert "\n" not in sentence
    assert "{" not in sentence
    assert sentence[-1] in ".।。"


def test_every_language_that_may_be_recognised_has_a_name_in_the_exports() -> None:
    told = {*telling.LATIN, *telling.ARABIC, *telling.CYRILLIC, *scripts.ONE_LANGUAGE.values()}
    assert {*told, *scripts.ARABIC, "zh"} == set(LANGUAGES)


def test_a_language_without_a_sentence_is_told_in_english() -> None:
    said = wording().say(Reply("language", {"language": "el"}), PARC)
    assert (said.text, said.language) == (SENTENCES["en"], "en")
    assert wording().say(Reply("help"), PARC).language is None


# --- when it is said ---


def begun(**more: object) -> Conversation:
    return conversation(**{"guide": "parc", "at": Spot("qui"), **more})


def says(talk: Conversation, text: str, *, later: timedelta = timedelta(0), **more: str) -> Turn:
    message = Message("web", "someone", f"m{later}{text[:9]}", text, **more)
    heard = asyncio.run(Understanding(None).understand(message))
    return engine.advance(PARC, through_bytes(talk), heard, NOON + later)


def told(turn: Turn) -> list[str]:
    return [reply.values["language"] for reply in turn.replies if reply.key == "language"]


def test_it_comes_first_and_once() -> None:
    turn = says(begun(), ENGLISH)
    assert [reply.key for reply in turn.replies] == ["language", "refusal.choice"]
    assert turn.replies[1].choices
    again = says(turn.conversation, "But I really want to say something")
    assert told(again) == []
    other = says(again.conversation, ARABIC)
    assert told(other) == ["ar"]
    assert told(says(other.conversation, ENGLISH)) == []
    assert told(says(other.conversation, GREEK)) == ["el"]


def test_a_refusal_much_later_says_it_again() -> None:
    talk = says(begun(), ENGLISH).conversation
    assert told(says(talk, ENGLISH, later=MUCH_LATER - timedelta(minutes=1))) == []
    again = says(talk, ENGLISH, later=MUCH_LATER)
    assert told(again) == ["en"]
    assert told(says(again.conversation, ENGLISH, later=MUCH_LATER * 1.5)) == []
    idea = replace(agreed(talk), at=Spot("idee"))
    assert told(says(idea, ENGLISH, later=MUCH_LATER * 9)) == []  # an answer, kept


@pytest.mark.parametrize(
    "text", ["yes", "no", "ok", "gracias", "thank you", "merci", "jsui pa dacor ki decide", "..."]
)
def test_a_word_or_two_and_french_say_nothing(text: str) -> None:
    assert told(says(begun(), text)) == []


@pytest.mark.parametrize("place", ["Noirmoutier en l'île", "mas de Tence"])
def test_the_name_of_a_place_is_of_no_language(place: str) -> None:
    turn = says(replace(agreed(begun()), at=Spot("ville")), place)
    assert language(place) not in (None, "fr")  # it would be taken for another one
    assert Spot("ville") in turn.conversation.answers
    assert told(turn) == []


def test_a_person_who_opens_in_another_language_is_told() -> None:
    heard = asyncio.run(
        Understanding(None).understand(Message("telegram", "someone", "m1", ARABIC))
    )
    turn = engine.start(PARC, begun(at=None), NOON, heard)
    assert [reply.key for reply in turn.replies] == ["language", "say", "ask"]
    assert turn.conversation.told_in == {"ar": NOON}
    assert told(says(turn.conversation, ARABIC)) == []


def test_nothing_but_the_numbers_is_said_to_somebody_in_danger() -> None:
    talk = replace(agreed(begun()), at=Spot("idee"))
    message = Message("web", "someone", "m1", f"{ENGLISH}. je veux mourir")
    heard = asyncio.run(Understanding(None).understand(message))
    turn = engine.advance(PARC, talk, replace(heard, language="en"), NOON)
    assert [reply.key for reply in turn.replies] == ["danger"]


def test_starting_again_forgets_it() -> None:
    talk = replace(says(begun(), ENGLISH).conversation, pending="restart")
    again = says(talk, "oui")
    assert again.afresh
    assert again.conversation.told_in == {}
    assert told(says(again.conversation, ENGLISH)) == ["en"]


def test_nothing_is_said_of_the_questions_once_there_are_none() -> None:
    over = replace(agreed(begun()), at=None, finished=True)
    assert told(says(over, ENGLISH)) == []


# --- the language of what is kept ---


def agreed(talk: Conversation) -> Conversation:
    yes = Answer(State.ANSWERED, NOON, ("yes",), ("Oui, je suis d'accord",), version="1")
    here = Answer(State.ANSWERED, NOON, ("habitant",), ("J'habite ici",))
    return replace(talk, answers={Spot("qui"): here, Spot("accord"): yes})


def test_an_answer_is_in_the_language_of_its_longest_message() -> None:
    spanish = Part("m1", "Me gustaría una fuente", "es")
    french = Part("m2", "Je voudrais une fontaine près des bancs", "fr")
    unknown = Part("m3", "?" * 99)
    for parts, code in (
        ((spanish, french, unknown), "fr"), ((spanish, unknown), "es"), ((unknown,), None),
    ):  # fmt: skip
        assert Answer(State.ANSWERED, NOON, parts=parts).language == code


def test_an_edited_message_changes_the_language() -> None:
    talk = replace(agreed(begun()), at=Spot("idee"))
    kept = says(talk, "Me gustaría tener una fuente aquí").conversation
    [part] = kept.answers[Spot("idee")].parts
    assert part.language == "es"
    edited = says(kept, "Je voudrais une fontaine ici", edits=part.message).conversation
    assert edited.answers[Spot("idee")].language == "fr"


def test_a_caption_has_a_language_too() -> None:
    message = Message("telegram", "someone", "m1", ENGLISH, media="photo")
    assert asyncio.run(Understanding(None).understand(message)).language == "en"


def test_the_words_of_a_closed_question_have_none() -> None:
    turn = says(replace(agreed(begun()), at=Spot("ville")), "ile d'yeu")
    assert turn.conversation.answers[Spot("ville")].language is None


def test_it_is_stored_in_clear_beside_the_sealed_words(store, engine) -> None:  # type: ignore[no-untyped-def]
    answer = words("Me gustaría una fuente")
    spanish = replace(answer, parts=(replace(answer.parts[0], language="es"),))
    talk = conversation(answers={Spot("a"): spanish, Spot("b"): words("?")}, told_in={"es": NOON})
    with store.hold("web", "someone") as held:
        held.save("m1", Turn(talk, ()), push=False)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("select step, language from answers order by step").all()
    assert [tuple(row) for row in rows] == [("a", "es"), ("b", None)]
    [same] = store.conversations()
    assert same == talk


# --- the page, the API and the exports ---


@pytest.mark.anyio
async def test_the_api_tells_the_language_of_what_is_not_french(web: Service) -> None:
    async with web.client() as client:
        person = await Person.begins(client)
        await person.says(ARABIC)
        first, *rest = person.replies
        assert first["text"] == SENTENCES["ar"]
        assert (first["language"], first["direction"]) == ("ar", "rtl")
        assert [choice["label"] for choice in first["choices"]] == ["Stop", "Tout effacer"]
        assert not any("language" in reply for reply in rest)
        thread = (await client.get("/api/messages", headers=person.bearer)).json()["messages"]
        again = next(one for one in thread if one["text"] == SENTENCES["ar"])
        assert (again["language"], again["direction"]) == ("ar", "rtl")
        await person.touches("Tout effacer")
        await person.touches("Oui, tout effacer")


@pytest.mark.anyio
async def test_the_page_says_the_language_and_the_direction(web: Service) -> None:
    async with web.client(follow_redirects=True, headers=OURS) as browser:
        page = (await browser.post("/discussion")).text
        sent = {"id": field(page, "id"), "text": ARABIC}
        page = (await browser.post("/discussion/message", data=sent)).text
    assert '<p class="bubble" lang="ar" dir="rtl"><span class="unseen" lang="fr">' in page
    assert page.count(' lang="ar"') == 1


def test_what_is_written_from_right_to_left() -> None:
    assert {
        code for code in SENTENCES if "\u0600" <= SENTENCES[code][0] <= "\u06ff"
    } == RIGHT_TO_LEFT


def test_the_language_leaves_with_the_answers(tmp_path: Path) -> None:
    spanish = cases.participation(
        {**cases.CONSENTED, Spot("idea"): cases.said("Una fuente para todos", language="es")},
        cases.CAMILLE.contributions[:1],
    )
    cases.export("csv-excel", tmp_path, lambda: iter([spanish]))
    for file, title in (("Contributions.csv", "Texte"), ("Reponses.csv", "Mots tapés")):
        with (tmp_path / "csv-excel" / file).open(encoding="utf-8-sig", newline="") as lines:
            rows = [*csv.DictReader(lines, delimiter=";")]
        [one] = [row for row in rows if row[title] == "Una fuente para todos"]
        assert one["Langue"] == "Espagnol"
