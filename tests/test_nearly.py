"""A choice half said is that choice, before anything a model believes."""

from __future__ import annotations

import pytest
from walks import GUIDES, NOON

from bot import engine
from bot.answers import Asked, Read, read
from bot.model import Answer, Conversation, Heard, Refusal, Spot, State

CESE = GUIDES["cese-2022"]


def said(step: str, text: str) -> Read | Refusal:
    asked = CESE.steps[step]
    return read(Asked(asked, asked.options), Heard("m", text))


@pytest.mark.parametrize(
    ("step", "text", "value"),
    [
        ("annee", "2e", "deuxieme"),
        ("annee", "2eme", "deuxieme"),
        ("annee", "1ère", "premiere"),
        ("annee", "la 3e", "troisieme"),
        ("annee", "ben je suis en 2e, je l'ai écrit plus haut", "deuxieme"),
        ("qui_repond", "moi", "seul"),
        ("qui_repond", "y a juste moi", "seul"),
        ("qui_repond", "je répond moi toute seule, pour moi", "seul"),
        ("qui_repond", "j'élève mes deux filles seule et c'est moi qui écris", "seul"),
        ("soutien", "pour mon lojement", "logement"),
        ("soutien", "la prefecture et mon titre de séjour", "budget"),
        ("sujet", "la formasion", "formation"),
        ("sujet", "la place des personne", "participation"),
    ],
)
def test_a_choice_half_said_is_chosen(step: str, text: str, value: str) -> None:
    found = said(step, text)
    assert isinstance(found, Read)
    assert found.values == (value,)


@pytest.mark.parametrize(
    ("step", "text"),
    [("public", "rien"), ("soutien", "pour vivre"), ("annee", "année"), ("secteur", "jaime pas")],
)
def test_a_word_in_passing_chooses_nothing(step: str, text: str) -> None:
    assert isinstance(said(step, text), Refusal)


def test_two_choices_named_are_both_offered_and_no_other() -> None:
    found = said("soutien", "lojement et mes papier pour la carte de sejour")
    assert isinstance(found, Refusal)
    assert found.key == "refusal.which_choice"
    assert [choice.value for choice in found.choices] == ["logement", "budget"]


@pytest.mark.parametrize(
    ("step", "text", "opinion", "value"),
    [
        ("annee", "2e", ("restart", 0.77), "deuxieme"),
        ("annee", "bah 2e jviens de le dire", ("prefer_not", 0.88), "deuxieme"),
        ("qui_repond", "c est juste moi", ("affirm", 0.92), "seul"),
    ],
)
def test_no_opinion_of_a_model_wins_over_a_choice(
    step: str, text: str, opinion: tuple[str, float], value: str
) -> None:
    agreed = {"qui_repond": "seul", "age": "yes", "accord": "yes", "public": "etudiant"}
    answers = {
        Spot(one): Answer(State.ANSWERED, NOON, (code,), (code,))
        for one, code in agreed.items()
        if step == "annee"
    }
    talk = Conversation("id", "K7QF-3M2P", CESE.guide, CESE.version, "web", NOON, at=Spot(step),
                        answers=answers)  # fmt: skip
    heard = Heard("m1", text, intent=opinion[0], confidence=opinion[1])
    turn = engine.advance(CESE, talk, heard, NOON)
    assert turn.conversation.answers[Spot(step)].values == (value,)
    assert turn.conversation.pending is None
