"""Long texts are cut where a reader would pause, and nothing of them is lost."""

from __future__ import annotations

import time

import pytest
import regex  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram_text import LARGEST, split, units
from tests.hostile_cuts import cut

pieces = st.sampled_from(
    [
        "a",
        "é",
        "e\u0301",
        "👩🏽‍⚕️",
        "🇫🇷",
        "𝔸",
        "\n",
        "\n\n",
        ". ",
        " ",
        "\r\n",
        "\u00a0», ",
        "नि",
        "\0",
    ]
)
texts = st.lists(pieces, max_size=120).map("".join) | st.text(max_size=150)


@settings(max_examples=2000, deadline=None)
@given(texts, st.integers(24, 60))
def test_parts_joined_are_the_text_and_no_grapheme_is_cut(text: str, largest: int) -> None:
    parts = split(text, largest)
    assert "".join(parts) == text
    assert all(units(part) <= largest for part in parts)
    assert all(parts) or text == ""
    ends = {0, *(cluster.end() for cluster in regex.finditer(r"\X", text))}
    if all(units(cluster) <= largest for cluster in regex.findall(r"\X", text)):
        at = 0
        for part in parts:
            at += len(part)
            assert at in ends


@pytest.mark.parametrize("seed", range(1, 6))
def test_texts_longer_than_telegram_takes(seed: int) -> None:
    """I4: here 100 from each of five seeds; `make hostile` cuts 20 000."""
    count, parts = cut(seed, 100)
    assert parts > count


@given(st.text(max_size=50))
def test_units_are_those_of_utf_16(text: str) -> None:
    assert units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_a_paragraph_first_then_a_sentence_then_a_space() -> None:
    assert split("Un mot. Deux.\n\nTrois mots. Suite", 30) == (
        "Un mot. Deux.\n\n",
        "Trois mots. Suite",
    )
    assert split("Un mot. Deux mots. Trois mots", 20) == ("Un mot. Deux mots. ", "Trois mots")
    assert split("Un mot et encore un autre", 20) == ("Un mot et encore un ", "autre")


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10_000,
        "." * 10_000,
        " " * 10_000,
        "\n" * 10_000,
        "e" + "\u0301" * 9_999,
        "👩🏽‍⚕️" * 2_000,
    ],
    ids=["letters", "dots", "spaces", "lines", "marks", "emoji"],
)
def test_no_text_takes_long(text: str) -> None:
    before = time.process_time()
    parts = split(text)
    assert time.process_time() - before < 0.5
    assert "".join(parts) == text
    assert max(map(units, parts)) <= LARGEST
