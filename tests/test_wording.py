"""Keys and sentences: none missing, none forgotten, and people's own words left alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import replay
from test_transcripts import GUIDES, TRANSCRIPTS, guide_of

from bot.engine import MEDIA
from bot.errors import SettingsError
from bot.meaning import MOVES
from bot.model import Choice, Reply, Spot
from bot.wording import VALUES, Wording, read_sentences

BOT = Path(__file__).parents[1] / "bot"
SENTENCES = read_sentences()
SPEAKERS = {"Reply", "Refusal", "digress", "tells", "ask_again_at", "_which"}
FROM_THE_GUIDE = {"ask", "ask.simpler", "say", "say.simpler", "why", "example", "reminder"}
PARC = GUIDES["parc"]


def keys_in_code() -> Iterator[tuple[str, str]]:
    """Every key written in full: (file, key)."""
    for path in sorted(BOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
            words = [text for text in texts if isinstance(text, str)]
            if name in SPEAKERS and words:
                yield path.name, words[0]
            if name == "Choice" and words and words[0].startswith("@"):
                yield path.name, f"button.{words[0][1:].partition(' ')[0]}"


KEYS = sorted(set(keys_in_code()))


def test_the_search_for_keys_finds_some():
    assert len(KEYS) > 60


@pytest.mark.parametrize(("file", "key"), KEYS)
def test_a_key_used_has_its_sentence(file, key):
    assert key in SENTENCES or key in FROM_THE_GUIDE, f"{key}, in {file}"


@pytest.mark.parametrize("move", MOVES)
def test_a_wish_can_be_asked_back_in_words(move):
    assert f"move.{move}" in SENTENCES


@pytest.mark.parametrize("medium", sorted(MEDIA))
def test_each_medium_has_its_sentence(medium):
    assert f"media.{medium}" in SENTENCES


class Overheard(dict):
    """Sentences that remember which were said."""

    def __init__(self, sentences):
        super().__init__(sentences)
        self.said: set[str] = set()

    def __getitem__(self, key):
        self.said.add(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        if key in self:
            self.said.add(key)
        return super().get(key, default)


# Said where a transcript does not go; each has a test of its own.
ELSEWHERE = {
    "button.finish": "test_laws: what a pressed button said, in the thread",
    "button.add_to": "below: two texts read again together",
    "erased.before": "test_reception: a person who comes back after erasing",
    "media.with_words": "test_answers: a caption under a photo",
    "refusal.answer_full": "test_answers: two hundred messages in one answer",
}


def test_every_sentence_is_said_in_a_transcript(monkeypatch):
    overheard = Overheard(SENTENCES)
    monkeypatch.setattr(replay, "wording", lambda: Wording(overheard, replay.FACTS))
    for path in TRANSCRIPTS:
        written = path.read_text("utf-8")
        replay.replay(written, GUIDES[guide_of(written)])
    never = set(SENTENCES) - overheard.said - set(ELSEWHERE)
    assert {key for key in never if not key.startswith("move.")} == set()
    assert set(ELSEWHERE) <= set(SENTENCES)


def test_every_placeholder_is_known():
    with pytest.raises(SettingsError, match="nom_inconnu"):
        Wording({"a": "Bonjour {nom_inconnu}."}, {})
    Wording(SENTENCES, replay.FACTS)


def test_a_value_is_used_by_a_sentence():
    used = {name for text in SENTENCES.values() for name in re.findall(r"\{(\w+)\}", text)}
    assert used - set(replay.FACTS) <= VALUES
    assert VALUES - used <= {"reference"}  # said by guides


def test_the_missing_keys_of_a_variant_are_listed():
    assert replay.wording().missing({"help": "", "zzz": ""}) == ["zzz"]


def test_people_s_words_are_said_as_they_are():
    speak = replay.wording()
    reply = Reply("begun", {"before": "{reference} @help\n@aide {x}"})
    assert speak.say(reply, PARC).text.endswith("{reference} @help\n@aide {x}")


def test_a_skipped_answer_is_read_back_in_words():
    reply = Reply("my_answers", {"list": "1. Département : @skip\n2. Âge : @prefer_not"})
    text = replay.wording().say(reply, PARC).text
    assert "Département : question passée\n" in text
    assert "Âge : je préfère ne pas répondre" in text


def test_labels_of_ours_and_of_the_guide():
    reply = Reply("ask", {}, Spot("qui"), (Choice("Oui", "a"), Choice("@add_to Titre", "b")))
    said = replay.wording().say(reply, PARC)
    assert [choice.label for choice in said.choices] == ["Oui", "Ajouter : Titre"]


def test_a_guide_may_say_where_the_consultation_stands():
    reply = Reply("status")
    speak = replay.wording()
    assert "avril 2022" in speak.say(reply, GUIDES["cese-2022"]).text
    assert "pas encore annoncé" in speak.say(reply, PARC).text
