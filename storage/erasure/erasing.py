"""Erases a conversation: the rows, the keys, and what is left to say farewell."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from sqlalchemy import Connection, Engine, select

from bot.staff import PAROLE, Act
from storage.desk.journal import append
from storage.faults import translated
from storage.returning import forget_tries_at
from storage.sealing.keys import Cipher, Keys
from storage.statements import (
    insert_once,
    remove_conversation,
    remove_door,
    stale_messages,
)
from storage.tables import conversations, erasures, stale


def erase(
    connection: Connection,
    keys: Keys,
    door: str,
    on: date,
    *,
    conversation: str,
    farewell: bytes | None = None,
    message: str | None = None,
    expired: bool = False,
) -> str:
    """Erase this conversation; those of other persons on the same phone stay. Its trace.

    With a farewell, the erased messages and the one that asked for it will be answered by it.
    Nobody asked for the erasure of what is `expired`: neither the door nor the journal keeps it.
    """
    trace = keys.trace(conversation)
    of = select(conversations.c.reference).where(conversations.c.id == conversation)
    row = {
        "trace": trace, "door": "" if expired else door, "erased_on": on, "farewell": farewell,
        "reference": None if expired else connection.scalar(of),
    }  # fmt: skip
    connection.execute(insert_once(connection.dialect, erasures), row)
    if message is not None:
        connection.execute(stale_messages, {"trace": trace, "id": conversation})
        once = insert_once(connection.dialect, stale)
        connection.execute(once, {"message": message, "trace": trace})
    connection.execute(remove_conversation, {"of_id": conversation})
    connection.execute(remove_door, {"of_door": door})
    forget_tries_at(connection, keys, door)
    if not expired:
        midnight = datetime.combine(on, time(), UTC)  # of a person's acts, the day is enough
        append(connection, midnight, PAROLE, Act.ERASURE, {"trace": trace})
    keys.drop(conversation)
    return trace


def key_destroyed(
    connection: Connection, keys: Keys, conversation: str, cipher: Cipher, on: date
) -> str:
    """What was said under this key is not to come back with a backup. Its trace."""
    trace = keys.trace_of_key(conversation, cipher)
    row = {"trace": trace, "door": "", "erased_on": on, "farewell": None}
    connection.execute(insert_once(connection.dialect, erasures), row)
    return trace


def sweep(engine: Engine) -> bool:
    """Empty SQLite's journal, where erased pages stay readable. False: someone is reading."""
    if engine.dialect.name != "sqlite":
        return True
    with translated(), engine.connect() as connection:
        raw = connection.connection.cursor()
        [patience] = raw.execute("PRAGMA busy_timeout").fetchone()
        raw.execute("PRAGMA busy_timeout = 250")
        try:
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            raw.execute(f"PRAGMA busy_timeout = {int(patience)}")
    return not busy
