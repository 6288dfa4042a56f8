"""What exports need of the memory: snapshots, and what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.curated import Order, Sheet, Snapshot, Stage
from bot.guide import Guide
from exports.source import Source


class Closed(Protocol):
    """Files sealed on the disk. What does not open raises DatabaseUnfit or OSError."""

    def close(self, clear: Path, out: Path) -> None:
        """Seal what a file holds into another one."""
        ...

    def put(self, octets: bytes, out: Path) -> None: ...

    def opened(self, file: Path) -> Iterator[bytes]:
        """What it holds, in clear, a piece at a time."""
        ...

    def size(self, file: Path) -> int:
        """In clear."""
        ...

    def opens(self, file: Path) -> bool:
        """Whether it is there, and closed with the key of now."""
        ...


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
