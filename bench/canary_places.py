"""Where the words of `bench.canaries` may lie: the live database, and the copies made of it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from storage.backup import backups
from storage.backup.reviving import put_back
from storage.backup.sealed_files import lock_of, open_into
from storage.backup.tombstones import NAME, Tombstones
from storage.database import make_engine

if TYPE_CHECKING:
    from tests.postgres import Cluster


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is for one database."""

    name: str
    url: str
    folder: Path
    cluster: Cluster | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def old(self) -> Path:
        return self.folder / "old"

    @property
    def key(self) -> Path:
        return self.data / "parole.key"

    @property
    def live(self) -> list[Path]:
        return [self.data, *([self.cluster.folder] if self.cluster else [])]

    @property
    def everywhere(self) -> list[Path]:
        return [self.folder, *([self.cluster.folder] if self.cluster else [])]


def copied(place: Place, engine: Engine) -> None:
    """A closed backup, and the very files of the database, as a thief or an old disk has them."""
    place.old.mkdir()
    secret = place.folder.parent / f"secret-{place.name}"
    secret.write_text("bGUgc2VjcmV0IGRlIGNldCBlc3NhaSwgcGFzIHVuIHZyYWk=\n")
    secret.chmod(0o600)
    lock = lock_of(secret)
    backups.make(engine, place.old, lock, Tombstones(place.data / NAME), datetime.now(UTC), 30)
    if place.cluster is None:
        for file in place.data.glob("parole.db*"):
            shutil.copy(file, place.old / f"file-{file.name}")
    else:
        place.cluster.execute("CHECKPOINT")
        shutil.copytree(place.cluster.folder / "data", place.old / "pgdata", symlinks=True,
                        ignore=shutil.ignore_patterns("postmaster.*"))  # fmt: skip


@contextmanager
def old_backup(place: Place) -> Iterator[Engine]:
    """The backup made before, opened and put in a database of its own, nothing made right."""
    [file] = place.old.glob("parole-*.gpg")
    opened = place.folder.parent / f"opened-{place.name}"
    open_into(lock_of(place.folder.parent / f"secret-{place.name}"), file, opened)
    if place.cluster is None:
        with closing(sqlite3.connect(opened)) as connection:
            connection.execute("PRAGMA journal_mode = delete")
        engine = make_engine(make_url(f"sqlite:///{opened}"), 5.0)
    else:
        engine = put_back(make_url(place.cluster.url()), opened)
    try:
        yield engine
    finally:
        engine.dispose()
        opened.unlink()


def flush(place: Place) -> None:
    """PostgreSQL writes its tables when it wants: now."""
    if place.cluster is not None:
        place.cluster.execute("CHECKPOINT")
