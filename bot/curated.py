"""What staff make of contributions: decisions, texts that may leave, codes. Frozen nouns."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from bot.model import Participation

SHORT = ("title", "topic", "public")  # the roles of the words beside the text


class Decision(StrEnum):
    """What a moderator decided of a contribution."""

    WAITING = "waiting"
    PUBLISHED = "published"
    HIDDEN = "hidden"  # kept and counted, not published; its words stay with the team
    BINNED = "binned"  # spam or a test: neither counted nor shown


@dataclass(frozen=True, slots=True)
class Code:
    """A theme or a sub-theme of the codebook. Its name is unique over the whole tree."""

    id: str  # random, never given again
    name: str
    definition: str = ""
    colour: str = "#666666"  # "#rrggbb"
    parent: str | None = None  # the id of a theme


def folded(name: str) -> str:
    """Two codes whose names have the same folding are the same to a reader."""
    seen = (one for one in name if unicodedata.category(one) != "Cf")
    plain = unicodedata.normalize("NFKC", "".join(seen)).casefold()
    return " ".join(unicodedata.normalize("NFC", plain).split())


@dataclass(frozen=True, slots=True)
class Coding:
    """A passage of the text that may leave, and its code.

    Offsets are in Unicode code points of `Record.text`, end exclusive. `words` are what they held
    when the passage was coded: a text that changes since never moves a code silently. An empty
    passage is one to be coded again: its words are no longer there.
    """

    code: str
    start: int
    end: int
    coder: str  # a staff login, or the name found in an imported project
    on: date
    origin: str = "human"  # "human" or "imported"
    words: str = field(default="", repr=False)  # of the passage; empty: not known
    note: str = field(default="", repr=False)  # what the coder wrote beside it

    @property
    def redo(self) -> bool:
        """Whether its words went, and a person has to look again."""
        return self.start == self.end


@dataclass(frozen=True, slots=True)
class Relit:
    """The words that leave, as staff confirmed or masked them."""

    text: str | None = field(default=None, repr=False)  # None: as the person left it
    short: Mapping[str, str] = field(default_factory=dict, repr=False)  # by role, see SHORT


OWN = Relit()  # all as the person left it


@dataclass(frozen=True, slots=True)
class Reading:
    """A coder read a contribution and found nothing to code in it."""

    coder: str
    on: date


@dataclass(frozen=True, slots=True)
class Curation:
    """All that staff made of one contribution."""

    reference: str  # "E-000123" or "P-000124"
    decision: Decision = Decision.WAITING
    reason: str = ""  # a code of the reasons that the author is told
    text: str | None = None  # confirmed or masked further by staff; None: as the person left it
    merged_into: str | None = None  # the reference of the contribution that says the same
    codings: tuple[Coding, ...] = ()
    short: Mapping[str, str] = field(default_factory=dict)  # by role, see SHORT, as `text`
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Curated:
    """A participation with what staff made of its contributions, by reference."""

    participation: Participation
    curations: Mapping[str, Curation] = field(default_factory=dict)

    def of(self, reference: str) -> Curation:
        return self.curations.get(reference) or Curation(reference)


@dataclass(frozen=True, slots=True)
class Outside:
    """A contribution read in the export of another platform: nobody of ours made it."""

    source: str  # the platform: "plateforme"; never one of our channels
    id: str  # as that platform gave it
    kind: str  # "experience" or "proposal"
    text: str = field(repr=False)
    title: str = ""
    topic: str = ""  # in that platform's words
    made_on: date | None = None

    @property
    def reference(self) -> str:
        """« plateforme:1234 »: no contribution of ours has a colon in its reference."""
        return f"{self.source}:{self.id}"


@dataclass(frozen=True, slots=True)
class Matched:
    """What staff said of one of ours and one of another platform that look alike."""

    ours: str  # references
    theirs: str
    same: bool
    who: str  # a staff login
    on: date


@dataclass(frozen=True, slots=True)
class Taken:
    """What reading the export of another platform again makes of what was known."""

    new: int = 0
    changed: int = 0
    same: int = 0
    absent: int = 0  # known, no longer in the file: kept


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything as it was at one moment: exports made from it are the same each time."""

    id: str
    taken: datetime
    taken_by: str  # a staff login
    participations: int
    sha256: str  # of all that it held when it was taken
    codebook: tuple[Code, ...] = ()
    salt: bytes = field(default=b"", repr=False)  # its pseudonyms come from it; goes with it


@dataclass(frozen=True, slots=True)
class Columns:
    """A file of columns that staff keep: which ones another platform wants, or has."""

    name: str
    text: str  # YAML
    changed_by: str  # a staff login
    changed_on: date


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns that an export was asked with, whole: changed later, it stays the same."""

    name: str
    text: str  # YAML
    filled: Mapping[str, str] = field(default_factory=dict)  # what staff wrote in empty columns


class Stage(StrEnum):
    """How far an export asked for at the desk is."""

    LOOKING = "looking"  # what would leave is being counted
    SEEN = "seen"  # it is shown, and waits for a yes
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def under_way(self) -> bool:
        return self in (Stage.LOOKING, Stage.WAITING, Stage.RUNNING)


@dataclass(frozen=True, slots=True)
class Order:
    """An export asked for at the desk, and what became of it."""

    id: str
    profile: str
    formats: tuple[str, ...]
    filters: Mapping[str, str]
    asked_by: str  # a staff login
    asked: datetime
    stage: Stage
    snapshot: str | None = None
    written: int = 0
    expected: int = 0
    problem: str | None = None
    file: str | None = None  # its name, while it is kept
    sha256: str | None = None
    finished: datetime | None = None
    people: int | None = None  # participations read
    stamp: str | None = None  # what was withdrawn between the snapshot and the reading
    sheet: Sheet | None = None  # of the format « fusion »

    def same_as(self, other: Order) -> bool:
        """Whether both ask for the same files."""
        mine, theirs = (
            (o.snapshot, o.profile, o.formats, o.filters, o.sheet) for o in (self, other)
        )
        return mine == theirs
