"""What an export reads: a frozen snapshot, never a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from bot.curated import Curated, Snapshot
from bot.guide import Guide

Key = tuple[str, str]  # guide, version


class Source(Protocol):
    """A snapshot that may be read as many times as a format needs, always the same."""

    @property
    def snapshot(self) -> Snapshot: ...

    @property
    def guides(self) -> Mapping[Key, Guide]:
        """Every version that a participation of the snapshot follows."""
        ...

    def curated(self) -> Iterator[Curated]:
        """Every participation, oldest day first, streamed."""
        ...
