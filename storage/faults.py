"""Transactions, and what the database complains of translated into our errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, TimeoutError

from bot.errors import (
    DatabaseBusy,
    DatabaseClash,
    DatabaseDamaged,
    DatabaseFull,
    DatabaseUnfit,
    StorageError,
)

BUSY = "La base de données est occupée ou absente pour le moment. Essayez à nouveau."
FULL = "Il n'y a plus de place pour la base de données. Libérez de la place sur le disque."
READ_ONLY = (
    "La base de données ne peut pas être modifiée. Donnez le droit d'écrire "
    "sur le fichier et sur son dossier, ou sur les tables."
)
NOT_OURS = (
    "Le fichier n'est pas une base de Parole, ou il est abîmé. "
    "Remettez une sauvegarde, ou changez PAROLE_DATABASE_URL."
)
DAMAGED = "Une partie de la base de données est abîmée. Remettez une sauvegarde."
OTHER_SCHEMA = "La base de données n'est pas à jour. Lancez : parole migrate"
NO_ACCESS = (
    "La base de données refuse de s'ouvrir. Vérifiez l'adresse, le compte "
    "et le dossier donnés dans PAROLE_DATABASE_URL."
)

SQLITE: dict[int, StorageError] = {  # by result code, extended or primary
    5: DatabaseBusy(BUSY),  # SQLITE_BUSY
    6: DatabaseBusy(BUSY),  # SQLITE_LOCKED
    13: DatabaseFull(FULL),  # SQLITE_FULL
    10: DatabaseFull(FULL),  # SQLITE_IOERR
    266: DatabaseDamaged(DAMAGED),  # SQLITE_IOERR_READ
    522: DatabaseDamaged(DAMAGED),  # SQLITE_IOERR_SHORT_READ
    8202: DatabaseDamaged(DAMAGED),  # SQLITE_IOERR_DATA
    8458: DatabaseDamaged(DAMAGED),  # SQLITE_IOERR_CORRUPTFS
    8: DatabaseUnfit(READ_ONLY),  # SQLITE_READONLY
    3: DatabaseUnfit(NO_ACCESS),  # SQLITE_PERM
    14: DatabaseUnfit(NO_ACCESS),  # SQLITE_CANTOPEN
    11: DatabaseDamaged(NOT_OURS),  # SQLITE_CORRUPT
    26: DatabaseUnfit(NOT_OURS),  # SQLITE_NOTADB
    1: DatabaseUnfit(OTHER_SCHEMA),  # SQLITE_ERROR: no such table or column
}
POSTGRES: dict[str, StorageError] = {  # by beginning of SQLSTATE
    "08": DatabaseBusy(BUSY),  # connection
    "40": DatabaseBusy(BUSY),  # deadlock, serialization
    "55P03": DatabaseBusy(BUSY),  # lock_timeout
    "57": DatabaseBusy(BUSY),  # statement_timeout, shutdown, starting up
    "25P": DatabaseBusy(BUSY),  # idle in transaction
    "53100": DatabaseFull(FULL),
    "53": DatabaseBusy(BUSY),  # too many connections, memory
    "25006": DatabaseUnfit(READ_ONLY),
    "42501": DatabaseUnfit(READ_ONLY),
    "42P01": DatabaseUnfit(OTHER_SCHEMA),
    "42703": DatabaseUnfit(OTHER_SCHEMA),
    "28": DatabaseUnfit(NO_ACCESS),
    "3D": DatabaseUnfit(NO_ACCESS),
    "XX001": DatabaseDamaged(DAMAGED),  # data_corrupted
    "XX002": DatabaseDamaged(DAMAGED),  # index_corrupted
}


@contextmanager
def transaction(engine: Engine, *, writing: bool = True) -> Iterator[Connection]:
    """One transaction: committed when left, undone by an exception. Raises StorageError."""
    with translated(), engine.connect() as connection:
        if not writing:
            connection.execution_options(parole_reading=True)
        with connection.begin():
            yield connection


@contextmanager
def translated() -> Iterator[None]:
    """Says in our words what the database refuses, without a word of what was being stored."""
    try:
        yield
    except TimeoutError:
        raise DatabaseBusy(BUSY) from None
    except DBAPIError as error:
        raise fault(error) from None


def fault(error: DBAPIError) -> StorageError:
    """Our error for this one."""
    if isinstance(error, IntegrityError):  # two at the same moment: the next try sees the first
        return DatabaseClash(BUSY)
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        known = SQLITE.get(code) or SQLITE.get(code & 0xFF)
        where = f"SQLite {code}"
    else:
        state: str | None = getattr(error.orig, "sqlstate", None)
        matching = (f for prefix, f in POSTGRES.items() if (state or "08000").startswith(prefix))
        known = next(matching, None)
        where = f"PostgreSQL {state}"
    if known is None:
        return StorageError(f"La base de données a refusé une écriture ({where}).")
    return type(known)(str(known))
