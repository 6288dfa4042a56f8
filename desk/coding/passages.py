"""A text cut where its coded passages begin and end, and offsets as a browser counts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.curated import Coding


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the text under the same codes."""

    words: str
    codes: tuple[str, ...]  # the shortest passage last: it is the one on top
    places: tuple[int, ...] = ()  # of these passages among those given, in the same order


def pieces(text: str, codings: Iterable[Coding]) -> Iterator[Piece]:
    """The whole text, in pieces that follow one another."""
    there = [(place, one) for place, one in enumerate(codings) if not one.redo]
    cuts = sorted({0, len(text)}.union(*((one.start, one.end) for _, one in there)))
    for start, end in pairwise(cuts):
        over = [(place, one) for place, one in there if one.start <= start and end <= one.end]
        over.sort(key=lambda one: one[1].start - one[1].end)
        codes = tuple(dict.fromkeys(one.code for _, one in over))
        yield Piece(text[start:end], codes, tuple(place for place, _ in over))


def code_points(text: str, units: int) -> int:
    """How many code points the first `units` UTF-16 units of the text are.

    Raises ValueError outside the text, or in the middle of a character.
    """
    octets = text.encode("utf-16-le")[: max(0, 2 * units)]
    if len(octets) != 2 * units:
        raise ValueError("not a place in the text")
    return len(octets.decode("utf-16-le"))
