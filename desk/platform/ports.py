"""What the pages of the other platform need of the memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from bot.curated import Columns, Matched, Outside, Taken
from bot.finding import Found, Wanted


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
