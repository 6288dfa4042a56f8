"""Exact words: what they mean, whatever the case, the accents and the punctuation."""

from pathlib import Path

import pytest
import yaml

from nlu.commands import COMMANDS, EXACT, SLASH, find
from nlu.words import plain


def intents() -> list[str]:
    return yaml.safe_load(Path("nlu/domain.yml").read_text("utf-8"))["intents"]


def test_every_intent_has_its_words_and_nothing_else_does():
    assert set(COMMANDS) == set(intents())
    assert set(SLASH.values()) <= set(intents())


def test_no_phrase_means_two_things():
    phrases = [plain(phrase) for listed in COMMANDS.values() for phrase in {*map(plain, listed)}]
    assert len([p for p in phrases if p]) == len(EXACT)


@pytest.mark.parametrize(
    ("said", "intent"),
    [(phrase, intent) for intent, phrases in COMMANDS.items() for phrase in phrases],
)
def test_listed(said, intent):
    for written in (said, said.upper(), f"  {said} !  " if plain(said) else f" {said} "):
        assert find(written).intent == intent


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("?", "help"),
        ("J’ai fini.", "finish"),
        ("Plus tard…", "pause"),
        ("OUI !!!", "affirm"),
        ("jsp", "dont_know"),
        ("mes reponses svp", "my_answers"),
        ("d'  accord", "affirm"),
        ("où en est la consultation ?", "status_of_consultation"),
        ("/start", "greet"),
        ("/Aide@parole_bot", "help"),
        ("/start abc-123", "greet"),
        ("/reponses", "my_answers"),
    ],
)
def test_said_otherwise(said, intent):
    assert find(said).intent == intent


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("corriger 3", "3"),
        ("Corriger la réponse n° 12", "12"),
        ("modifier la question 2", "2"),
        ("/corriger 4", "4"),
    ],
)
def test_correct_names_an_answer(said, number):
    command = find(said)
    [entity] = command.entities
    assert (command.intent, entity.kind, entity.value) == ("correct", "number", number)
    assert said[entity.start : entity.end] == entity.text


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "bof",
        "👍",
        "…",
        "/greet{}",
        "/inconnu",
        "corriger 0",
        "oui mais pas trop",
        "a" * 80,
    ],
)
def test_not_a_command(said):
    assert find(said) is None
