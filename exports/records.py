"""The canonical contribution: one frozen value that every format of contributions reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.curated import Coding, Decision
from exports.columns import Coded


@dataclass(frozen=True, slots=True)
class Record:
    """One experience or proposal, as its confidentiality profile lets it leave.

    What a profile withholds is empty here, so that no format has anything to hide.
    """

    reference: str  # "E-000123"; a new pseudonym in each public package
    kind: Coded  # "experience" or "proposal"
    participation: str  # the reference that links the files; a new pseudonym unless internal
    guide: str
    version: str
    round: int
    made_on: date | None  # the day in UTC
    text: str | None  # LF, NFC; None: nothing may leave, or nothing was written down
    title: str | None = None
    topic: tuple[Coded, ...] = ()
    public: tuple[Coded, ...] = ()  # whom a proposal is for
    profile: Mapping[str, tuple[Coded, ...]] = field(default_factory=dict)  # step: what was chosen
    consents: Mapping[str, str] = field(default_factory=dict)  # purpose: "yes", "no", "not_asked"
    channel: str | None = None
    origin: str | None = None  # the link that brought the person here
    helped: Coded | None = None
    helped_by: str | None = None
    language: Coded | None = None
    provenance: Coded | None = None
    complete: bool = True
    decision: Decision = Decision.WAITING
    reason: str = ""
    merged_into: str | None = None
    codings: tuple[Coding, ...] = ()  # offsets in code points of `text`, end exclusive
    as_typed: str | None = None  # the exact words: internal only
