"""What an export reads: a frozen snapshot, never a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from bot.curated import Curated, Snapshot
from bot.guide import Guide
from exports.confidentiality import Profile
from exports.records import Participant, Record

Key = tuple[str, str]  # guide, version


class Source(Protocol):
    """A snapshot that may be read as many times as wanted, always the same."""

    @property
    def snapshot(self) -> Snapshot: ...

    @property
    def guides(self) -> Mapping[Key, Guide]:
        """Every version that a participation of the snapshot follows."""
        ...

    def curated(self) -> Iterator[Curated]:
        """Every participation, oldest day first, streamed."""
        ...

    def beside_now(self, *, changed: bool = False) -> Iterator[tuple[Curated, Curated | None]]:
        """The same, each with how it stands now: None when nothing at all happened to it since.

        `changed`: only those to which something happened.
        """
        ...


class Leaving(Protocol):
    """What a confidentiality profile and the filters let leave of a snapshot: all a format sees."""

    @property
    def snapshot(self) -> Snapshot:
        """Published: its codebook holds only the themes of what leaves, and those above them."""
        ...

    @property
    def profile(self) -> Profile: ...

    @property
    def guides(self) -> Mapping[Key, Guide]:
        """The versions followed by what leaves, oldest first; all of them while nothing does."""
        ...

    def records(self) -> Iterator[Record]:
        """The contributions, in order of reference, streamed; each call starts again."""
        ...

    def participants(self, *, whole: bool = False) -> Iterator[Participant]:
        """The participations, in order of reference (internal: oldest day first), streamed.

        `whole`: with their `run`, which only the internal profile has.
        """
        ...
