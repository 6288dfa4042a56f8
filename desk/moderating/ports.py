"""What moderation needs of outside: decisions, look-alikes, the search, what points to a person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Protocol

from bot.curated import Decision, Relit
from bot.finding import Alike, Entry, Found, Near, Progress, Standing, Wanted


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

    def count(self) -> int | None:
        """How many groups are left to judge; None when nobody looked for them yet."""
        ...

    def close(self) -> None: ...


class Apart(Protocol):
    """Those that look alike, and are not. What cannot be kept raises CurationError."""

    def keep(self, references: Sequence[str], who: str, on: date) -> None: ...

    def of(self, numbers: Collection[int]) -> Mapping[int, frozenset[str]]: ...


class Search(Protocol):
    def find(self, wanted: Wanted) -> Found: ...

    def these(self, numbers: Sequence[int]) -> Sequence[Entry]: ...

    def near(self, reference: str, most: int = 5) -> Sequence[Near]: ...

    def waiting(
        self, after: int, most: int, *, personal: bool = False
    ) -> tuple[Sequence[str], int]: ...

    def counts(self, since: date) -> Standing: ...

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
