"""What signing in needs of the memory: accounts, sessions, tries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.staff import Account, Seat, Session


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
