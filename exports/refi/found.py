"""What was found in a file of another program: its codes, its texts, its passages, and the rest."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Set
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from bot.curated import Code
from exports.refi.counting import EVERY, Counting


class Passage(NamedTuple):
    """One code on one passage, as the file says it."""

    source: str
    start: int | None  # None: the whole text has the code
    end: int | None
    code: str
    coder: str
    on: date | None
    name: str = ""  # of the selection: its words, for some programs
    notes: tuple[str, ...] = ()  # what is written beside it
    selection: str = ""  # its identifier


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the file: its fingerprints are enough to compare it."""

    id: str
    name: str = field(repr=False)
    sha256: str | None = None
    loose: str | None = None  # fingerprint as we would write it
    problem: str = ""  # why it could not be read
    raw: str = field(default="", repr=False)  # kept when it has a BOM or CR


@dataclass(slots=True)
class Project:
    """All that was found, and how much of it is not ours to keep."""

    codes: list[Code] = field(default_factory=list)
    code_notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # by code
    texts: dict[str, Text] = field(default_factory=dict)
    passages: list[Passage] = field(default_factory=list)
    nothing: list[tuple[str, str]] = field(default_factory=list)  # coder, text read with no code
    countings: Set[Counting] = EVERY  # ways of counting that its names leave
    other_sources: int = 0  # pictures, sounds, PDF
    other_codings: int = 0  # on those
    bare: int = 0  # passages without a code
    aside: Counter[str] = field(default_factory=Counter)  # elements without a home, by name
    lone_notes: Counter[str] = field(default_factory=Counter)  # by where they are


def digest(text: str) -> str:
    """The fingerprint of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def guid_of(written: str | None) -> str:
    """A GUID as 32 digits, whatever its capitals and braces. Raises ValueError for none."""
    return uuid.UUID((written or "").strip("{}")).hex


def key(written: str | None) -> str:
    """A GUID as 32 digits, or what stands in its place in some programs."""
    try:
        return guid_of(written)
    except ValueError:
        return (written or "").strip()
