"""Puts a backup back in place: nobody may use it before it is made right."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.engine import URL

from bot.errors import DatabaseUnfit
from bot.staff import PAROLE, Act
from storage.backup import pg_programs
from storage.backup.amending import Amended, amend
from storage.backup.backups import kind_of, moment_of, name_of
from storage.backup.leftovers import aside, swept
from storage.backup.sealed_files import Lock, open_into
from storage.backup.tombstones import Listed
from storage.database import PATIENCE, UNDER_RESTORE, make_engine, upgrade
from storage.desk.journal import append
from storage.erasure.erasing import sweep
from storage.faults import transaction
from storage.sealing.keys import Keys, check_of
from storage.sealing.rotation import rotate
from storage.tables import meta

OF_SQLITE, OF_POSTGRES = b"SQLite format 3\0", b"PGDMP"
NOT_EMPTY = (
    "Il y a déjà une base à cet endroit. Donnez un autre dossier avec --data, ou une base "
    "PostgreSQL vide dans PAROLE_DATABASE_URL. Rien n'a été changé."
)
OTHER_KIND = (
    "Cette sauvegarde vient de {}, et PAROLE_DATABASE_URL désigne une base d'une autre sorte. "
    "Changez PAROLE_DATABASE_URL."
)
DAMAGED = "Cette sauvegarde est abîmée. Prenez-en une autre."
NO_KEY = (
    "Aucune clé ne correspond à cette sauvegarde. Copiez d'abord la clé de la base dans {0}, ou "
    "l'ancienne clé, celle de ce jour-là, dans {0}.old"
)


@dataclass(frozen=True, slots=True)
class Revived:
    """What came back, and how much is known of what must not."""

    amended: Amended
    rotated: bool  # the backup was under an older key
    made: datetime | None
    behind: bool  # no list knows more than the backup: who was erased since comes back


def restore(
    where: URL,
    file: Path,
    lock: Lock,
    listed: Listed,
    masters: Sequence[bytes],
    now: datetime,
    key_file: Path,
) -> Revived:
    """A backup in an empty place. `masters`: the key of now, then older ones.

    SQLite's file appears once all is done; PostgreSQL refuses to be used until then. Raises
    StorageError.
    """
    embedded = kind_of(where) == "db"
    final = Path(str(where.database))
    folder = final.parent if embedded else key_file.parent
    if embedded and final.exists() and final.stat().st_size:
        raise DatabaseUnfit(NOT_EMPTY)
    folder.mkdir(parents=True, exist_ok=True)
    swept(folder)
    with aside(folder, "remise-") as waiting:
        copied = waiting / "copie"
        open_into(lock, file, copied)
        engine = put_back(where, copied)
        try:
            done = _made_right(engine, listed, masters, now, file, key_file)
            _finished(engine)
        finally:
            engine.dispose()
        if embedded:
            for old in (f"{final}-wal", f"{final}-shm"):  # of a database that is there no more
                Path(old).unlink(missing_ok=True)
            copied.replace(final)
    return done


def _made_right(
    engine: Engine, listed: Listed, masters: Sequence[bytes], now: datetime, file: Path,
    key_file: Path,
) -> Revived:  # fmt: skip
    with transaction(engine, writing=False) as connection:
        rows = connection.execute(select(meta.c.key, meta.c.value)).all()
    written = dict(map(tuple, rows))
    check = written.get("key_check", "")
    master = next((one for one in masters if check_of(one) == check), None)
    if master is None:
        raise DatabaseUnfit(NO_KEY.format(key_file))
    keys = Keys.opened(master, base64.b64decode(written["hashes"]))
    upgrade(engine)
    made = moment_of(file)
    behind = made is None or not listed.knows_after(name_of(file), made.date())
    with transaction(engine) as connection:
        done = amend(connection, keys, listed.traces, now)
        about: dict[str, str | int] = {
            "conversations": done.conversations, "erased_again": done.erased_again,
            "taken_back": done.taken_back, "list_behind": int(behind),
            "list_until": listed.until.isoformat() if listed.until else "",
        }  # fmt: skip
        if listed.until is None:
            about["without_list"] = 1
        if made is not None:
            about["backup"] = made.isoformat(timespec="seconds")
        append(connection, now, PAROLE, Act.RESTORED, about)
    rotated = master != masters[0]
    if rotated:
        after = made.date() if made else None  # the key of now was made since that backup
        rotate(engine, keys, Keys(masters[0], keys.hashes), now, after)
    sweep(engine)
    return Revived(done, rotated, made, behind)


def put_back(where: URL, copied: Path) -> Engine:
    """What was copied, as a database to be made right: SQLite in `copied`, PostgreSQL in its place.

    PostgreSQL refuses to be used until it is. Raises StorageError.
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
        pg_programs.run(command, where, stdin=source)
    return make_engine(where, PATIENCE)


def _finished(engine: Engine) -> None:
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
