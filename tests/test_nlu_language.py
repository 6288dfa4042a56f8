"""French or not: sure, or silent."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

import pytest
import yaml

from bench.understood import score_language
from nlu import language as module
from nlu.language import language

TESTS = Path(__file__).parent
WRITTEN = yaml.safe_load((TESTS / "languages.yml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("I want to talk about my job", "en"),
        ("estoy muy cansada con este horario", "es"),
        ("Ich arbeite jeden Tag im Krankenhaus", "de"),
        ("أنا أعمل في المستشفى كل يوم", "ar"),
        ("моя работа очень трудная", "ru"),
        ("моя робота дуже важка", "uk"),
        ("زه هره ورځ کار کوم", "ps"),
        ("من هر روز کار می‌کنم", "fa"),
        ("rani nkhdem bezaf had lyoum", "ar"),
        ("on court toute la journée", "fr"),
        ("jsui tro fatigé mé sa va", "fr"),
        ("Δεν καταλαβαίνω την ερώτηση", "el"),
    ],
)
def test_told(said: str, code: str) -> None:
    assert language(said) == code


@pytest.mark.parametrize(
    "said",
    [
        "",
        "hello",
        "ok",
        "thank you",
        "buenos dias",
        "😀 😀 😀",
        "12 34 56",
        "شكرا لكم",
        "привет всем",
        "谢谢大家",
        "ကျေးဇူးတင်ပါတယ် ကျေးဇူး ကျေးဇူး",
        "Xqz Vrtk Blm",
        "\u200b \u200b \u200b",
    ],
)
def test_unsure(said: str) -> None:
    assert language(said) is None


@pytest.mark.parametrize("code", sorted(set(WRITTEN) - {"fr"}))
def test_each_language_is_recognised(code: str) -> None:
    right = [language(said) == code for said in WRITTEN[code]]
    assert sum(right) >= 0.85 * len(right)


def test_no_french_is_sent_away() -> None:
    assert {said: language(said) for said in WRITTEN["fr"]}.items() <= {
        (said, code) for said in WRITTEN["fr"] for code in ("fr", None)
    }


def test_training_sentences_are_not_taken_for_foreign_ones() -> None:
    """A few of them are in English or Spanish, as people write to see."""
    sentences = [
        line.strip("- ")
        for path in sorted(Path("nlu/data").glob("*.yml"))
        for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]
        for line in block["examples"].splitlines()
    ]
    foreign = [said for said in sentences if language(said) not in (None, "fr")]
    assert len(foreign) <= 0.005 * len(sentences)


def test_kept_apart_sentences() -> None:
    score = score_language()
    assert score.expelled <= 0.01 * score.french
    for words, aim in {"3-5": 0.85, "6-10": 0.85, "11+": 0.97}.items():
        assert score.right["other", words] >= aim * score.asked["other", words], words
    assert score.right["unknown", "1-2"] == score.asked["unknown", "1-2"]


def test_the_same_answer_each_time() -> None:
    said = [said for texts in WRITTEN.values() for said in texts]
    once = [language(text) for text in said]
    module._factory.cache_clear()
    assert [language(text) for text in reversed(said)] == once[::-1]


def test_everyday_french_does_not_reach_the_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_detected", None)
    for said in (
        "On est deux pour douze résidents la nuit, ce n'est plus possible.",
        "jsui éduc spé ds le 59 depui 3 ans",
        "il faut augmenter les salaires et arrêter de fermer des lits",
    ):
        assert language(said) == "fr"


def test_quick() -> None:
    said = [text for texts in WRITTEN.values() for text in texts]
    [language(text) for text in said]
    times = []
    for text in said:
        began = time.perf_counter()
        language(text)
        times.append(time.perf_counter() - began)
    assert median(times) < 0.001


@pytest.mark.parametrize("sign", ["a", "9", "é ", "ى ", "ی", "中", "😀", "'", "\u0301", "a3"])
def test_long_texts_cost_no_more(sign: str) -> None:
    text = sign * 20_000
    language(text)
    began = time.perf_counter()
    language(text)
    assert time.perf_counter() - began < 0.05
