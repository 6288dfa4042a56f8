"""What every page of the desk may need from outside; each room has ports of its own beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bot.curated import Curated
from bot.guide import Guide
from bot.model import Conversation, Exchange, Reply, Said
from bot.staff import Act, Chain, Line
from desk.coding.ports import Codebook, Codings, Judgements
from desk.exporting.ports import Packages, Snapshots
from desk.moderating.ports import Apart, Curations, Indexing, Lookalikes
from desk.overview.ports import Overview
from desk.platform.ports import Arrivals, Mappings, OtherPlatform, Outsides, Pairs
from desk.signing.ports import Accounts, Sessions, Tries


class Journal(Protocol):
    def write(self, who: str, act: Act, about: Mapping[str, str | int] | None = None) -> None: ...

    def lines(
        self,
        *,
        who: str = "",
        what: str = "",
        reference: str = "",
        since: date | None = None,
        until: date | None = None,
        older_than: int | None = None,
        limit: int = 50,
    ) -> list[Line]: ...

    def published(self, *, unlike: str) -> Line | None: ...

    def people(self) -> list[str]: ...

    def check(self) -> Chain: ...


class Guides(Protocol):
    def current(self, guide: str | None = None) -> Guide: ...

    def of(self, guide: str, version: str) -> Guide: ...


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


class Speech(Protocol):
    """A reply in words."""

    def say(self, reply: Reply, guide: Guide) -> Said: ...

    def label(self, written: str) -> str: ...


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
