"""The report on understanding: its arithmetic, what it says of a run, and the page as it stands."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.nlu_report import aims, alarms, context, entities, page, picture, sets
from bench.nlu_report.cost import Cost, Times
from bench.nlu_report.heard import listened
from bench.nlu_report.measured import ByHand, Measured
from bench.nlu_report.scores import (
    Guess,
    accuracy,
    bins,
    by_intent,
    calibration_error,
    confusions,
    from_threshold,
    macro_f1,
)
from bench.nlu_report.sets import Hand
from bench.understood import score_language, score_personal
from bench.understood_profile import Choices
from bot.model import Heard

DOCS = Path(__file__).parent.parent / "docs"
GUESSES = [
    Guess("stop", "stop", 0.95),
    Guess("stop", "pause", 0.35),
    Guess("pause", "pause", 0.55),
    Guess("pause", None, 0.0),
    Guess("help", "stop", 0.95),
]
PARTS = (
    "Ce qui est visé, ce qui est mesuré", "Les jeux", "Intentions", "Confiance", "En contexte",
    "Profil et choix", "Langue", "Détresse et danger", "Données personnelles", "Durées et mémoire",
)  # fmt: skip
HAND = Hand(
    "notre jeu",
    {"stop": ["arrêtons là"], "out_of_scope": ["quel temps demain"], "distress_self": []},
    [
        {"text": "oui", "asked": "yes_no", "meant": "answer", "value": "yes"},
        {"text": "non", "asked": "yes_no", "meant": "answer", "value": "no"},
        {"text": "oui non", "asked": "yes_no", "meant": "unclear"},
        {"text": "stop", "asked": "open", "meant": "stop"},
        {"text": "stop", "asked": "open", "meant": "answer"},
        {"text": "il faut plus de postes", "asked": "open", "meant": "answer"},
        {"text": "je veux mourir", "asked": "open", "meant": "distress_self"},
    ],
    {"self": ["je veux mourir"], "danger": [], "ordinary": ["je suis mort de fatigue"]},
)


def test_precision_recall_and_f1_of_each_intent() -> None:
    scores = by_intent(GUESSES)
    assert {name: (s.precision, s.recall) for name, s in scores.items()} == {
        "help": (0.0, 0.0),
        "pause": (0.5, 0.5),
        "stop": (0.5, 0.5),
    }
    assert [scores[name].f1 for name in ("help", "pause", "stop")] == [0.0, 0.5, 0.5]
    assert macro_f1(GUESSES) == pytest.approx(1 / 3)
    assert accuracy(GUESSES) == pytest.approx(0.4)


def test_confusions_are_counted_the_most_frequent_first() -> None:
    twice = [*GUESSES, Guess("help", "stop", 0.5)]
    assert confusions(twice) == [("help", "stop", 2), ("pause", None, 1), ("stop", "pause", 1)]


def test_confidence_against_truth() -> None:
    found = {(one.low, one.high): (one.count, one.right) for one in bins(GUESSES)}
    assert found == {
        (0.0, 0.1): (1, 0), (0.3, 0.4): (1, 0), (0.5, 0.6): (1, 1), (0.9, 1.0): (2, 0.5),
    }  # fmt: skip
    assert calibration_error(GUESSES) == pytest.approx((0 + 0.35 + 0.45 + 2 * 0.45) / 5)
    kept, right = from_threshold(GUESSES, 0.5)
    assert (kept, right) == (3, 2 / 3)
    assert bins([Guess("stop", "stop", 1.0)])[0].count == 1
    assert (macro_f1([]), calibration_error([]), from_threshold(GUESSES, 0.99)) == (0, 0, (0, 0))


@pytest.mark.parametrize(
    ("asked", "meant", "value", "heard", "became"),
    [
        ("yes_no", "answer", "yes", Heard("", "oui", intent="affirm", exact=True), context.RIGHT),
        ("yes_no", "answer", "no", Heard("", "oui", intent="affirm", exact=True), context.KEPT),
        ("yes_no", "answer", "yes", Heard("", "bof"), context.ASKED_AGAIN),
        ("yes_no", "unclear", None, Heard("", "bof"), context.RIGHT),
        ("number", "answer", None, Heard("", "4", intent="help", confidence=0.9), context.RIGHT),
        ("place", "answer", None, Heard("", "là", intent="help", confidence=0.9), context.COMMAND),
        ("place", "help", None, Heard("", "là", intent="help", confidence=0.9), context.RIGHT),
        ("place", "help", None, Heard("", "là", intent="help", confidence=0.4), context.ASKED_BACK),
        ("open", "stop", None, Heard("", "là"), context.KEPT),
        ("open", "danger_other", None, Heard("", "là", intent="danger_other", confidence=1),
         context.RIGHT),
    ],
)  # fmt: skip
def test_what_becomes_of_words_at_a_question(
    asked: str, meant: str, value: str | None, heard: Heard, became: str
) -> None:
    case = {"asked": asked, "meant": meant, "value": value}
    assert context.outcome(case, heard) == became


@cache
def measured() -> Measured:
    """A run on a few sentences, by the rules alone."""
    ears = asyncio.run(listened(None, [HAND]))
    found = context.play(HAND, ears.heard)
    counted = alarms.count(HAND, ears.heard)
    chain = ears.chain_guesses(HAND)
    model = [Guess(one.meant, "stop", 0.9) for one in chain]
    ours = ByHand(HAND.name, model, chain, found, counted, counted)
    times = Times((1.0, 2.0, 9.0))
    return Measured(
        "2026-01-02", "2 cœurs", {"intents.yml": 2}, {"stop": 3}, 12.0, 1.0, 2**20, (ours,),
        {ours.name: entities.Fields(1, 1)}, {ours.name: Choices()},
        {ours.name: score_language()}, {ours.name: score_personal("personal")},
        Cost(times, times, times, (200.0, 201.0, 202.0)),
    )  # fmt: skip


def test_a_stop_that_an_answer_triggers_is_counted_against_it() -> None:
    stop = measured().hands[0].context.moves["stop"]
    assert (stop.meant, stop.followed, stop.wrongly, stop.by_answers) == (1, 1, 1, 1)
    assert (stop.precision, stop.recall) == (0.5, 1.0)
    taken = measured().hands[0].context.taken["open answers"]
    assert (taken.texts, taken.followed) == (2, 1)


def test_the_alarms_are_counted_by_what_the_texts_are() -> None:
    found = measured().hands[0].alarms
    assert (found[alarms.SELF].texts, found[alarms.SELF].yourself) == (1, 1)
    assert (found[alarms.LOOKS_SO].texts, found[alarms.LOOKS_SO].yourself) == (1, 0)


def test_an_aim_is_met_or_not_met() -> None:
    met = {aim.what: aim.met for aim in aims.aims(measured())}
    assert met["intentions, macro-F1 de la chaîne"] is False
    assert met["stop en contexte, rappel"] is True
    assert met["stop en contexte, précision"] is False
    assert met["le même, sur des textes d'ailleurs"] is None
    assert met["entraînement, depuis rien"] is True
    assert met["une phrase, médiane"] is True


def test_a_page_has_all_its_parts_and_none_of_the_sentences() -> None:
    written = page.page(measured())
    assert re.findall(r"^## (.+)$", written, re.MULTILINE) == [*PARTS]
    assert "2026-01-02" in written
    assert page.page(measured()) == written
    said = [case["text"] for case in HAND.context if " " in case["text"]]
    assert not [text for text in said if text in written]


def test_the_pictures_are_drawn() -> None:
    for drawn in (picture.calibration(bins(GUESSES)), picture.intents(by_intent(GUESSES))):
        assert ElementTree.fromstring(drawn).tag.endswith("svg")


def test_the_page_as_it_stands() -> None:
    written = (DOCS / "understanding.md").read_text("utf-8")
    assert re.findall(r"^## (.+)$", written, re.MULTILINE) == [*PARTS]
    assert re.search(r"^Mesuré le 20\d\d-\d\d-\d\d : ", written, re.MULTILINE)
    for name in (page.CALIBRATION, page.INTENTS):
        assert (DOCS / "images" / name).stat().st_size < 20_000


def test_the_page_is_of_the_sets_as_they_are() -> None:
    """When this fails, a set has changed: make nlu-report."""
    written = (DOCS / "understanding.md").read_text("utf-8")
    stated = re.findall(r"^\| `nlu/evaluation/([\w.-]+)`\s*\|\s*([\d\u202f]+) \|", written, re.M)
    assert {name: int(size.replace("\u202f", "")) for name, size in stated} == sets.sizes()


def test_no_sentence_kept_apart_is_in_the_page() -> None:
    written = (DOCS / "understanding.md").read_text("utf-8").casefold()
    texts = [t for h in sets.hands() for some in h.intents.values() for t in some]
    texts += [case["text"] for hand in sets.hands() for case in hand.context]
    assert len(texts) > 1_000
    assert not [1 for text in texts if len(text.split()) >= 4 and text.casefold() in written]
