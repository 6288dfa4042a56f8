"""Sentences of the kinds that were misunderstood when conversations were played, really heard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import nlu_model
import pytest
from walks import GUIDES, NOON

from bot import engine
from bot.model import Answer, Conversation, Heard, Message, Spot, State, Turn
from nlu.rasa import Rasa
from nlu.understand import Understanding

CESE, WORKSHOP = GUIDES["cese-2022"], GUIDES["assises"]
BEFORE = ("qui_repond", "seul"), ("age", "yes"), ("accord", "yes"), ("recueil", "yes")
PUBLIC = {"annee": "etudiant", "soutien": "accompagne"}
Say = Callable[[str, str], Turn]


@pytest.fixture(scope="module")
def say(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Say]:
    """What a sentence leads to at a step, heard by the whole chain with the real model."""
    folder = tmp_path_factory.mktemp("played")
    with nlu_model.running(nlu_model.trained(), folder) as (socket, _):
        yield lambda step, text: _turn(step, asyncio.run(_heard(socket, text)))


async def _heard(socket: Path, text: str) -> Heard:
    rasa = Rasa(socket=socket, timeout=20)
    try:
        return await Understanding(rasa).understand(Message("web", "someone", "m1", text))
    finally:
        await rasa.close()


def _turn(step: str, heard: Heard) -> Turn:
    guide = CESE if step in CESE.steps or not step else WORKSHOP
    order = list(guide.steps)
    given = [*BEFORE, ("public", PUBLIC.get(step, "autre"))]
    answers = {
        Spot(name): Answer(State.ANSWERED, NOON, (code,), (code,))
        for name, code in given
        if name in order and (not step or order.index(name) < order.index(step))
    }
    talk = Conversation("id", "K7QF-3M2P", guide.guide, guide.version, "web", NOON,
                        at=Spot(step) if step else None, finished=not step,
                        answers=answers)  # fmt: skip
    return engine.advance(guide, talk, heard, NOON)


@pytest.mark.parametrize(
    ("step", "text", "value"),
    [
        ("qui_repond", "ben moi", None),
        ("qui_repond", "y a que moi ici, toute seule", "seul"),
        ("qui_repond", "moi tte seule", "seul"),
        ("qui_repond", "c'est bien moi seule qui remplis", "seul"),
        ("accord", "dites, mon ancien mari verra rien ? j'accepte", "yes"),
        ("citation", "je garde tout pour moi, pas citer", "no"),
        ("citation", "non pas mon prénom, j'ai trop peur", "no"),
        ("annee", "3e", "troisieme"),
        ("annee", "mais la 2eme, c'est écrit juste au dessus", "deuxieme"),
        ("recueil", "ouaip gardez les", "yes"),
        ("departement", "alors nous on vit dans le 23, tout près de guéret", "23"),
        ("soutien", "mon lojement surtout", "logement"),
        ("sujet", "la formasion des jeunes", "formation"),
    ],
)
def test_the_answer_is_heard(say: Say, step: str, text: str, value: str | None) -> None:
    turn = say(step, text)
    kept = turn.conversation.answers.get(Spot(step))
    assert "danger" not in {reply.key for reply in turn.replies}
    assert turn.conversation.pending is None
    if value is not None:
        assert kept is not None
        assert kept.values == (value,)


@pytest.mark.parametrize(
    ("step", "text", "first"),
    [
        ("", "le consulat repond pas pour mon passeport", "words_after"),
        ("", "la mairie répond plus a mes mails", "words_after"),
        ("public", "ne supprimez pas s'il vous plait, je me suis affolée", "not_erased"),
        ("", "surtout n'effacez pas ce que j'ai écrit", "not_erased"),
        ("", "et si un jour je veux tout supprimer ?", "ask_privacy"),
        ("accord", "je veux bien mais je dois pouvoir revenir en arrière", "refusal.consent.half"),
        ("contact", "Bon. Oui, sans trop y croire.", "refusal.consent.half"),
        ("sujet", "ca veut dire quoi la place des gens dans les decisions", "means"),
        ("soutien", "lojement, et papier de sejour", "refusal.which_choice"),
        ("age", "tte seule", "refusal.bracket"),
    ],
)
def test_what_is_said_fits(say: Say, step: str, text: str, first: str) -> None:
    turn = say(step, text)
    assert turn.replies[0].key.startswith(first)
    assert turn.conversation.pending is None


@pytest.mark.parametrize(
    "text",
    [
        "enlevez le nom de mon ex, s'il tombe dessus je suis morte",
        "à quoi bon continuer à vivre, je ne vois plus d'issue",
        "je veux en finir ce soir",
    ],
)
def test_a_danger_is_still_heard(say: Say, text: str) -> None:
    assert say("recit", text).replies[0].key == "danger"


def test_somebody_they_know_may_read_is_answered_before_the_agreement(say: Say) -> None:
    turn = say("accord", "ouais mais mes référents ils verront pas ça")
    assert turn.replies[0].key == "ask_privacy.readers"
    assert turn.conversation.at == Spot("accord")
    assert Spot("accord") not in turn.conversation.answers


@pytest.mark.parametrize(
    ("step", "text", "value"),
    [
        ("accord", "dacc", "yes"),
        ("accord", "il dit oui", "yes"),
        ("qui_repond", "j'écris pour une dame de 80 ans", "pour_autrui"),
        ("pour_qui", "les éducateurs et les collègues", "professionnels"),
    ],
)
def test_words_played_on_the_page(say: Say, step: str, text: str, value: str) -> None:
    assert say(step, text).conversation.answers[Spot(step)].values == (value,)


def test_an_age_is_no_number_of_years(say: Say) -> None:
    turn = say("depuis", "on t'arrête tout à 18 ans")
    assert Spot("depuis") not in turn.conversation.answers
