"""The whole database in one closed file, and back: SQLite's own copy, or pg_dump, pg_restore."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import URL

from bot.errors import DatabaseUnfit, StorageError
from bot.staff import PAROLE, Act
from storage.database import PATIENCE, UNDER_RESTORE, make_engine
from storage.faults import transaction
from storage.journal import append
from storage.sealed_files import ABSENT, Lock, closing_file
from storage.tombstones import Tombstones

MOMENT = "%Y%m%dT%H%M%SZ"
PAGES = 256  # copied at a time: those who write wait that long at most
OF_SQLITE, OF_POSTGRES = b"SQLite format 3\0", b"PGDMP"
NOT_EMPTY = (
    "Il y a déjà une base à cet endroit. Donnez un autre dossier avec --data, ou une base "
    "PostgreSQL vide dans PAROLE_DATABASE_URL. Rien n'a été changé."
)
BESIDE = (
    "La clé {} est dans le dossier des sauvegardes {} : qui prend l'un prend l'autre. "
    "Mettez-la ailleurs."
)
OTHER_KIND = (
    "Cette sauvegarde vient de {}, et PAROLE_DATABASE_URL désigne une base d'une autre sorte. "
    "Changez PAROLE_DATABASE_URL."
)
DAMAGED = "Cette sauvegarde est abîmée. Prenez-en une autre."


def make(
    engine: Engine, folder: Path, lock: Lock, tombstones: Tombstones, now: datetime, days: int
) -> Path:
    """A new backup in this folder, beside the list of what was erased; the old ones leave.

    Raises StorageError.
    """
    if lock.opens and folder.resolve() in lock.key.resolve().parents:
        raise StorageError(BESIDE.format(lock.key, folder))
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        raise StorageError(f"Le dossier {folder} ne peut pas être créé.") from None
    ends = f"{kind_of(engine.url)}{lock.suffix}"
    file = folder / f"parole-{now.astimezone(UTC):{MOMENT}}.{ends}"
    with closing_file(lock, file) as out:
        copy_out(engine, out, folder)
    tombstones.sync(engine)
    tombstones.copy_to(folder)
    with transaction(engine) as connection:
        append(connection, now, PAROLE, Act.BACKED_UP, {"file": file.name})
    for one in folder.glob("parole-*"):
        made = moment_of(one)
        if made is not None and (now - made).days > days:
            one.unlink(missing_ok=True)
    return file


def moment_of(file: Path) -> datetime | None:
    """When a backup was made, by its name."""
    found = re.match(r"parole-(\d{8}T\d{6})Z\.(?:db|dump)\.", file.name)
    return datetime.strptime(f"{found[1]}Z", MOMENT).replace(tzinfo=UTC) if found else None


def kind_of(where: URL) -> str:
    """The end of the name of a backup: "db" for SQLite, "dump" for PostgreSQL."""
    return "db" if where.get_backend_name() == "sqlite" else "dump"


def copy_out(engine: Engine, out: IO[bytes], folder: Path) -> None:
    """Everything as it is at one moment, while people go on talking. Raises StorageError.

    `folder`: where SQLite's copy waits a moment, for this account only.
    """
    if kind_of(engine.url) == "dump":
        _dump(engine.url, out)
        return
    with tempfile.TemporaryDirectory(prefix="sauvegarde-", dir=folder) as aside:
        copy = Path(aside) / "copie.db"
        with (
            closing(sqlite3.connect(f"file:{engine.url.database}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target, pages=PAGES)
        with copy.open("rb") as whole:
            shutil.copyfileobj(whole, out)


def put_back(where: URL, copied: Path) -> Engine:
    """What was copied, as a database to be made right: SQLite in `copied`, PostgreSQL in its place.

    PostgreSQL refuses to be used until `finished`. Raises StorageError.
    """
    with copied.open("rb") as opened:
        begins = opened.read(16)
    if kind_of(where) == "db":
        if begins != OF_SQLITE:
            raise DatabaseUnfit(_mismatch(begins, OF_POSTGRES, "PostgreSQL"))
        with closing(sqlite3.connect(copied)) as connection:
            try:
                [told] = connection.execute("PRAGMA integrity_check").fetchone()
            except sqlite3.DatabaseError:
                told = "no"
        if told != "ok":
            raise DatabaseUnfit(DAMAGED)
        return make_engine(where.set(database=str(copied)), PATIENCE)
    if not begins.startswith(OF_POSTGRES):
        raise DatabaseUnfit(_mismatch(begins, OF_SQLITE, "SQLite"))
    _refuse_what_is_there(where)
    command = ("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges",
               "--single-transaction", "--exit-on-error", "--dbname", "")  # fmt: skip
    with copied.open("rb") as source:
        _run(command, where, stdin=source)
    return make_engine(where, PATIENCE)


def finished(engine: Engine) -> None:
    """From now on the database may be used."""
    if kind_of(engine.url) == "dump":
        with transaction(engine) as connection:
            connection.execute(text(f"DROP TABLE IF EXISTS {UNDER_RESTORE}"))


def _refuse_what_is_there(where: URL) -> None:
    """A restore that was stopped begins again; any other table stops us."""
    engine = make_engine(where, PATIENCE)
    try:
        with transaction(engine) as connection:
            tables = set(inspect(connection).get_table_names())
            if tables and UNDER_RESTORE not in tables:
                raise DatabaseUnfit(NOT_EMPTY)
            connection.execute(text(f"CREATE TABLE IF NOT EXISTS {UNDER_RESTORE} (since date)"))
    finally:
        engine.dispose()


def _mismatch(begins: bytes, theirs: bytes, name: str) -> str:
    return OTHER_KIND.format(name) if begins.startswith(theirs) else DAMAGED


def _dump(where: URL, out: IO[bytes]) -> None:
    _run(("pg_dump", "--format=custom", "--no-owner", "--no-privileges"), where, stdout=out)


def _run(
    command: tuple[str, ...],
    where: URL,
    *,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
) -> None:
    """A program of PostgreSQL, its password in the environment: never on a command line."""
    if shutil.which(command[0]) is None:
        raise StorageError(ABSENT.format(command[0], "postgresql-client"))
    query = {name: str(value) for name, value in where.query.items()}
    told = {
        "PGHOST": where.host or query.get("host"),
        "PGPORT": str(where.port) if where.port else query.get("port"),
        "PGUSER": where.username or query.get("user"),
        "PGPASSWORD": where.password,
        "PGDATABASE": where.database,
        "PGSSLMODE": query.get("sslmode"),
        "PGAPPNAME": "parole",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run(  # noqa: S603 (the programs of PostgreSQL)
        command,
        env={**kept, **{name: str(value) for name, value in told.items() if value}},
        stdin=stdin or subprocess.DEVNULL,
        stdout=stdout or subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise StorageError(
            f"{command[0]} n'a pas réussi (code {done.returncode}). Vérifiez l'adresse et le "
            f"compte de PAROLE_DATABASE_URL, et que {command[0]} est au moins de la version du "
            "serveur."
        )
