"""The order of attempts, and that nothing it meets makes it raise."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UnderstandingError
from bot.model import Entity, Message
from nlu.rasa import Parsed, Rasa
from nlu.understand import Understanding


class Answering(Rasa):
    """Rasa answering one thing, and counting."""

    def __init__(self, parsed=None):
        super().__init__(url="http://127.0.0.1:9")
        self.parsed, self.asked = parsed, []

    async def parse(self, text):
        self.asked.append(text)
        if self.parsed is None:
            raise UnderstandingError("en panne")
        return self.parsed


JOB = Entity("job", "aes", "aes", "aes", 0, 3)


def heard(rasa=None, **said):
    message = Message("web", "someone", "m1", **said)
    return asyncio.run(Understanding(rasa).understand(message))


def test_a_button_is_its_choice_and_nothing_else():
    rasa = Answering(Parsed("skip", 0.9, ()))
    found = heard(rasa, choice="age.0:b", text="passer")
    assert (found.message, found.choice, found.text, found.intent) == ("m1", "age.0:b", "", None)
    assert rasa.asked == []


def test_a_voice_message_is_not_understood_but_is_seen():
    found = heard(media="voice")
    assert (found.media, found.intent, found.text) == ("voice", None, "")


def test_an_exact_word_needs_no_model():
    rasa = Answering(Parsed("skip", 0.9, ()))
    found = heard(rasa, text="Plus tard…", edits="m0")
    assert (found.intent, found.confidence, found.exact) == ("pause", 1.0, True)
    assert (found.text, found.edits, rasa.asked) == ("Plus tard…", "m0", [])


@pytest.mark.parametrize("text", ["", "   ", "😀", "👍👍", "…!?", "\u200b\u200b", "—"])
def test_nothing_to_read_is_no_intent(text):
    rasa = Answering(Parsed("affirm", 0.9, ()))
    found = heard(rasa, text=text)
    assert (found.intent, found.confidence, found.text, rasa.asked) == (None, 0.0, text, [])


def test_otherwise_rasa_says_with_the_places_and_the_language():
    rasa = Answering(Parsed("give_profile", 0.8, (JOB,)))
    found = heard(rasa, text="aes dans le nord, voilà")
    assert (found.intent, found.confidence, found.exact) == ("give_profile", 0.8, False)
    assert [e.kind for e in found.entities] == ["department", "job", "public"]
    assert heard(rasa, text="I want to talk about my job").language == "en"


@pytest.mark.parametrize("rasa", [None, Answering(None)])
def test_without_rasa_the_words_remain_and_the_places(rasa):
    found = heard(rasa, text="j'habite à Roubaix")
    assert (found.intent, found.text) == (None, "j'habite à Roubaix")
    assert [e.value for e in found.entities] == ["59"]


def test_yes_and_no_at_once_is_neither():
    rasa = Answering(Parsed("affirm", 0.9, ()))
    assert heard(rasa, text="oui non").intent is None
    assert rasa.asked == []


def test_a_place_in_a_sentence_is_believed_only_where_it_is_asked_for():
    for text in (
        "à Lille on manque de tout et surtout de temps",
        "alors moi je vis dans le 24 pas loin de bergerac",
    ):
        assert [e.sure for e in heard(text=text).entities if e.kind == "department"] == [False]


def test_a_story_names_no_department():
    assert heard(text="à Lille " + "on manque de tout et surtout de temps " * 5).entities == ()


@settings(deadline=None)
@given(st.text(max_size=300))
def test_never_raises(text):
    found = heard(text=text)
    assert found.text == text
    for entity in found.entities:
        assert text[entity.start : entity.end] == entity.text
