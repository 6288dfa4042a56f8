"""How a program counted the places of its passages, when its text is not written as ours is.

The standard wants code points of a text with LF and without BOM. Some programs write CRLF or a BOM
and count as if they had not, others count them; some count UTF-16 units. What a file says of its
passages (their words, given as their names) tells which; without it, only the places that every
way of counting agrees on are sure.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from itertools import product

BOM = "\ufeff"
SHORTEST = 3  # characters of a name that says something


@dataclass(frozen=True, slots=True)
class Counting:
    """One way of counting."""

    crlf: bool = False  # CR and LF are two
    bom: bool = False  # the mark at the beginning is one
    utf16: bool = False  # a character outside the BMP is two

    def places(self, raw: str) -> list[int | None]:
        """For each offset in the file, the offset in our text; None inside a character."""
        found: list[int | None] = []
        ours, before = 0, ""
        for one in raw:
            if one == BOM and not found and not ours:
                if self.bom:
                    found.append(0)
            elif before == "\r" and one == "\n":
                if self.crlf:
                    found.append(ours)
            else:
                found.append(ours)
                if self.utf16 and ord(one) > 0xFFFF:
                    found.append(None)
                ours += 1
            before = one
        return [*found, ours]


EVERY = frozenset(Counting(*one) for one in product((False, True), repeat=3))
STANDARD = Counting()


def ours(raw: str) -> str:
    """The text as we write it: LF, no BOM."""
    return raw.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")


def unusual(raw: str) -> bool:
    """Whether the text is not written as the standard wants."""
    return raw.startswith(BOM) or "\r" in raw


def possible(raw: str, passages: Iterable[tuple[int, int, str]]) -> Set[Counting]:
    """The ways of counting that the names of passages of a text leave: (start, end, name)."""
    named = [one for one in passages if len(_clean(one[2])) >= SHORTEST]
    if not named or not (unusual(raw) or any(ord(one) > 0xFFFF for one in raw)):
        return EVERY
    text, left = ours(raw), set(EVERY)
    tables = {one: one.places(raw) for one in EVERY}
    for start, end, name in named:
        fit = {one for one, table in tables.items() if _fits(text, table, start, end, name)}
        if fit:  # else the name is not made of its words
            left &= fit
    return left


def place(
    raw: str, start: int, end: int, left: Set[Counting]
) -> tuple[int, int] | tuple[None, bool]:
    """The passage in our text, or (None, whether a way of counting finds it somewhere)."""
    if any(not one.utf16 for one in left):  # nothing says that the standard is not followed
        left = {one for one in left if not one.utf16}
    found = {_between(one.places(raw), start, end) for one in left}
    if len(found) == 1 and (only := found.pop()) is not None:
        return only
    return None, bool(found - {None})


def _between(table: list[int | None], start: int, end: int) -> tuple[int, int] | None:
    if not 0 <= start < end < len(table):
        return None
    first, last = table[start], table[end]
    return (first, last) if first is not None and last is not None and first < last else None


def _fits(text: str, table: list[int | None], start: int, end: int, name: str) -> bool:
    there = _between(table, start, end)
    if there is None:
        return False
    words, said = _clean(text[there[0] : there[1]]), _clean(name)
    return words == said or (name.rstrip().endswith(("…", "...")) and words.startswith(said))


def _clean(words: str) -> str:
    """An attribute of XML has no line ends; a program may have cut the words with dots."""
    return " ".join(words.split()).rstrip("….").rstrip()
