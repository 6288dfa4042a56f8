"""Keys and sentences: none missing, none forgotten, and people's own words left alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import replay
from replay import NOON
from talks import HARD_TEXTS
from test_transcripts import GUIDES, TRANSCRIPTS, guide_of

from bot.asking import shown
from bot.channels.web_problems import damaged, failed, unfit
from bot.engine import MEDIA
from bot.errors import SettingsError
from bot.meaning import COURTESY, MOVES
from bot.model import Answer, Choice, Part, Reply, Spot, State
from bot.moves import WISH_LABELS
from bot.quoting import MARK, ours
from bot.wording import VALUES, Wording, read_sentences

BOT = Path(__file__).parents[1] / "bot"
SENTENCES = read_sentences()
SPEAKERS = {"Reply", "Refusal", "digress", "tells", "ask_again_at", "_which"}
FROM_THE_GUIDE = {
    "ask", "ask.simpler", "say", "say.simpler", "why", "example", "reminder", "probe",
}  # fmt: skip
IN_ITS_LANGUAGE = {"language"}  # test_other_languages
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
    assert key in SENTENCES or key in FROM_THE_GUIDE | IN_ITS_LANGUAGE, f"{key}, in {file}"


@pytest.mark.parametrize("move", sorted(MOVES))
def test_a_wish_can_be_asked_back_in_words(move):
    assert f"move.{move}" in SENTENCES


@pytest.mark.parametrize("move", sorted(MOVES - COURTESY))
def test_a_wish_can_be_a_button_beside_a_question(move):
    assert f"button.{WISH_LABELS.get(move, move)}" in SENTENCES


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
    "button.ask_why": "test_asides: a doubtful wish, beside the question",
    "button.ask_who": "test_asides: a doubtful wish, beside the question",
    "button.bot_challenge": "test_asides: a doubtful wish, beside the question",
    "button.ask_privacy": "test_asides: a doubtful wish, beside the question",
    "button.status_of_consultation": "test_asides: a doubtful wish, beside the question",
    "button.how_long": "test_asides: a doubtful wish, beside the question",
    "button.remove_code": "test_asides: a doubtful wish, beside the question",
    "button.restart": "test_asides: a doubtful wish, beside the question",
    "button.add_to": "below: two texts read again together",
    "means.none": "test_asides: a choice without other words",
    "danger.perhaps": "test_danger: a danger that only the model hears",
    "button.danger.see": "test_danger: a danger that only the model hears",
    "button.danger.erase": "test_danger: what the pressed button said, in the thread",
    "button.remove_from": "below: two texts read again together",
    "erased.before": "test_reception: a person who comes back after erasing",
    "edit.person": "test_persons: an edit of what the person before wrote",
    "stale.message": "test_persons: a message of the person before, delivered again",
    "media.with_words": "test_answers: a caption under a photo",
    "return.told": "test_returns: the thread, and a message that is delivered again",
    "button.return": "test_web_returns: what the thread says of the words that were typed",
    "absent": "test_absence: a message that waited for hours",
    "too_fast": "test_telegram_doors: more messages in a minute than the ceiling",
    "set_aside": "test_telegram_doors: what always fails, set aside",
    "no_room": "test_telegram_doors: a disk that is nearly full",
    "not_kept": "test_telegram_doors: a guide that is lost",
    "damaged": "test_stuck: a damaged row",
    "refusal.answer_full": "test_answers: two hundred messages in one answer",
}
DESK = "moderation."  # test_storage_curations: what staff decide is told outside of any turn


def test_every_sentence_is_said_in_a_transcript(monkeypatch):
    overheard = Overheard(SENTENCES)
    monkeypatch.setattr(replay, "wording", lambda: Wording(overheard, replay.FACTS))
    for path in TRANSCRIPTS:
        written = path.read_text("utf-8")
        replay.replay(written, GUIDES[guide_of(written)])
    never = set(SENTENCES) - overheard.said - set(ELSEWHERE)
    assert {key for key in never if not key.startswith(("move.", DESK))} == set()
    assert set(ELSEWHERE) <= set(SENTENCES)


@pytest.mark.parametrize("key", ["set_aside", "not_kept", "no_room", "too_fast", "damaged"])
def test_who_could_not_be_read_may_be_in_danger(key):
    assert "appelez le 112" in SENTENCES[key]


@pytest.mark.parametrize("problem", [failed(), unfit(), damaged("ecrire@exemple.fr")])
def test_on_the_page_too(problem):
    assert "appelez le 112" in problem.detail


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


TYPED = [*HARD_TEXTS, "@skip", "Titre : @skip", ours("state.skip"), f"{MARK}{ours('move.help')}"]


@pytest.mark.parametrize("typed", TYPED)
def test_nothing_that_can_be_typed_is_taken_for_our_keys(typed):
    answer = Answer(State.ANSWERED, NOON, parts=(Part("m1", typed),))
    reply = Reply("begun", {"before": shown(answer)})
    assert replay.wording().say(reply, PARC).text.endswith(typed)
    thread = Answer(State.SKIPPED, NOON, ("skip",))
    assert (
        replay.wording()
        .say(Reply("begun", {"before": shown(thread)}), PARC)
        .text.endswith("question passée")
    )


@pytest.mark.parametrize(
    "organiser",
    ["le Conseil économique, social et environnemental (CESE)", "la mairie", "Les Petits Frères"],
)
def test_an_organiser_is_named_with_or_without_its_article(organiser):
    speak = Wording(SENTENCES, {**replay.FACTS, "organiser": organiser})
    for key in ("ask_who", "ask_privacy"):
        assert f" : {organiser}.\n" in speak.say(Reply(key), PARC).text


def test_a_guide_may_say_who_asks():
    text = replay.wording().say(Reply("ask_who"), GUIDES["cese-2022"]).text
    assert "une assemblée qui conseille" in text
    assert replay.wording().say(Reply("ask_who"), PARC).text.endswith("en direct.")


def test_a_read_back_ends_with_its_question():
    for name, spot in (
        ("cese-2022", "relecture"),
        ("parc", "relire"),
        ("assises", "relire_reseau"),
    ):
        reply = Reply("ask", {"list": "Vos mots. Est-ce tout ? Non."}, Spot(spot))
        first, words, question = replay.wording().say(reply, GUIDES[name]).text.split("\n\n")
        assert words == "Vos mots. Est-ce tout ? Non."
        assert first.endswith(".")
        assert question.endswith(" ?")
        assert question.count(".") == 0


def test_the_question_is_quoted_when_it_is_not_asked_again():
    reply = Reply("back_to_question", spot=Spot("ville"))
    said = replay.wording().say(reply, PARC).text
    assert said == "Ma question reste : Quel est votre département ?"


def test_a_skipped_answer_is_read_back_in_words():
    said = f"1. Département : {ours('state.skip')}\n2. Âge : {ours('state.prefer_not')}"
    reply = Reply("my_answers", {"list": said})
    text = replay.wording().say(reply, PARC).text
    assert "Département : question passée\n" in text
    assert "Âge : je préfère ne pas répondre" in text


def test_labels_of_ours_and_of_the_guide():
    labels = ("Oui", "@add_to Titre", "@remove_from Titre")
    reply = Reply("ask", {}, Spot("qui"), tuple(Choice(label, "a") for label in labels))
    said = [choice.label for choice in replay.wording().say(reply, PARC).choices]
    assert said == ["Oui", "Ajouter : Titre", "Enlever un message : Titre"]


def test_a_guide_may_say_where_the_consultation_stands():
    reply = Reply("status")
    speak = replay.wording()
    assert "avril 2022" in speak.say(reply, GUIDES["cese-2022"]).text
    assert "pas encore connues" in speak.say(reply, PARC).text
