"""Erases a person: the rows, the keys, and what is left to say farewell."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, Engine

from storage.faults import translated
from storage.keys import Keys
from storage.statements import (
    ids_of_door,
    insert_once,
    remove_conversations,
    remove_door,
    stale_messages,
)
from storage.tables import erasures, stale


def erase_door(
    connection: Connection,
    keys: Keys,
    door: str,
    on: date,
    *,
    conversation: str,
    farewell: bytes | None = None,
    message: str | None = None,
) -> None:
    """Erase every conversation of this door.

    With a farewell, the erased messages and the one that asked for it will be answered by it.
    """
    trace = keys.trace(conversation)
    ids = {conversation, *connection.scalars(ids_of_door, {"door": door})}
    rows = [
        {
            "trace": keys.trace(one),
            "door": door,
            "erased_on": on,
            "farewell": farewell if one == conversation else None,
        }
        for one in sorted(ids)
    ]
    connection.execute(insert_once(connection.dialect, erasures), rows)
    if message is not None:
        connection.execute(stale_messages, {"trace": trace, "door": door})
        once = insert_once(connection.dialect, stale)
        connection.execute(once, {"message": message, "trace": trace})
    connection.execute(remove_conversations, {"door": door})
    connection.execute(remove_door, {"door": door})
    for one in ids:
        keys.drop(one)


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
