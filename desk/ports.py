"""What the desk needs from outside: its memory, one protocol for each subject."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from bot.curated import (
    Code,
    Coding,
    Columns,
    Curated,
    Decision,
    Matched,
    Order,
    Outside,
    Reading,
    Relit,
    Sheet,
    Snapshot,
    Stage,
    Taken,
)
from bot.finding import Alike, Entry, Found, Near, Progress, Wanted
from bot.guide import Guide
from bot.model import Conversation, Exchange, Participation, Reply, Said
from bot.staff import Account, Act, Chain, Line, Seat, Session
from exports.source import Source


class Accounts(Protocol):
    def find(self, login: str) -> Account | None: ...

    def none_yet(self) -> bool: ...

    def secret(self, id: str) -> str | None:
        """The secret of the second factor."""
        ...

    def use_step(self, id: str, step: int) -> bool:
        """Whether this time step opens: it does once."""
        ...

    def change_password(self, login: str, password: str) -> None:
        """Another one, hashed. Closes every session of the account."""
        ...

    def set_secret(self, login: str, secret: str, used: int | None = None) -> None:
        """Another second factor. Closes every session of the account."""
        ...


class Sessions(Protocol):
    def open(self, id: str, now: datetime, *, second_factor: bool, waiting: bool) -> str:
        """A new session of this account: its token."""
        ...

    def seat(self, token: str, now: datetime, *, there: bool = True) -> Seat | None:
        """Who holds this token. `there`: it is somebody, not a page that asks again by itself."""
        ...

    def of(self, staff_id: str, now: datetime) -> Sequence[Session]: ...

    def close_one(self, staff_id: str, id: str) -> bool: ...

    def close(self, token: str) -> None: ...

    def close_all(self, id: str) -> int: ...


class Tries(Protocol):
    def take(self, login: str, address: str, now: datetime, browser: str = "") -> float:
        """0: this try counts and may be looked at. Else the seconds to wait."""
        ...

    def succeeded(self, login: str, address: str, browser: str = "") -> str:
        """Forget what failed before. What this browser is to keep: it is counted apart then."""
        ...

    def forget(self, now: datetime) -> int:
        """Leave nothing of who was calm for an hour."""
        ...


class Journal(Protocol):
    def write(self, who: str, act: Act, about: Mapping[str, str | int] | None = None) -> None: ...

    def lines(
        self,
        *,
        who: str = "",
        what: str = "",
        since: date | None = None,
        until: date | None = None,
        older_than: int | None = None,
        limit: int = 50,
    ) -> list[Line]: ...

    def people(self) -> list[str]: ...

    def check(self) -> Chain: ...


class Guides(Protocol):
    def current(self, guide: str | None = None) -> Guide: ...

    def of(self, guide: str, version: str) -> Guide: ...


class Codebook(Protocol):
    """The themes. What cannot be kept raises CodebookError."""

    def codes(self) -> tuple[Code, ...]: ...

    def used(self) -> Mapping[str, tuple[int, int]]:
        """By code, how many passages and how many contributions have it."""
        ...

    def add(
        self, name: str, definition: str = "", colour: str | None = None, parent: str | None = None
    ) -> Code: ...

    def take(self, new: Iterable[Code]) -> None: ...

    def change(self, id: str, *, name: str, definition: str, colour: str) -> Code: ...

    def place(self, id: str, parent: str | None) -> None: ...

    def shift(self, id: str, by: int) -> None: ...

    def merge(self, id: str, into: str) -> int: ...

    def remove(self, id: str, *, confirmed: bool = False) -> None: ...


class Codings(Protocol):
    """Who gave which code to which passage."""

    def of(self, reference: str) -> Sequence[tuple[int, Coding]]: ...

    def add(self, reference: str, new: Sequence[Coding]) -> tuple[int, int]:
        """How many codings, and how many of their notes, were not there yet."""
        ...

    def remove(self, reference: str, id: int, coder: str | None = None) -> bool: ...

    def settle(self, reference: str, now: Iterable[tuple[int, Coding]]) -> None: ...

    def annotate(self, reference: str, id: int, note: str, coder: str) -> bool: ...


class Judgements(Protocol):
    """Which contributions each coder judged: coded, or read with nothing to code."""

    def read(self, reference: str, reading: Reading) -> bool:
        """Whether this was not known yet: a coder found nothing to code. Raises CodebookError."""
        ...

    def unread(self, reference: str, coder: str) -> bool: ...

    def readers(self, reference: str) -> Sequence[str]: ...

    def progress(self) -> Mapping[str, int]: ...

    def judged(self, coder: str) -> int: ...

    def given(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """By coder, by contribution they judged, the codes given there."""
        ...


class Present(Protocol):
    """The contributions of now."""

    def curated(self) -> Iterator[Curated]: ...

    def one(self, of: str) -> Curated | None: ...

    def thread(self, of: str) -> tuple[Conversation, Sequence[Exchange]] | None:
        """The whole conversation in which this contribution was made."""
        ...

    def codable(self) -> int: ...

    def references(self) -> Iterable[str]:
        """Of every contribution."""
        ...

    def beside(self, of: str) -> tuple[str | None, str | None]: ...

    def to_code(self, coder: str, after: str | None = None) -> str | None: ...


class Decided(Protocol):
    """One line of the history of a contribution."""

    @property
    def id(self) -> int: ...

    @property
    def what(self) -> str: ...

    @property
    def reason(self) -> str: ...

    @property
    def who(self) -> str: ...

    @property
    def on(self) -> date: ...


class Curations(Protocol):
    """What staff decide. `seen`: the last line of the history they saw. Raises CurationError."""

    def decide(
        self, of: str, decision: Decision, reason: str, who: str, seen: int,
        *, relit: Relit | None = None,
    ) -> int:  # fmt: skip
        """With `relit`, these words leave from now on, confirmed at the same time."""
        ...

    def confirm(self, of: str, relit: Relit, who: str, seen: int) -> int: ...

    def merge(
        self, of: str, into: str, who: str, seen: int,
        *, relit: Relit | None = None, together: tuple[str, ...] = (),
    ) -> int: ...  # fmt: skip

    def last(self, references: Sequence[str]) -> Mapping[str, int]: ...

    def separate(self, of: str, who: str, seen: int) -> int: ...

    def undo(self, of: str, who: str, seen: int) -> int: ...

    def history(self, of: str) -> Sequence[Decided]: ...


class Lookalikes(Protocol):
    """Groups of contributions that say nearly the same."""

    def look(self, *, again: bool = False) -> None: ...

    def wait(self, seconds: float) -> bool: ...

    def screen(self, after: int = 0) -> Alike: ...

    def close(self) -> None: ...


class Apart(Protocol):
    """Those that look alike, and are not. What cannot be kept raises CurationError."""

    def keep(self, references: Sequence[str], who: str, on: date) -> None: ...

    def of(self, numbers: Collection[int]) -> Mapping[int, frozenset[str]]: ...


class Search(Protocol):
    def find(self, wanted: Wanted) -> Found: ...

    def these(self, numbers: Sequence[int]) -> Sequence[Entry]: ...

    def near(self, reference: str, most: int = 5) -> Sequence[Near]: ...

    def waiting(self, after: int, most: int) -> tuple[Sequence[str], int]: ...

    def possible(self) -> Mapping[str, Sequence[tuple[str, int]]]: ...


class Indexing(Protocol):
    """The search, filled in the background the first time, and up to date after."""

    @property
    def search(self) -> Search: ...

    @property
    def progress(self) -> Progress: ...

    def start(self) -> None: ...

    def wait(self, seconds: float) -> bool: ...

    def refresh(self, *, now: bool = False) -> None: ...

    def close(self) -> None: ...


class Trace(Protocol):
    """Something that points to a person. Offsets in code points, end exclusive."""

    @property
    def kind(self) -> str: ...

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


class Personal(Protocol):
    """Finds what points to a person; KINDS says what stands in its place."""

    @property
    def KINDS(self) -> Mapping[str, str]: ...

    def find(self, text: str) -> Sequence[Trace]: ...


class Speech(Protocol):
    """A reply in words."""

    def say(self, reply: Reply, guide: Guide) -> Said: ...

    def label(self, written: str) -> str: ...


class Overview(Protocol):
    """Everybody, and how many persons are hoped for."""

    def days(self) -> Mapping[date, str]:
        """Oldest first, with how everybody who began on that day stands: equal is untouched."""
        ...

    def of_day(self, day: date) -> Iterator[Participation]: ...

    def guides(self) -> list[tuple[str, str]]: ...

    def targets(self, guide: str) -> Mapping[tuple[str, str], int]: ...

    def set_targets(self, guide: str, wanted: Mapping[tuple[str, str], int]) -> None: ...


class Snapshots(Protocol):
    """Everything as it was at one moment. An unknown one raises StorageError."""

    def take(
        self, taken_by: str, now: datetime, progress: Callable[[int], None] = ...
    ) -> Snapshot: ...

    def every(self) -> list[Snapshot]: ...

    def unchanged(self) -> Snapshot | None:
        """The newest one, when nothing changed since."""
        ...

    def left(self) -> Mapping[str, int]:
        """By snapshot, how many participations were not erased since."""
        ...

    def unwanted(self, before: datetime) -> list[str]:
        """Those taken to look at an export that nobody asked for."""
        ...

    def delete(self, id: str) -> None: ...

    def present(self, id: str) -> int:
        """How many of its participations were not erased since."""
        ...

    def open(self, id: str, guide: Callable[[str, str], Guide]) -> Source: ...


class OtherPlatform(Protocol):
    """What the contributors of another platform said."""

    def count(self) -> int: ...

    def find(self, wanted: Wanted) -> Found: ...

    def close(self) -> None: ...


class Mappings(Protocol):
    """The files of columns of staff; `direction` is "out" or "in"."""

    def every(self, direction: str) -> list[Columns]: ...

    def get(self, direction: str, name: str) -> Columns | None: ...

    def keep(self, direction: str, one: Columns) -> bool:
        """Whether it is new."""
        ...

    def remove(self, direction: str, name: str) -> bool: ...


class Outsides(Protocol):
    """The contributions of other platforms, kept apart."""

    def take(self, source: str, read: Iterable[Outside], on: date) -> Taken: ...

    def compare(self, source: str, read: Iterable[Outside]) -> Taken:
        """What `take` would do."""
        ...

    def get(self, reference: str) -> Outside | None: ...

    def every(self, source: str | None = None) -> Iterator[Outside]: ...

    def counts(self) -> Mapping[str, Mapping[str, int]]:
        """By platform, how many of each kind."""
        ...

    def forget(self, source: str) -> int: ...


class Pairs(Protocol):
    """What staff said of contributions that look alike on both sides."""

    def say(self, ours: str, theirs: str, same: bool | None, who: str, on: date) -> bool:
        """None: not decided any more. False when ours is no longer there."""
        ...

    def every(self) -> Mapping[tuple[str, str], Matched]:
        """By the references of both."""
        ...


class Arrivals(Protocol):
    """Files being looked at. What is gone raises StorageError."""

    def put(self, octets: bytes, *, workbook: bool, now: datetime) -> str: ...

    def open(self, name: str) -> AbstractContextManager[Path]: ...

    def drop(self, name: str) -> None: ...

    def tidy(self, now: datetime) -> None: ...


class Packages(Protocol):
    """The exports asked for: a queue that a restart does not empty."""

    def ask(
        self,
        who: str,
        profile: str,
        formats: Sequence[str],
        filters: Mapping[str, str],
        now: datetime,
        *,
        snapshot: str | None = None,
        stage: Stage = ...,
        sheet: Sheet | None = None,
    ) -> Order: ...

    def confirm(self, id: str) -> bool: ...

    def get(self, id: str) -> Order | None: ...

    def every(self, limit: int | None = None) -> list[Order]: ...

    def claim(self, now: datetime) -> Order | None: ...

    def beat(self, id: str, written: int, expected: int, now: datetime) -> bool: ...

    def release(self, id: str) -> None: ...

    def took(self, id: str, snapshot: str) -> None: ...

    def seen(self, id: str, people: int, stamp: str) -> None: ...

    def done(
        self, id: str, file: str, sha256: str, people: int, stamp: str, now: datetime
    ) -> None: ...

    def failed(self, id: str, problem: str, now: datetime) -> None: ...

    def drop_file(self, id: str) -> None: ...

    def forget_unwanted(self, before: datetime) -> None: ...


@dataclass(frozen=True, slots=True)
class Memory:
    """All that the desk's pages read and write. Blocking calls."""

    accounts: Accounts
    sessions: Sessions
    tries: Tries
    journal: Journal
    codebook: Codebook
    codings: Codings
    judgements: Judgements
    present: Present
    curations: Curations
    indexing: Indexing
    alike: Lookalikes
    apart: Apart
    overview: Overview
    snapshots: Snapshots
    packages: Packages
    outside: OtherPlatform
    mappings: Mappings
    outsides: Outsides
    arrivals: Arrivals
    pairs: Pairs
