"""What is tried on SQLite, then on PostgreSQL: asked for, run, told in one table."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from bench.figures import Cell, table

if TYPE_CHECKING:
    from tests.postgres import Cluster


class Outcome(Protocol):
    """What every trial says of itself."""

    @property
    def database(self) -> str: ...

    @property
    def seed(self) -> int: ...

    @property
    def people(self) -> int: ...

    @property
    def right(self) -> bool: ...


Tried = TypeVar("Tried", bound=Outcome)
Rows = Iterable[tuple[str, Callable[[Tried], Cell]]]


def told(title: str, outcomes: Sequence[Tried], rows: Rows[Tried]) -> str:
    """The figures in French, a column for each database."""
    every: list[tuple[str, Callable[[Tried], Cell]]] = [
        ("Graine", lambda one: str(one.seed)),
        ("Personnes", lambda one: one.people),
        *rows,
        ("Tenu", lambda one: yes(one.right)),
    ]
    lines = [(name, *(cell(one) for one in outcomes)) for name, cell in every]
    return table((title, *(one.database for one in outcomes)), lines)


def yes(so: bool) -> str:
    return "oui" if so else "NON"


def main(
    name: str,
    said: str | None,
    default: tuple[int, int],
    on_sqlite: Callable[[Path, int, int], Tried],
    on_postgres: Callable[[Cluster, Path, int, int], Tried],
    tell: Callable[[Sequence[Tried]], str],
) -> None:
    """`default`: how many persons, and the seed. Exits with 1 on a fault."""
    asked = argparse.ArgumentParser(prog=f"python -m {name}", description=said)
    asked.add_argument("--people", type=int, default=default[0])
    asked.add_argument("--seed", type=int, default=default[1])
    given = asked.parse_args()
    from tests.postgres import Cluster, programs

    with tempfile.TemporaryDirectory(prefix="parole-") as folder:
        where = Path(folder)
        outcomes = [on_sqlite(where, given.people, given.seed)]
        if programs() is None:
            print("PostgreSQL n'est pas installé : SQLite seulement.")
        else:
            cluster = Cluster()
            try:
                outcomes.append(on_postgres(cluster, where, given.people, given.seed))
            finally:
                cluster.stop()
    print(tell(outcomes))
    sys.exit(0 if all(one.right for one in outcomes) else 1)
