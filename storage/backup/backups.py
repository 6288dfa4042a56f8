"""The whole database in one closed file: SQLite's own copy, or pg_dump."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Engine
from sqlalchemy.engine import URL

from bot.errors import StorageError
from bot.staff import PAROLE, Act
from storage.backup import pg_programs
from storage.backup.leftovers import aside, swept
from storage.backup.sealed_files import Lock, closing_file
from storage.backup.tombstones import Tombstones
from storage.desk.journal import append
from storage.faults import transaction

MOMENT = "%Y%m%dT%H%M%SZ"
ALL = -1  # pages copied at a time. Fewer, and SQLite begins again each time somebody writes
SPARE = 64_000_000  # bytes left free beside the copy, for those who write
BESIDE = (
    "La clé {} est dans le dossier des sauvegardes {} : qui prend l'un prend l'autre. "
    "Mettez-la ailleurs."
)
FULL = "Il n'y a pas assez de place dans {} : la sauvegarde y demande {:.0f} Mo un moment."


def make(
    engine: Engine, folder: Path, lock: Lock, tombstones: Tombstones, now: datetime, days: int
) -> Path:
    """A new backup in this folder, beside the list of what was erased; the old ones leave.

    What a backup that was killed left behind leaves too. The other place of the list may be away:
    everything is done, and the journal keeps that it was behind. Raises StorageError.
    """
    if lock.opens and folder.resolve() in lock.key.resolve().parents:
        raise StorageError(BESIDE.format(lock.key, folder))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        raise StorageError(f"Le dossier {folder} ne peut pas être créé.") from None
    swept(folder, place_of(engine, tombstones))
    today = now.astimezone(UTC).date()
    ends = f"{kind_of(engine.url)}{lock.suffix}"
    file = folder / f"parole-{now.astimezone(UTC):{MOMENT}}.{ends}"
    with closing_file(lock, file) as out:
        copy_out(engine, out)
    tombstones.sync(engine, today)
    tombstones.copy_to(folder, today)
    whole = tombstones.settled()
    if whole:  # what only the other place knew
        tombstones.copy_to(folder, today)
    tombstones.backed_up(name_of(file), today)
    about: dict[str, str | int] = {"file": file.name}
    if not whole:
        about["list_behind"] = 1
    with transaction(engine) as connection:
        append(connection, now, PAROLE, Act.BACKED_UP, about)
    for one in folder.glob("parole-*"):
        made = moment_of(one)
        if made is not None and (now - made).days > days:
            one.unlink(missing_ok=True)
    return file


def place_of(engine: Engine, tombstones: Tombstones) -> Path:
    """Where the copy waits: beside the database, never in the folder that is copied elsewhere."""
    there = engine.url.database
    return Path(there).parent if kind_of(engine.url) == "db" and there else tombstones.file.parent


def name_of(file: Path) -> str:
    """A backup in the list of what was erased: its moment."""
    made = moment_of(file)
    return f"{made:{MOMENT}}" if made else ""


def moment_of(file: Path) -> datetime | None:
    """When a backup was made, by its name."""
    found = re.match(r"parole-(\d{8}T\d{6})Z\.(?:db|dump)\.", file.name)
    return datetime.strptime(f"{found[1]}Z", MOMENT).replace(tzinfo=UTC) if found else None


def kind_of(where: URL) -> str:
    """The end of the name of a backup: "db" for SQLite, "dump" for PostgreSQL."""
    return "db" if where.get_backend_name() == "sqlite" else "dump"


def copy_out(engine: Engine, out: IO[bytes]) -> None:
    """Everything as it is at one moment, while people go on talking. Raises StorageError."""
    if kind_of(engine.url) == "dump":
        command = ("pg_dump", "--format=custom", "--no-owner", "--no-privileges")
        pg_programs.run(command, engine.url, stdout=out)
        return
    database = Path(str(engine.url.database))
    files = (database, database.with_name(f"{database.name}-wal"))
    size = sum(one.stat().st_size for one in files if one.exists())
    if shutil.disk_usage(database.parent).free < size + SPARE:
        raise StorageError(FULL.format(database.parent, (size + SPARE) / 1e6))
    with aside(database.parent, "sauvegarde-") as folder:
        copy = folder / "copie.db"
        with (
            closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target, pages=ALL)
        with copy.open("rb") as whole:
            shutil.copyfileobj(whole, out)
