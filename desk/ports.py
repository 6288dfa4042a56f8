"""What the desk needs from outside: its memory, one protocol for each subject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from bot.curated import Code, Coding, Curated
from bot.guide import Guide
from bot.staff import Account, Act, Chain, Line, Seat


class Accounts(Protocol):
    def find(self, login: str) -> Account | None: ...

    def none_yet(self) -> bool: ...

    def secret(self, id: str) -> str | None:
        """The secret of the second factor."""
        ...

    def use_step(self, id: str, step: int) -> bool:
        """Whether this time step opens: it does once."""
        ...


class Sessions(Protocol):
    def open(self, id: str, now: datetime, *, second_factor: bool, waiting: bool) -> str:
        """A new session of this account: its token."""
        ...

    def seat(self, token: str, now: datetime) -> Seat | None: ...

    def close(self, token: str) -> None: ...

    def close_all(self, id: str) -> int: ...


class Tries(Protocol):
    def take(self, login: str, address: str, now: datetime, browser: str = "") -> float:
        """0: this try counts and may be looked at. Else the seconds to wait."""
        ...

    def succeeded(self, login: str, address: str, browser: str = "") -> str:
        """Forget what failed before. What this browser is to keep: it is counted apart then."""
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

    def add(self, reference: str, new: Sequence[Coding]) -> int: ...

    def remove(self, reference: str, id: int, coder: str | None = None) -> bool: ...

    def settle(self, reference: str, now: Iterable[tuple[int, Coding]]) -> None: ...

    def given(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """By coder, by contribution, the codes given there."""
        ...


class Present(Protocol):
    """The contributions of now."""

    def curated(self) -> Iterator[Curated]: ...

    def one(self, of: str) -> Curated | None: ...

    def codable(self) -> int: ...

    def beside(self, of: str) -> tuple[str | None, str | None]: ...

    def to_code(self, coder: str, after: str | None = None) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Memory:
    """All that the desk's pages read and write. Blocking calls."""

    accounts: Accounts
    sessions: Sessions
    tries: Tries
    journal: Journal
    codebook: Codebook
    codings: Codings
    present: Present
