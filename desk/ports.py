"""What the desk needs from outside: its memory, one protocol for each subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

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
    def take(self, login: str, address: str, now: datetime) -> float:
        """0: this try counts and may be looked at. Else the seconds to wait."""
        ...

    def succeeded(self, login: str, address: str) -> None: ...


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


@dataclass(frozen=True, slots=True)
class Memory:
    """All that the desk's pages read and write. Blocking calls."""

    accounts: Accounts
    sessions: Sessions
    tries: Tries
    journal: Journal
