"""The words of a text in which a place is looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from nlu.words import unaccented

WORD = re.compile(r"[^\W_]+")
SHORT = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}


class Word(NamedTuple):
    text: str
    start: int
    end: int


def words_in(text: str) -> Iterator[Word]:
    """The plain words of a text; « St » is "saint"."""
    for found in WORD.finditer(text):
        plain = unaccented(found.group())
        yield Word(SHORT.get(plain, plain), found.start(), found.end())


def said(words: Sequence[Word]) -> str:
    """These words with a space between."""
    return " ".join(word.text for word in words)
