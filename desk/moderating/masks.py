"""What points to a person in a text: each found place masked or left, one by one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from desk.moderating.ports import Personal, Trace

HIDDEN = "[masqué]"  # words that staff chose to mask
LONGEST = 500  # characters of words to mask


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text; `number` is that of the place found, from 1, 0 for what is between."""

    words: str
    number: int = 0
    label: str = ""  # what stands, or would stand, in its place
    masked: bool = False

    @property
    def said(self) -> str:
        """What leaves of it."""
        return self.label if self.masked else self.words


def pieces(words: str, leaving: str, personal: Personal) -> list[Piece]:
    """The text in pieces, with what is masked of it now.

    From the person's own words when what leaves comes from them; else from what leaves.
    """
    found = personal.find(words)
    if found and (now := _now(words, leaving, found, personal)) is not None:
        return _cut(words, found, personal, now)
    if words == leaving:
        return _cut(words, found, personal, ())
    return _cut(leaving, personal.find(leaving), personal, ())


def _now(
    words: str, leaving: str, found: Sequence[Trace], personal: Personal
) -> frozenset[int] | None:
    """The places that are masked in what leaves; None when it is not made of these words."""
    pattern, at = "", 0
    for one in found:
        label = re.escape(personal.KINDS[one.kind])
        there = re.escape(words[one.start : one.end])
        pattern += f"{re.escape(words[at : one.start])}({label}|{there})"
        at = one.end
    seen = re.fullmatch(pattern + re.escape(words[at:]), leaving)
    if seen is None:
        return None
    labels = [personal.KINDS[one.kind] for one in found]
    return frozenset(n for n, label in enumerate(labels, 1) if seen[n] == label)


def _cut(
    text: str, found: Iterable[Trace], personal: Personal, masked: Collection[int]
) -> list[Piece]:
    cut, at = [], 0
    for number, one in enumerate(found, 1):
        if text[at : one.start]:
            cut.append(Piece(text[at : one.start]))
        there = text[one.start : one.end]
        cut.append(Piece(there, number, personal.KINDS[one.kind], number in masked))
        at = one.end
    return [*cut, Piece(text[at:])] if text[at:] else cut


def written(cut: Iterable[Piece], masked: Collection[int], also: Iterable[str] = ()) -> str:
    """The text with these places masked, and these words too, wherever they stand."""
    text = "".join(one.label if one.number in masked else one.words for one in cut)
    for words in also:
        if given := " ".join(words.split()):
            spaced = r"\s+".join(re.escape(one) for one in given.split(" "))
            text = re.sub(spaced, HIDDEN, text, flags=re.IGNORECASE)
    return text
