"""Puts a backup back in place, and makes it right: what was erased since is erased again."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select, text
from sqlalchemy.engine import URL

from bot.errors import DatabaseUnfit
from bot.staff import PAROLE, Act
from storage.backups import NOT_EMPTY, finished, kind_of, moment_of, put_back
from storage.database import upgrade
from storage.desk_tables import staff_sessions
from storage.erasing import erase, sweep
from storage.faults import transaction
from storage.journal import append
from storage.keys import Keys, check_of
from storage.rotation import rotate
from storage.sealed_files import Lock, open_into
from storage.statements import insert_once
from storage.tables import (
    contributions,
    conversations,
    erasures,
    meta,
    outbox,
    returns,
    secrets,
    tries,
)

PAGE = 500
GAP = 1000  # numbers of contributions that may have been given since the backup
NO_KEY = (
    "Aucune clé ne correspond à cette sauvegarde. Copiez d'abord la clé de la base dans {0}, ou "
    "l'ancienne clé, celle de ce jour-là, dans {0}.old"
)

c = conversations.c
_people = (
    select(c.id, c.door, secrets.c.wrapped)
    .join(secrets, secrets.c.conversation_id == c.id)
    .order_by(c.id)
    .limit(PAGE)
)


@dataclass(frozen=True, slots=True)
class Revived:
    """What came back, and what did not."""

    conversations: int
    erased_again: int
    known_erasures: int
    sessions: int  # of staff, closed
    codes: int  # return codes, and reminders, which must not serve or be sent twice
    rotated: bool  # the backup was under an older key
    made: datetime | None


def restore(
    where: URL,
    file: Path,
    lock: Lock,
    erased: Mapping[str, date],
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
    with tempfile.TemporaryDirectory(prefix="remise-", dir=folder) as aside:
        copied = Path(aside) / "copie"
        open_into(lock, file, copied)
        engine = put_back(where, copied)
        try:
            done = _made_right(engine, erased, masters, now, moment_of(file), key_file)
            finished(engine)
        finally:
            engine.dispose()
        if embedded:
            for old in (f"{final}-wal", f"{final}-shm"):  # of a database that is there no more
                Path(old).unlink(missing_ok=True)
            copied.replace(final)
    return done


def _made_right(
    engine: Engine, erased: Mapping[str, date], masters: Sequence[bytes], now: datetime,
    made: datetime | None, key_file: Path,
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
    with transaction(engine) as connection:
        again = _erased_again(connection, keys, erased, now)
        for trace, on in erased.items():
            row = {"trace": trace, "door": "", "erased_on": on, "farewell": None}
            connection.execute(insert_once(connection.dialect, erasures), row)
        codes = _gone(connection, returns) + _gone(connection, outbox, outbox.c.reminder)
        sessions = _gone(connection, staff_sessions)
        _gone(connection, tries)
        _skip_numbers(connection)
        left = connection.scalar(select(func.count()).select_from(conversations)) or 0
        about: dict[str, str | int] = {"conversations": left, "erased_again": again}
        if made is not None:
            about["backup"] = made.isoformat(timespec="seconds")
        append(connection, now, PAROLE, Act.RESTORED, about)
    rotated = master != masters[0]
    if rotated:
        rotate(engine, keys, Keys(masters[0], keys.hashes), now)
    sweep(engine)
    return Revived(left, again, len(erased), sessions, codes, rotated, made)


def _erased_again(
    connection: Connection, keys: Keys, erased: Mapping[str, date], now: datetime
) -> int:
    """A conversation that was erased, or one whose key was destroyed to begin afresh."""
    count, after = 0, ""
    while rows := connection.execute(_people.where(c.id > after)).all():
        for id, door, wrapped in rows:
            cipher = keys.once(id, wrapped)
            if keys.trace(id) in erased or keys.trace_of_key(id, cipher) in erased:
                erase(connection, keys, door, now.date(), conversation=id)
                count += 1
        after = rows[-1].id
    return count


def _gone(connection: Connection, table: Any, only: Any = None) -> int:
    rows = delete(table) if only is None else delete(table).where(only)
    return int(connection.execute(rows).rowcount)


def _skip_numbers(connection: Connection) -> None:
    """A number given since the backup, and lost with it, is never given to somebody else."""
    last = connection.scalar(select(func.max(contributions.c.number))) or 0
    if connection.dialect.name != "sqlite":
        sequence = "pg_get_serial_sequence('contributions', 'number')"
        known = connection.scalar(text("SELECT last_value FROM contributions_number_seq")) or 0
        following = text(f"SELECT setval({sequence}, :last)")
        connection.execute(following, {"last": max(last, known) + GAP})
        return
    known = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'contributions'"))
    told = {"seq": max(last, known or 0) + GAP}
    changing = text("UPDATE sqlite_sequence SET seq = :seq WHERE name = 'contributions'")
    if not connection.execute(changing, told).rowcount:
        adding = text("INSERT INTO sqlite_sequence (name, seq) VALUES ('contributions', :seq)")
        connection.execute(adding, told)
