"""A long text cut into parts that Telegram takes, where a reader would pause."""

from __future__ import annotations

import regex

LARGEST = 4000  # UTF-16 units; Telegram takes 4 096 and has counted them differently over time

_PAUSES = (
    regex.compile(r"\n[^\S\n]*\n\s*"),  # between paragraphs
    regex.compile(r"\n+"),
    regex.compile(r"(?<=[.!?…]|[.!?…]\s?[»”\")\]])\s+"),  # after a sentence
    regex.compile(r"\s+"),
)


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text) + sum(character > "\uffff" for character in text)


def split(text: str, largest: int = LARGEST) -> tuple[str, ...]:
    """Parts of at most `largest` UTF-16 units that, joined, are the text.

    No grapheme is cut, unless one alone is longer than a part.
    """
    parts: list[str] = []
    while units(text) > largest:
        cut = _cut(text, largest)
        parts.append(text[:cut])
        text = text[cut:]
    return (*parts, text)


def _cut(text: str, largest: int) -> int:
    ends: list[int] = [0]
    room = largest
    for cluster in regex.finditer(r"\X", text[: largest + 64], flags=regex.V1):
        room -= units(cluster.group())
        if room < 0:
            break
        ends.append(cluster.end())
    if len(ends) == 1:  # one endless grapheme
        return largest // 2
    furthest, allowed = ends[-1], set(ends)
    window = text[:furthest]
    for pause in _PAUSES:
        stops: list[int] = [m.end() for m in pause.finditer(window) if m.end() in allowed]
        if stops and stops[-1] >= furthest // 3:
            return stops[-1]
    return furthest
