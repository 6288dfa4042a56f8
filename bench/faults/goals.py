"""What a run is asked to do, and what one goal came to, as a line of a table in French."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.figures import Cell, table
from storage.database import migrate
from tests.postgres import Cluster, programs

SQLITE, POSTGRES = "SQLite", "PostgreSQL"
HEAD = ("But", "Base", "Cas", "Joués", "Graines", "Échecs", "Chiffre", "Tenu")


@dataclass(frozen=True, slots=True)
class Result:
    """One goal on one database."""

    goal: str
    database: str
    case: str
    cases: int
    seeds: tuple[int, ...]
    failures: int
    figure: str = ""
    missed: bool = False  # although nothing failed: a figure beyond its limit

    @property
    def held(self) -> bool:
        return self.cases > 0 and not self.failures and not self.missed

    def cells(self) -> tuple[Cell, ...]:
        seeds = " ".join(map(str, self.seeds))
        held = "oui" if self.held else "**non**"
        return (
            *(self.goal, self.database, self.case, self.cases, seeds, self.failures),
            *(self.figure, held),
        )


@dataclass
class Asked:
    """How much to do, where, and with which seeds."""

    folder: Path
    long: bool = False
    seeds: tuple[int, ...] = (1,)
    databases: tuple[str, ...] = (SQLITE, POSTGRES)
    cluster: Callable[[], Cluster] | None = None
    share: float = 1.0  # of the sizes of the long version
    heard: list[Any] = field(default_factory=list)  # what one person hears when all goes well
    known: dict[int, list[Any]] = field(default_factory=dict)  # the same, by number of subjects
    _rooms: int = field(default=0)

    def of(self, short: int, long: int) -> int:
        return long if self.long else short

    @property
    def rounds(self) -> int:
        """How many subjects one person talks of."""
        return self.of(1, 3)

    def many(self, short: int, long: int) -> int:
        """How many: what may be made smaller."""
        return max(short, round(long * self.share)) if self.long else short

    def room(self) -> Path:
        """A folder that nothing else has."""
        self._rooms += 1
        room = self.folder / f"room-{self._rooms}"
        room.mkdir(parents=True)
        return room

    @contextmanager
    def database(self, name: str) -> Iterator[dict[str, str]]:
        """The setting of an empty database of ours: none for SQLite, which is in the folder."""
        if name == SQLITE:
            yield {}
            return
        assert self.cluster is not None
        cluster = self.cluster()
        url = cluster.url()
        migrate(url)
        try:
            yield {"database_url": url}
        finally:
            cluster.drop(url)


def possible(databases: Sequence[str]) -> tuple[str, ...]:
    """Those of this machine; what is left out is said."""
    if POSTGRES in databases and programs() is None:
        print("PostgreSQL n'est pas installé : SQLite seulement.")
        return tuple(one for one in databases if one != POSTGRES)
    return tuple(databases)


def told(results: Iterable[Result]) -> str:
    return table(HEAD, [one.cells() for one in results])
