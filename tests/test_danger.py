"""A danger is never left without the numbers, whatever becomes of the words."""

from __future__ import annotations

import pytest
from walks import GUIDES, NOON

from bot import engine
from bot.model import Answer, Conversation, Heard, Part, Spot, State

CESE = GUIDES["cese-2022"]
AGREED = {
    Spot("qui_repond"): Answer(State.ANSWERED, NOON, ("seul",), ("Moi",)),
    Spot("age"): Answer(State.ANSWERED, NOON, ("yes",), ("Oui",)),
    Spot("accord"): Answer(State.ANSWERED, NOON, ("yes",), ("Oui",)),
    Spot("recit"): Answer(State.ANSWERED, NOON, parts=(Part("m1", "Avant"),)),
}
CRY = "je veux mourir"


def at(step: str) -> Conversation:
    return Conversation("id", "K7QF-3M2P", CESE.guide, CESE.version, "web", NOON,
                        at=Spot(step), answers=AGREED)  # fmt: skip


def heard(text: str, **more: object) -> Heard:
    return Heard("m2", text, intent="distress_self", confidence=1.0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("recit", heard(CRY)),
        ("titre", heard(CRY + " encore" * 200)),  # refused: too long for a title
        ("public", heard(CRY)),
        ("public", heard("Autre")),
        ("recit", heard(CRY, media="photo")),
        ("departement", heard(CRY, edits="m1")),
        ("departement", heard(CRY, edits="unknown")),
    ],
)
def test_the_numbers_are_shown_once(step: str, said: Heard) -> None:
    turn = engine.advance(CESE, at(step), said, NOON)
    assert [reply.key for reply in turn.replies].count("danger") == 1


def test_a_doubtful_alarm_says_nothing() -> None:
    doubt = Heard("m2", CRY, intent="distress_self", confidence=0.2)
    turn = engine.advance(CESE, at("recit"), doubt, NOON)
    assert "danger" not in [reply.key for reply in turn.replies]
