"""Where the passages of a contribution are in its text of now: moved, or to be coded again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from bot.curated import Coding


class Anchored(NamedTuple):
    """The codings that stand in a text, and those that a person has to look at again."""

    codings: tuple[Coding, ...]
    redo: tuple[Coding, ...]


def anchored(text: str | None, codings: Iterable[Coding]) -> Anchored:
    """Each coding where its words are now.

    Words that went, or that are there several times now, are not guessed: the coding is empty,
    to be made again.
    """
    there, gone = [], []
    for coding in codings:
        place = _place(text or "", coding)
        if place is None:
            gone.append(replace(coding, start=0, end=0, words=""))
        else:
            start, end = place
            words = (text or "")[start:end]
            there.append(replace(coding, start=start, end=end, words=words))
    return Anchored(tuple(there), tuple(gone))


def _place(text: str, coding: Coding) -> tuple[int, int] | None:
    if coding.redo:
        return None
    here = text[coding.start : coding.end]
    whole = 0 <= coding.start < coding.end <= len(text)
    if whole and (not coding.words or here == coding.words):
        return coding.start, coding.end
    if not coding.words or text.count(coding.words) != 1 or _twice(text, coding.words):
        return None
    start = text.index(coding.words)
    return start, start + len(coding.words)


def _twice(text: str, words: str) -> bool:
    """Whether the words are there again, overlapping themselves."""
    return text.find(words, text.index(words) + 1) != -1
