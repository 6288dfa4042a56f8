"""The sentences kept apart from training: enough of them, each once, marked where they say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from nlu.components.normaliser import normalised
from nlu.words import listed, plain

NLU = Path(__file__).parent.parent / "nlu"
MARKED = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")
SECOND = ("second-intents", "second-context", "second-distress", "second-personal")
FILES = ("intents", "context", "distress", "entities", "language", "personal", *SECOND)
KINDS = {"choice", "choices", "yes_no", "number", "place", "open", "consent", "read_back"}
MOVES = listed(
    "help repeat simpler go_back correct skip greet goodbye thanks pause resume restart finish "
    "stop ask_why ask_privacy ask_who bot_challenge human_contact status_of_consultation "
    "delete_my_data my_answers dont_know prefer_not distress_self danger_other insult"
)


@cache
def loaded(name: str) -> Any:
    return yaml.safe_load((NLU / "evaluation" / f"{name}.yml").read_text(encoding="utf-8"))


def sentences(name: str) -> list[str]:
    """Every sentence of a file, as it is counted once."""
    match name.removeprefix("second-"):
        case "intents" | "distress":
            return [text for texts in loaded(name).values() for text in texts]
        case "context":
            return [f"{case['asked']}: {case['text']}" for case in loaded(name)]
    return [case["text"] for case in loaded(name)]


def understood(text: str) -> str:
    """The sentence as the model sees it; its letters when nothing is left of it."""
    return " ".join(word.text for word in normalised(text)) or plain(text) or text


def strings(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for inner in node.values():
            yield from strings(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from strings(inner)


@cache
def trained() -> frozenset[str]:
    found = set()
    for file in (NLU / "data").glob("*.yml"):
        for block in strings(yaml.safe_load(file.read_text(encoding="utf-8"))):
            for line in block.splitlines():
                example = MARKED.sub(r"\1", line.strip().removeprefix("- "))
                found.add(understood(example))
    return frozenset(found)


def texts(name: str) -> Iterable[str]:
    if name.removeprefix("second-") == "context":
        return [case["text"] for case in loaded(name)]
    return sentences(name)


@pytest.mark.parametrize(
    "name", [name for name in FILES if not name.endswith(("context", "language"))]
)
def test_no_sentence_is_also_trained_on(name: str) -> None:
    assert len(trained()) > 1000
    assert [text for text in texts(name) if understood(text) in trained()] == []


@pytest.mark.parametrize("name", ["context", "language", "second-context"])
def test_only_the_shortest_are_also_trained_on(name: str) -> None:
    """« Oui » cannot be written otherwise: there it is the question asked that is measured."""
    long = [text for text in texts(name) if len(text.split()) >= 4]
    assert [text for text in long if understood(text) in trained()] == []


@pytest.mark.parametrize("name", FILES)
def test_no_sentence_twice(name: str) -> None:
    seen = Counter(text.strip().casefold() for text in sentences(name))
    assert [text for text, times in seen.items() if times > 1] == []


@pytest.mark.parametrize(("name", "least"), [("intents", 40), ("second-intents", 22)])
def test_enough_sentences_for_each_intent(name: str, least: int) -> None:
    domain = yaml.safe_load((NLU / "domain.yml").read_text(encoding="utf-8"))
    counts = {intent: len(texts) for intent, texts in loaded(name).items()}
    assert set(domain["intents"]) <= set(counts)
    assert {intent: n for intent, n in counts.items() if n < least} == {}
    seen = Counter(understood(text) for text in sentences(name))
    assert [text for text, times in seen.items() if times > 1] == []


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("distress", {"self": 120, "danger": 60, "ordinary": 300}),
        ("second-distress", {"distress_self": 80, "danger_other": 40, "ordinary": 250}),
    ],
    ids=["distress", "second-distress"],
)
def test_crises_and_what_only_looks_like_them(name: str, least: dict[str, int]) -> None:
    assert set(loaded(name)) == set(least)
    assert {group: n for group, n in least.items() if len(loaded(name)[group]) < n} == {}


@pytest.mark.parametrize("prefix", ["", "second-"])
def test_no_sentence_is_both_an_intent_and_a_crisis(prefix: str) -> None:
    seen = {understood(text) for text in sentences(f"{prefix}intents")}
    crises = sentences(f"{prefix}distress")
    assert [text for text in crises if understood(text) in seen] == []


def test_the_second_sentences_are_not_the_first_again() -> None:
    for name in ("intents", "distress", "personal"):
        seen = {understood(text) for text in sentences(name)}
        again = [text for text in sentences(f"second-{name}") if understood(text) in seen]
        assert again == [], name
    asked = {(case["asked"], understood(case["text"])) for case in loaded("context")}
    long = [case for case in loaded("second-context") if len(case["text"].split()) >= 4]
    assert [case for case in long if (case["asked"], understood(case["text"])) in asked] == []


@pytest.mark.parametrize("name", ["context", "second-context"])
def test_context_says_what_is_asked_and_what_is_meant(name: str) -> None:
    cases = loaded(name)
    assert len(cases) >= 300
    assert {case["asked"] for case in cases} == KINDS
    assert {case["meant"] for case in cases} <= MOVES | {"answer", "unclear"}
    valued = [case for case in cases if case["asked"] in ("yes_no", "consent")]
    for case in valued:
        assert case.get("value") in (("yes", "no") if case["meant"] == "answer" else (None,)), case
    blank = [case for case in cases if not any(c.isalnum() for c in case["text"])]
    assert {case["meant"] for case in blank} == {"unclear"}


def test_the_second_context_weighs_what_must_not_be_mistaken() -> None:
    cases = loaded("second-context")
    assert len(cases) >= 320
    assert all(set(case) <= {"asked", "meant", "value", "text"} for case in cases)
    meant = Counter((case["asked"], case["meant"]) for case in cases)
    assert meant["open", "answer"] >= 120
    assert meant["yes_no", "answer"] >= 60
    for move in ("stop", "delete_my_data"):
        assert sum(meant[kind, move] for kind in KINDS) >= 40
        assert {kind for kind in KINDS if not meant[kind, move]} == set()


def test_profiles_name_known_values() -> None:
    cases = loaded("entities")
    kinds = {"public", "job", "structure", "department", "diploma", "length_of_service", "since"}
    publics = {"professionnel", "accompagne", "etudiant", "formateur", "proche", "autre"}
    numbers = {
        row.split(",")[0]
        for row in (NLU / "gazetteers" / "departements.csv").read_text("utf-8").splitlines()[1:]
    }
    assert len(cases) >= 250
    assert sum(not case["expected"] for case in cases) >= 50
    for case in cases:
        expected = case["expected"]
        assert set(expected) <= kinds, case
        assert expected.get("public", "autre") in publics, case
        written = expected.get("department", [])
        assert set([written] if isinstance(written, str) else written) <= numbers, case
        assert 0 <= expected.get("length_of_service", 0) <= 60, case


def test_languages_at_every_length() -> None:
    cases = loaded("language")
    others = listed("ar en es pt ro ru uk tr fa ps so sq bn ta zh it de")
    assert len(cases) >= 300
    assert {case["language"] for case in cases} == others | {"fr", "unknown"}
    short = {case["language"] for case in cases if case["words"] == "1-2"}
    assert short == {"unknown"}
    for language in others | {"fr"}:
        lengths = {case["words"] for case in cases if case["language"] == language}
        assert lengths == {"3-5", "6-10", "11+"}, language
    for case in cases:
        if case.get("written") != "zh" and case["language"] != "zh":
            first, _, last = case["words"].replace("11+", "11-1000").partition("-")
            assert int(first) <= len(case["text"].split()) <= int(last), case


FIRST_SPANS = {"name": 100, "phone": 40, "email": 20, "address": 20, "record": 20}
SECOND_SPANS = {"name": 160, "phone": 140, "email": 80, "address": 50, "record": 50}


@pytest.mark.parametrize(
    ("name", "least", "nobody"),
    [("personal", FIRST_SPANS, 100), ("second-personal", SECOND_SPANS, 200)],
)
def test_personal_spans_lie_where_they_say(name: str, least: dict[str, int], nobody: int) -> None:
    cases = loaded(name)
    counts = Counter(span["kind"] for case in cases for span in case["spans"])
    assert len(cases) >= 250
    assert set(counts) == set(least)
    assert {kind: n for kind, n in least.items() if counts[kind] < n} == {}
    assert sum(not case["spans"] for case in cases) >= nobody
    for case in cases:
        end = 0
        for span in case["spans"]:
            assert end <= span["start"] < span["end"], case
            assert case["text"][span["start"] : span["end"]] == span["says"], case
            assert span["says"] == span["says"].strip(), case
            end = span["end"]
