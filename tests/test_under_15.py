"""Nobody under 15 types a text that is kept, whatever they do and in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay import through_bytes, wording
from walks import GUIDES, NOON, start, understood

from bot import engine
from bot.guide import Open
from bot.model import Conversation, Message, Spot, Turn

CESE = GUIDES["cese-2022"]
SPEAK = wording()
TOO_YOUNG = ["non", "moins de 15 ans", "12 ans", "14", "j'ai 9 ans"]
TEXTS = ["j'ai une idée", "Je suis élève à Lille et je veux aider.", "je m'appelle Karim",
         "éduc spé en MECS dans le 59 depuis 3 ans", "Mon école est trop petite."]  # fmt: skip
WISHES = ["retour", "corriger", "corriger 1", "corriger 2", "passer", "mes réponses", "aide",
          "terminer", "pause", "je ne sais pas", "effacer", "oui", "plus simple"]  # fmt: skip
AGAIN = ["reprendre", "recommencer"]  # from the first question: the age is asked again
TYPED = st.sampled_from([*TEXTS, *TEXTS, *WISHES])
EDITS = st.tuples(st.integers(1, 12), st.sampled_from(TEXTS))


def say(talk: Conversation, text: str, number: int, edits: str | None = None) -> Turn:
    heard = understood(Message("web", "someone", f"m{number}", text, edits=edits))
    return engine.advance(CESE, through_bytes(talk), heard, NOON)


def played(*texts: str) -> Conversation:
    talk = start(CESE).conversation
    for number, text in enumerate(texts, 1):
        talk = say(talk, text, number).conversation
    return talk


def kept(talk: Conversation) -> set[str]:
    return {part.text for answer in talk.answers.values() for part in answer.parts}


@pytest.mark.parametrize("age", TOO_YOUNG)
def test_kind_words_and_where_to_go(age: str) -> None:
    turn = say(played("seul"), age, 2)
    said = " ".join(SPEAK.say(reply, CESE).text for reply in turn.replies)
    for word in ("Merci", "parents", "adulte de confiance", "119"):
        assert word in said
    assert turn.conversation.finished
    assert not turn.conversation.answers
    assert turn.afresh
    assert turn.said == ""


@settings(max_examples=60, deadline=None)
@given(
    age=st.sampled_from(TOO_YOUNG),
    script=st.lists(TYPED | EDITS | st.sampled_from(AGAIN), max_size=10),
)
def test_no_text_is_taken_and_nothing_is_kept(
    age: str, script: list[str | tuple[int, str]]
) -> None:
    talk = played("seul", age)
    for number, act in enumerate(script, 3):
        text, edits = (act[1], f"m{act[0]}") if isinstance(act, tuple) else (act, None)
        turn = say(talk, text, number, edits)
        talk = turn.conversation
        if talk.answers.get(Spot("age")):
            return  # asked again from the start, the person says another age
        assert not kept(talk)
        assert turn.said == ""
        assert talk.withheld is None
        assert talk.at is None or not isinstance(CESE.step(talk.at), Open)


@settings(max_examples=60, deadline=None)
@given(
    way=st.sampled_from(["typed", "edit"]),
    script=st.lists(st.sampled_from([*TEXTS, *WISHES]) | EDITS, max_size=8),
)
def test_an_age_corrected_after_the_agreement_takes_no_text_either(
    way: str, script: list[str | tuple[int, str]]
) -> None:
    told = "Un long récit de mon stage en ville."
    talk = played("seul", "18 ans", "oui", "autre", "passer", "passer", "la formation", told)
    talk = say(talk, "corriger 2", 9).conversation
    if way == "edit":
        talk = say(say(talk, "16 ans", 10).conversation, "12 ans", 11, edits="m10").conversation
    else:
        talk = say(talk, "12 ans", 10).conversation
    assert talk.pending == "barred"
    before = kept(talk)
    for number, act in enumerate(script, 12):
        text, edits = (act[1], f"m{act[0]}") if isinstance(act, tuple) else (act, None)
        turn = say(talk, text, number, edits)
        if turn.erase or text == "non":
            return  # confirmed, or a mistake: the age is asked again
        talk = turn.conversation
        assert talk.pending == "barred"
        assert kept(talk) == before
        assert turn.said == ""


def test_a_mistake_is_put_right_by_saying_the_age_again() -> None:
    talk = played("seul", "18 ans", "oui", "corriger 2", "12 ans", "non")
    assert talk.at == Spot("age")
    assert talk.pending is None
    assert say(talk, "18 ans", 9).conversation.at == Spot("public")
