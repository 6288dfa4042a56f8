"""One gentle question when an answer is very short, and never a second one."""

from __future__ import annotations

import pytest
from replay import through_bytes
from walks import NOON, understood

from bot import engine
from bot.guide_file import read_guide
from bot.model import Answer, Conversation, Message, Part, Spot, State, Turn

GUIDE = read_guide(
    """
guide: essai
version: "1"
title: Essai
sections:
  - id: a
    title: A
    steps:
      - {id: recit, kind: open, question: "Que dire ?", probe: "Un exemple ?", probe_under: 4}
      - {id: mot, kind: open, several: false, question: "Un mot ?", probe: "Encore ?"}
      - {id: fin, kind: yes_no, question: "Fini ?"}
""",
    "essai.yml",
)
RECIT, MOT = Spot("recit"), Spot("mot")


def talked(*texts: str) -> Turn:
    talk = Conversation("id", "K7QF-3M2P", "essai", "1", "web", NOON, at=RECIT)
    for number, text in enumerate(texts):
        heard = understood(Message("web", "someone", f"m{number}", text))
        turn = engine.advance(GUIDE, through_bytes(talk), heard, NOON)
        talk = turn.conversation
    return turn


def keys(turn: Turn) -> list[str]:
    return [reply.key for reply in turn.replies]


@pytest.mark.parametrize(("text", "asked"), [("Trois mots seuls", True), ("J'ai quatre mots ici", False)])  # fmt: skip  # noqa: E501
def test_it_is_asked_of_a_short_answer_only(text: str, asked: bool) -> None:
    turn = talked(text, "j'ai fini")
    assert ("probe" in keys(turn)) is asked
    assert turn.conversation.at == (RECIT if asked else MOT)


def test_what_is_added_goes_into_the_same_answer() -> None:
    turn = talked("Un stage", "j'ai fini", "Très dur", "j'ai fini")
    answer = turn.conversation.answers[RECIT]
    assert answer.text == "Un stage\nTrès dur"
    assert not answer.draft
    assert turn.conversation.at == MOT


def test_one_message_is_enough_where_one_is_expected() -> None:
    turn = talked("J'ai quatre mots ici", "j'ai fini", "Bois", "Le bois du parc")
    assert turn.conversation.answers[MOT].text == "Bois\nLe bois du parc"
    assert turn.conversation.at == Spot("fin")


@pytest.mark.parametrize("way", ["passer", "j'ai fini", "je ne sais pas"])
def test_it_may_be_passed_and_the_answer_stays(way: str) -> None:
    turn = talked("Un stage", "j'ai fini", way)
    assert turn.conversation.answers[RECIT].text == "Un stage"
    assert turn.conversation.at == MOT


def test_a_new_answer_is_not_probed_again() -> None:
    turn = talked("Un stage", "j'ai fini", "passer", "retour", "Un lieu", "j'ai fini")
    assert "probe" not in keys(turn)
    assert turn.conversation.answers[RECIT].text == "Un lieu"


def test_a_voice_message_has_said_enough() -> None:
    spoken = Answer(State.ANSWERED, NOON, parts=(Part("m0", "", origin="voice"),), draft=True)
    talk = Conversation("id", "K7QF-3M2P", "essai", "1", "web", NOON, at=RECIT, answers={RECIT: spoken})  # fmt: skip  # noqa: E501
    heard = understood(Message("web", "someone", "m1", "j'ai fini"))
    assert "probe" not in keys(engine.advance(GUIDE, talk, heard, NOON))
