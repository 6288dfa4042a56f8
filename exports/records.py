"""What every format reads: one frozen value per contribution, and one per participation.

What a profile withholds is empty here, so that no format has anything to hide. The tables that
say what each profile lets leave are in `exports/leaving/lessening.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.curated import Coding, Decision, Reading
from exports.columns import Coded
from exports.runs import Run


@dataclass(frozen=True, slots=True)
class Record:
    """One experience or proposal, as its confidentiality profile lets it leave."""

    reference: str  # "E-000123"; in `public`, a pseudonym of this snapshot: "E-7F3KQ2M9XA"
    kind: Coded  # "experience" or "proposal"
    participation: str  # links the files; a pseudonym unless internal
    guide: str
    version: str
    round: int
    made_on: date | None  # the day in UTC
    text: str | None  # LF, NFC; None: nothing may leave, or nothing was written down
    title: str | None = None
    topic: tuple[Coded, ...] = ()  # its code is "" when the guide asks for words
    public: tuple[Coded, ...] = ()  # whom a proposal is for
    profile: Mapping[str, tuple[Coded, ...]] = field(default_factory=dict)  # step: what was chosen
    consents: Mapping[str, str] = field(default_factory=dict)  # purpose: a key of GIVEN
    channel: str | None = None
    origin: str | None = None  # the link that brought the person here
    helped: Coded | None = None
    helped_by: str | None = None
    language: Coded | None = None
    provenance: Coded | None = None
    masking: Coded | None = None
    complete: bool = True  # finished, and read back
    decision: Decision = Decision.WAITING
    reason: str = ""  # why staff hid it: a code
    merged_into: str | None = None  # the reference of the contribution that says the same
    codings: tuple[Coding, ...] = ()  # offsets in code points of `text`, end exclusive
    as_typed: str | None = None  # the exact words: internal only
    title_as_typed: str | None = None
    confirmed: bool = False  # staff read the text, and may have changed it
    short: Mapping[str, str] = field(default_factory=dict)  # title, topic, public: as confirmed
    readings: tuple[Reading, ...] = ()  # coders who found nothing to code
    agreed_on: Mapping[str, date] = field(default_factory=dict)  # purpose: the last day it was said


@dataclass(frozen=True, slots=True)
class Agreement:
    """What became of one agreement."""

    given: str  # a key of GIVEN
    version: str | None = None  # of the text read
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Participant:
    """One participation, as its confidentiality profile lets it leave: a row of a wide table."""

    reference: str  # a pseudonym unless internal
    guide: str
    version: str
    status: str  # a key of STATUSES
    contributions: tuple[str, ...] = ()  # references of those that leave
    answers: Mapping[str, tuple[Coded, ...]] = field(default_factory=dict)  # step: what was chosen
    unsaid: Mapping[str, str] = field(default_factory=dict)  # step: a key of STATES
    agreements: Mapping[str, Agreement] = field(default_factory=dict)  # step
    channel: str | None = None
    origin: str | None = None
    helped: Coded | None = None
    helped_by: str | None = None
    helper_session: str | None = None
    started_on: date | None = None
    active_on: date | None = None
    run: Run | None = None  # everything, internal only
