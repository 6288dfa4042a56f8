"""What is looked for among the contributions, and what is found. Frozen nouns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from bot.curated import Decision

A_PAGE = 25
SORTS = ("newest", "oldest", "longest", "shortest", "closest")


@dataclass(frozen=True, slots=True)
class Entry:
    """A contribution as it can be found. Several codes are in the order of the guide."""

    number: int
    reference: str
    conversation: str
    participation: str  # the reference its author was given
    guide: str
    kind: str  # "experience" or "proposal"
    made_on: date
    title: str = ""
    text: str = field(default="", repr=False)  # as it may leave
    topic: tuple[str, ...] = ()
    decision: Decision = Decision.WAITING
    merged_into: str | None = None
    public: tuple[str, ...] = ()  # who its author is
    department: tuple[str, ...] = ()
    origin: str = ""
    channel: str = ""
    language: str = ""  # ISO 639-1
    helped: str = ""
    personal: bool = False  # something in the words pointed to a person
    coded: bool = False
    complete: bool = True  # finished, and read back


# What may be chosen, by the name of a column of `Entry`.
CHOICES = (
    "guide", "kind", "topic", "decision", "public", "department", "origin", "channel", "language",
    "helped",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question to the index. What is empty chooses nothing."""

    words: str = field(default="", repr=False)  # « mot », « début* », « "mots à la suite" »
    chosen: Mapping[str, str] = field(default_factory=dict)  # a name of CHOICES: its code
    personal: bool = False
    uncoded: bool = False
    like: str = ""  # a reference: those that look like it
    sort: str = "newest"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Near:
    """A contribution that says nearly the same; 100 is the same words."""

    entry: Entry
    score: int


@dataclass(frozen=True, slots=True)
class Group:
    """Contributions that say nearly the same as the first one of them."""

    first: Entry
    others: tuple[Near, ...]
    more: int = 0  # as near, not shown


@dataclass(frozen=True, slots=True)
class Alike:
    """Some groups, and how many there are."""

    groups: tuple[Group, ...]
    count: int
    following: int | None  # where the next ones are
    at: datetime | None  # when they were looked for; None: not yet
    running: bool = False  # they are being looked for


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found."""

    entries: tuple[Entry, ...]
    count: int
    page: int
    scores: Mapping[str, int] = field(default_factory=dict)  # reference: likeness

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // A_PAGE))


@dataclass(frozen=True, slots=True)
class Standing:
    """How many contributions there are, and how many wait. Drafts and what was binned are none."""

    every: int
    new: int  # made on this day or after
    waiting: int
    waiting_new: int
    personal: int  # waiting, and something in the words pointed to a person


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the index is filled."""

    done: int  # conversations read
    total: int

    @property
    def ready(self) -> bool:
        return self.done >= self.total
