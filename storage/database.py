"""Opens the database: the right file, the right settings, the right schema, or a clear refusal."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import DatabaseBusy, DatabaseUnfit
from storage import desk_tables as _desk_tables  # noqa: F401 - registers its tables
from storage.faults import BUSY, NO_ACCESS, transaction, translated
from storage.prepared import refusing
from storage.tables import REVISION

PATIENCE = 5.0  # seconds waited for a lock
UNDER_RESTORE = "restoring"  # a table that is there until a backup is wholly back in place
POOL = 10  # connections to PostgreSQL for each process

MIGRATIONS = Path(__file__).parent / "migrations"

PRAGMAS: dict[str, int | str] = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: committed is durable, even when the power goes
    "foreign_keys": 1,
    "secure_delete": 1,
    "trusted_schema": 0,
}

ABSENT = "Il n'y a pas de base de données {}. Lancez : parole migrate"
NEWER = (
    "La base de données a été faite par une version plus récente de Parole. "
    "Mettez Parole à jour, ou ouvrez une autre base."
)
OLDER = "La base de données est d'une version plus ancienne. Lancez : parole migrate"
HELD = (
    "Un autre programme tient la base de données {}. Fermez-le, puis relancez. "
    "Pour plusieurs serveurs, donnez une base PostgreSQL dans PAROLE_DATABASE_URL."
)
SILENT = (
    "PostgreSQL ne répond pas. Vérifiez qu'il est démarré (pg_isready), "
    "et l'adresse donnée dans PAROLE_DATABASE_URL."
)
UNFINISHED = (
    "Une sauvegarde a commencé à être remise dans cette base, et ce n'est pas fini. "
    "Relancez : parole restore"
)
SOME_OTHER = (
    "Cette base contient déjà les tables d'une autre application. Donnez une base vide "
    "dans PAROLE_DATABASE_URL."
)


def open_database(
    url: str,
    *,
    create: bool,
    patience: float = PATIENCE,
    say: Callable[[str], None] = lambda _: None,
) -> Engine:
    """An engine on a database that is fit for use. Raises DatabaseUnfit, DatabaseBusy.

    With `create`, an absent SQLite file is made and an older one is brought up to date;
    a PostgreSQL database is only ever changed by `migrate`. `say` is told what was done.
    """
    where = address_of(url)
    embedded = where.get_backend_name() == "sqlite"
    fresh = embedded and not _exists(where)
    if fresh and not create:
        raise DatabaseUnfit(ABSENT.format(f"dans {where.database}"))
    if fresh:
        _make_folder(where)
    engine = make_engine(where, patience)
    try:
        with _opening(where):
            if embedded and create:
                found = revision(engine)
                if found is None or found < REVISION:
                    upgrade(engine)
                    say(
                        f"La base de données {where.database} est prête."
                        if found is None
                        else "La base de données a été mise à jour."
                    )
            check(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def migrate(url: str) -> None:
    """Bring the tables of this database up to date, making them when there is none."""
    where = address_of(url)
    if where.get_backend_name() == "sqlite" and not _exists(where):
        _make_folder(where)
    engine = make_engine(where, PATIENCE)
    try:
        with _opening(where):
            upgrade(engine)
            check(engine)
    finally:
        engine.dispose()


@contextmanager
def _opening(where: URL) -> Iterator[None]:
    """« Try again » is for a person who talks; staff is told what to look at."""
    try:
        yield
    except DatabaseBusy as error:
        if str(error) != BUSY:
            raise
        embedded = where.get_backend_name() == "sqlite"
        raise DatabaseBusy(HELD.format(where.database) if embedded else SILENT) from None


def check(engine: Engine) -> None:
    """Reach the database, read its revision, and be sure that it can be written.

    Raises DatabaseBusy or DatabaseUnfit.
    """
    found = revision(engine)
    if found is None:
        raise DatabaseUnfit(ABSENT.format("à cette adresse"))
    if found != REVISION:
        raise DatabaseUnfit(OLDER if found < REVISION else NEWER)
    with transaction(engine) as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("UPDATE meta SET value = value WHERE key = ''"))
        elif connection.scalar(text("SHOW transaction_read_only")) == "on":
            raise DatabaseUnfit("La base PostgreSQL est en lecture seule. Ouvrez la principale.")


def present(engine: Engine) -> None:
    """SQLite goes on writing in a file that was taken away. Raises DatabaseUnfit."""
    if engine.dialect.name == "sqlite" and not _exists(engine.url):
        raise DatabaseUnfit(ABSENT.format(f"dans {engine.url.database}"))


def revision(engine: Engine) -> str | None:
    """The revision of the tables, None when there is none. Raises DatabaseUnfit."""
    with transaction(engine, writing=False) as connection:
        tables = set(inspect(connection).get_table_names())
        if UNDER_RESTORE in tables:
            raise DatabaseUnfit(UNFINISHED)
        if "alembic_version" in tables:
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found
    if tables & {"conversations", "doors", "answers"}:
        raise DatabaseUnfit(SOME_OTHER)
    return None


def make_engine(where: URL, patience: float) -> Engine:
    """An engine with the settings that every connection must have; nothing is opened yet."""
    if where.get_backend_name() == "sqlite":
        engine = create_engine(
            where,
            hide_parameters=True,
            pool_size=POOL,
            max_overflow=0,
            pool_timeout=patience,
            connect_args={"timeout": patience},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    delay = max(1, int(patience * 1000))
    options = (
        f"-c lock_timeout={delay} -c statement_timeout={4 * delay} "
        f"-c idle_in_transaction_session_timeout={6 * delay} -c timezone=UTC "
        "-c synchronous_commit=on"  # committed is durable, whatever the server's default
    )
    return create_engine(
        where,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=patience,
        connect_args={
            "options": options,
            "application_name": "parole",
            "connect_timeout": max(2, int(patience)),
        },
    )


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # BEGIN is ours, see below
    for name, wanted in PRAGMAS.items():
        _set_in_time(connection, f"PRAGMA {name} = {wanted}")
        [got] = connection.execute(f"PRAGMA {name}").fetchone()
        if got != wanted:
            raise DatabaseUnfit(
                f"SQLite refuse le réglage {name}. La base doit être sur un disque local "
                "où l'on peut écrire."
            )


def _set_in_time(connection: sqlite3.Connection, pragma: str) -> None:
    """SQLite does not wait when another process turns the same new file to WAL: we do."""
    [patience] = connection.execute("PRAGMA busy_timeout").fetchone()
    until = time.monotonic() + patience / 1000
    while True:
        try:
            connection.execute(pragma)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """The writer is locked from the start: a reader never has to become one, and fail."""
    reading = connection.get_execution_options().get("parole_reading", False)
    begin = "BEGIN" if reading else "BEGIN IMMEDIATE"
    with refusing(connection.dialect, begin):
        connection.connection.cursor().execute(begin)


def address_of(url: str) -> URL:
    """The address of a database of ours. Raises DatabaseUnfit for any other."""
    try:
        where = make_url(url)
    except ArgumentError:
        raise DatabaseUnfit(NO_ACCESS) from None
    backend = where.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return where.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and where.database not in (None, "", ":memory:"):
        return where
    raise DatabaseUnfit(
        "PAROLE_DATABASE_URL doit commencer par sqlite:/// (suivi d'un fichier) ou postgresql://"
    )


def _file(where: URL) -> Path:
    written = str(where.database)
    return Path(written.removeprefix("file:"))


def _exists(where: URL) -> bool:
    file = _file(where)
    return file.exists() and file.stat().st_size > 0


def _make_folder(where: URL) -> None:
    file = _file(where)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError:
        raise DatabaseUnfit(
            f"La base ne peut pas être créée dans {file.parent}. Donnez un dossier où vous "
            "pouvez écrire : PAROLE_DATA_DIR, ou parole serve --data DOSSIER"
        ) from None


def upgrade(engine: Engine) -> None:
    """Bring the tables to REVISION. Raises StorageError."""
    from alembic import command  # slow to import, and rarely needed
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with (
        translated(),
        engine.connect() as connection,
        _without_cascades(connection),
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":  # two servers started together: one waits
            connection.execute(text("SELECT pg_advisory_xact_lock(72616465)"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError:
            raise DatabaseUnfit(NEWER) from None
        if engine.dialect.name == "sqlite" and orphans(connection):
            raise DatabaseUnfit("La mise à jour a échoué ; la base n'a pas été changée.")


def orphans(connection: Connection) -> int:
    """How many rows of this SQLite database belong to a row that is not there."""
    return len(connection.execute(text("PRAGMA foreign_key_check")).all())


@contextmanager
def _without_cascades(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by copying it and dropping the old one: its rows' children stay."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw = connection.connection.cursor()
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys = ON")
        raw.close()
