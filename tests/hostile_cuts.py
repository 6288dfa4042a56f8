"""Random texts cut for Telegram, from a seed (goal I4)."""

from __future__ import annotations

import random

import regex  # type: ignore[import-untyped]

from bot.channels.telegram_text import LARGEST, split, units
from tests.hostile import NASTY

SIGNS = ("👩🏽\u200d⚕️", "🇫🇷", "e\u0301", "नि", "\r\n", "👨\u200d👩\u200d👧\u200d👦")
PIECES = (*NASTY, *SIGNS, "mot ", "deux mots. ", "\n\n")


def cut(seed: int, count: int, longest: int = 6000) -> tuple[int, int]:
    """So many texts of at most `longest` pieces: how many, and in how many parts.

    AssertionError for a part beyond the limit, a text that is not whole, a grapheme that is cut.
    """
    chance, parts = random.Random(seed), 0
    for _ in range(count):
        some = chance.choices(PIECES, k=chance.randint(1, 6))
        text = "".join(chance.choices([*some, *PIECES], k=chance.randint(1, longest)))
        given = split(text)
        assert "".join(given) == text, seed
        assert all(units(part) <= LARGEST for part in given), seed
        ends, at = {0}, 0
        for cluster in regex.finditer(r"\X", text):
            ends.add(cluster.end())
            assert units(cluster.group()) <= LARGEST
        for part in given:
            at += len(part)
            assert at in ends, seed
        parts += len(given)
    return count, parts
