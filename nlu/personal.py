"""What points to a person in a text: names, phones, e-mails, addresses, record numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nlu.traces import mail, names, numbers, places

KINDS = {
    "email": "[une adresse mail]",
    "record": "[un numéro de dossier]",
    "phone": "[un téléphone]",
    "address": "[une adresse]",
    "name": "[une personne]",
}  # the surest first: where two overlap, the first one stands
WORD = re.compile(r"\w+(?:['’.-]\w+)*")


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that points to a person. Offsets are in code points, end exclusive."""

    kind: str  # "name", "phone", "email", "address", "record"
    start: int
    end: int


def find(text: str) -> tuple[Trace, ...]:
    """What points to a person, in the order of the text, never overlapping."""
    finders = {
        "email": mail.emails,
        "record": numbers.records,
        "phone": numbers.phones,
        "address": places.find,
        "name": names.find,
    }
    taken: list[Trace] = []
    hidden = _plain_digits(text)
    for kind, finder in finders.items():
        found = _apart([Trace(kind, start, end) for start, end in finder(hidden)])
        taken += found
        hidden = _blanked(hidden, found)
    return tuple(sorted(taken, key=lambda trace: trace.start))


def masked(text: str, found: Iterable[Trace]) -> str:
    """The text with « [une personne] », « [un téléphone] »… in place of what was found."""
    parts, at = [], 0
    for trace in sorted(found, key=lambda trace: trace.start):
        if trace.start >= at:
            parts += [text[at : trace.start], KINDS[trace.kind]]
            at = trace.end
    return "".join([*parts, text[at:]])


def words(text: str) -> Iterator[tuple[int, int]]:
    """Where the words lie."""
    return (found.span() for found in WORD.finditer(text))


def _plain_digits(text: str) -> str:
    """The same text, with the digits of other scripts and of wide letters as ours."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in text)


def _apart(found: list[Trace]) -> list[Trace]:
    """Of traces of one kind that overlap, the longest."""
    kept: list[Trace] = []
    for trace in sorted(found, key=lambda trace: (trace.start, -trace.end)):
        if not kept or trace.start >= kept[-1].end:
            kept.append(trace)
    return kept


def _blanked(text: str, found: list[Trace]) -> str:
    """What is found is not looked into again; offsets stay."""
    parts, at = [], 0
    for trace in found:
        parts += [text[at : trace.start], "\0" * (trace.end - trace.start)]
        at = trace.end
    return "".join([*parts, text[at:]])
