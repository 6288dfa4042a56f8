"""Somebody in danger is heard, with or without a model; an ordinary complaint is not a crisis."""

from __future__ import annotations

import asyncio
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import UnderstandingError
from bot.model import Heard, Message
from nlu import distress
from nlu.distress import signal
from nlu.rasa import Parsed, Rasa
from nlu.understand import Understanding

SENTENCES = Path(__file__).parent / "distress_sentences.yml"
RECALL, FALSE_ALARMS = 0.95, 0.004  # of rules alone, on sentences they were worked on


class Saying(Rasa):
    """A model with one opinion, or none because it is down."""

    def __init__(self, parsed: Parsed | None = None) -> None:
        super().__init__(url="http://127.0.0.1:9")
        self.parsed = parsed

    async def parse(self, text: str) -> Parsed:  # noqa: ARG002
        if self.parsed is None:
            raise UnderstandingError("en panne")
        return self.parsed


@cache
def sentences() -> Any:
    return yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))


def heard(text: str, parsed: Parsed | None = None, **said: Any) -> Heard:
    message = Message("web", "someone", "m1", text=text, **said)
    return asyncio.run(Understanding(Saying(parsed)).understand(message))


def test_rules_alone_hear_a_crisis() -> None:
    missed = [text for text in sentences()["self"] if signal(text) is None]
    assert len(missed) <= (1 - RECALL) * len(sentences()["self"]), missed


def test_nothing_takes_a_crisis_back_from_a_very_sure_model() -> None:
    crises = sentences()["self"] + sentences()["oblique"]
    missed = [text for text in crises if signal(text, "distress_self", 0.9) is None]
    assert len(missed) <= 0.01 * len(crises), missed


def test_rules_alone_leave_ordinary_messages_in_peace() -> None:
    alarms = [text for text in sentences()["ordinary"] if signal(text) is not None]
    assert len(alarms) <= FALSE_ALARMS * len(sentences()["ordinary"]), alarms


def test_rules_alone_hear_somebody_else_in_danger() -> None:
    found = [signal(text) for text in sentences()["danger"]]
    assert found.count(None) <= 0.1 * len(found)
    assert found.count("other") >= 0.9 * len(found)


@pytest.mark.parametrize(
    "text",
    [
        "Je suis mort de fatigue.",
        "ça me tue",
        "on se tue à la tâche",
        "c'est à se tirer une balle",
        "je ne pense pas au suicide",
        "il faut former à la prévention du suicide",
        "quand j'étais enfant mon père me frappait",
        "un résident m'a frappée",
        "je suis en arrêt maladie pour burn out",
        "",
        "   ",
        "😢",
    ],
)
def test_a_model_is_not_believed_against_the_words(text: str) -> None:
    assert signal(text, "distress_self", 0.7) is None


def test_a_sure_model_is_believed_without_a_rule() -> None:
    text = "plus rien ne me fait envie et la nuit me fait peur"
    assert signal(text) is None
    assert signal(text, "distress_self", 0.9) == "self"
    assert signal(text, "distress_self", 0.1) is None
    assert signal(text, "share_experience", 0.9) is None


def test_a_sure_model_tells_somebody_else_from_oneself() -> None:
    text = "mon mari a pris un couteau et il me dit qu'il va tuer ma mère"
    assert signal(text, "distress_self", 0.9) == "self"
    assert signal(text, "danger_other", 0.9) == "other"


def test_somebody_else_without_a_word_of_harm_needs_a_very_sure_model() -> None:
    assert signal("mon voisin a une nouvelle voiture", "danger_other", 0.7) is None
    assert signal("mon voisin a une nouvelle arme chez lui", "danger_other", 0.7) == "other"


def test_a_turn_of_phrase_is_heard_where_a_breathless_text_is_cut() -> None:
    for before in range(40, 80):
        assert signal("encore un matin " * (before // 3) + "je vais me tuer ce soir") == "self"


def test_what_one_says_oneself_is_not_somebody_else_speaking() -> None:
    assert signal("je voudrais dire que je pense à mourir") == "self"
    assert signal("une résidente me dit tous les jours je veux mourir") is None


@pytest.mark.parametrize(
    "text",
    [
        "Je pense au suicide depuis des mois",
        "je veux mourir, je suis en soins palliatifs",
        "la prévention du suicide c'est bien mais moi je vais me tuer",
        "quand j'étais petite on me violait et aujourd'hui je veux en finir",
        "j'ai déjà voulu mourir, l'an dernier, et là ça revient",
        "mon collègue dit que je ferais mieux de mourir et il a raison",
        "mes collègues sont gentilles, la direction aussi, mais j'ai envie d'en finir",
    ],
)
def test_a_plain_wish_is_taken_back_by_its_own_clause_only(text: str) -> None:
    assert signal(text) == "self"


@pytest.mark.parametrize(
    "text",
    [
        "on travaille à la prévention du suicide et je pense que c'est utile",
        "je veux mourir de rire",
        "« je préfère crever que d'aller en ehpad » : combien de fois j'ai entendu ça",
        "une résidente me dit souvent je veux mourir, et je reste avec elle",
        "il y a dix ans j'ai pensé au suicide",
    ],
)
def test_what_the_clause_itself_takes_back_is_no_wish(text: str) -> None:
    assert signal(text) is None


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("i don't want to live anymore", "self"),
        ("no quiero vivir más", "self"),
        ("أريد أن أموت", "self"),
        ("я хочу умереть", "self"),
        ("昨天开始我想死了", "self"),
        ("no quiero morir", None),
        ("я не хочу умереть", None),
        ("i want to diet", None),
    ],
)
def test_the_plainest_crises_are_heard_in_other_languages(text: str, heard: str | None) -> None:
    assert signal(text) == heard


@pytest.mark.parametrize(
    "text",
    [
        "un gars vient de s'ouvrir les veines",
        "un livreur est par terre devant chez moi, il respire mal",
        "mamie m'a dit au téléphone demain je serai morte",
    ],
)
def test_who_is_spoken_of_is_not_who_writes(text: str) -> None:
    assert signal(text) == "other"


@pytest.mark.parametrize(
    "text",
    [
        "notre père nous enferme",
        "mon ado me frappe tous les soirs",
        "un résident a pris un couteau et il me cherche",
    ],
)
def test_who_is_threatened_is_who_writes(text: str) -> None:
    assert signal(text, "danger_other", 0.5) == "self"


@pytest.mark.parametrize(
    "text",
    [
        "un résident m'a frappé hier",
        "un jeune a tout cassé au foyer",
        "une résidente a fugué",
    ],
)
def test_what_is_told_of_work_is_no_crisis_however_sure_the_model(text: str) -> None:
    assert signal(text, "distress_self", 0.95) is None
    assert signal(text, "danger_other", 0.95) is None


def test_a_model_needs_a_word_of_the_crisis_in_a_long_text() -> None:
    text = "Il pleut sur la ville et le temps passe doucement ce matin. " * 8
    assert signal(text, "distress_self", 0.95) is None
    assert signal(text + "Adieu.", "distress_self", 0.95) == "self"


def test_a_cry_at_the_end_of_a_very_long_text_is_heard() -> None:
    assert (
        signal("Je travaille dans un service de soins. " * 600 + "J'ai envie de mourir.") == "self"
    )


@pytest.mark.parametrize(
    "piece", ["je veux ", "quand j'ai peur ", '« "(, ', "«mots mots ", '"a b c d e"']
)
def test_a_hostile_text_does_not_slow_it(piece: str) -> None:
    signal("")
    start = time.process_time()
    signal((piece * 20_000)[:20_000], "distress_self", 0.9)
    assert time.process_time() - start < 0.2


def test_a_crisis_is_heard_when_the_model_is_down() -> None:
    found = heard("je vais me tuer ce soir")
    assert (found.intent, found.confidence, found.exact) == ("distress_self", 1.0, False)
    assert heard("mon voisin frappe sa femme").intent == "danger_other"


def test_a_crisis_is_heard_under_a_picture() -> None:
    found = heard("je veux mourir", media="photo")
    assert (found.media, found.intent) == ("photo", "distress_self")


def test_a_rule_is_stronger_than_another_intent() -> None:
    found = heard("j'ai envie de mourir tous les soirs", Parsed("share_experience", 0.95, ()))
    assert (found.intent, found.confidence) == ("distress_self", 1.0)


def test_a_model_alone_against_the_words_counts_for_little() -> None:
    found = heard("ces tableaux me tuent, ça me tue", Parsed("distress_self", 0.7, ()))
    assert found.confidence < 0.3


def test_every_rule_can_be_found_by_a_word() -> None:
    lexicon = distress.load()
    for phrases in (lexicon.yourself, lexicon.others, *lexicon.unless.values()):
        assert phrases.by_word or phrases.by_stem
        assert all(len(key) == 4 for key in phrases.by_stem)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from([None, "distress_self", "danger_other", "skip"]))
def test_any_text_is_read(text: str, intent: str | None) -> None:
    assert signal(text, intent, 0.9) in ("self", "other", None)
