"""French or not: sure, or silent."""

from pathlib import Path

import pytest
import yaml

from nlu.language import language


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("I want to talk about my job", "en"),
        ("estoy muy cansada con este horario", "es"),
        ("Ich arbeite jeden Tag im Krankenhaus", "de"),
        ("أنا أعمل في المستشفى كل يوم", "ar"),
        ("моя работа очень трудная", "ru"),
        ("on court toute la journée", "fr"),
    ],
)
def test_told(said, code):
    assert language(said) == code


@pytest.mark.parametrize("said", ["", "hello", "ok", "😀 😀 😀", "g fini mtn", "salam khoya labas"])
def test_unsure(said):
    assert language(said) is None


def test_training_sentences_are_not_taken_for_foreign_ones():
    sentences = [
        line.strip("- ")
        for path in sorted(Path("nlu/data").glob("*.yml"))
        for block in yaml.safe_load(path.read_text("utf-8"))["nlu"]
        for line in block["examples"].splitlines()
    ]
    foreign = [said for said in sentences if language(said) not in (None, "fr")]
    assert len(foreign) <= 5, foreign
