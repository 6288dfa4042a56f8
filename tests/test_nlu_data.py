"""The training sentences: enough of each, none twice, none of those we judge the model by."""

from collections import Counter
from pathlib import Path

import yaml

from nlu.words import plain

TRAINING = {
    block["intent"]: [line[2:] for line in block["examples"].splitlines()]
    for path in sorted(Path("nlu/data").glob("*.yml"))
    for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]
}
EVALUATION = yaml.safe_load(Path("tests/nlu_eval.yml").read_text("utf-8"))


def test_the_domain_the_training_and_the_evaluation_name_the_same_intents():
    domain = yaml.safe_load(Path("nlu/domain.yml").read_text("utf-8"))["intents"]
    assert set(domain) == set(TRAINING) == set(EVALUATION)


def test_every_intent_has_enough_sentences():
    few = {intent: len(said) for intent, said in TRAINING.items() if len(said) < 40}
    assert not few


def test_no_sentence_has_two_meanings_or_comes_twice():
    written = Counter(said for sentences in TRAINING.values() for said in sentences)
    assert [said for said, times in written.items() if times > 1] == []
    meanings: dict[str, set[str]] = {}
    for intent, sentences in TRAINING.items():
        for said in sentences:
            meanings.setdefault(plain(said), set()).add(intent)
    assert {said: found for said, found in meanings.items() if len(found) > 1} == {}


def test_the_evaluation_shares_no_sentence_with_the_training():
    trained = {plain(said) for sentences in TRAINING.values() for said in sentences}
    judged = {plain(said) for sentences in EVALUATION.values() for said in sentences}
    assert trained & judged == set()


def test_the_lock_is_hashed_and_names_no_host():
    lock = Path("nlu/requirements.txt").read_text("ascii")
    assert "://" not in lock
    entries = [entry for entry in lock.replace("\\\n", " ").splitlines() if entry.strip()]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert any(entry.startswith("rasa==3.6.21 ") for entry in entries)
