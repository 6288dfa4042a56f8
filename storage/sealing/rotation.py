"""Changes the master key: what it wraps is wrapped again, what people wrote is not touched."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, select, update

from bot.errors import DatabaseUnfit
from bot.staff import PAROLE, Act
from storage.desk.journal import append
from storage.desk_tables import outside, snapshots, staff
from storage.erasure.erasing import sweep
from storage.faults import transaction
from storage.sealing.keys import Cipher, Keys
from storage.sealing.masterkey import CHANGED, SINCE
from storage.tables import erasures, meta, outbox, secrets

PAGE = 1000  # rows read at a time
Sealing = Callable[[Keys], Cipher]

_wrapped = select(secrets.c.conversation_id, secrets.c.wrapped).order_by(secrets.c.conversation_id)
_rewrap = (
    update(secrets)
    .where(secrets.c.conversation_id == bindparam("of_id"))
    .values(wrapped=bindparam("again"))
)
_ours = (
    update(meta)
    .where(meta.c.key == bindparam("of_key"), meta.c.value == bindparam("before"))
    .values(value=bindparam("after"))
)

# Sealed with the master key itself: in nobody's conversation.
OURS: tuple[tuple[Table, str, Sealing, Any], ...] = (
    (erasures, "farewell", lambda keys: keys.farewells, None),
    (outbox, "payload", lambda keys: keys.farewells, outbox.c.conversation_id.is_(None)),
    (staff, "totp", lambda keys: keys.staff, None),
    (snapshots, "salt", lambda keys: keys.salts, None),
    (outside, "words", lambda keys: keys.outside, None),
)


@dataclass(frozen=True, slots=True)
class Rotated:
    """How much was closed again."""

    conversations: int
    others: int


def rotate(
    engine: Engine, old: Keys, new: Keys, now: datetime, since: date | None = None
) -> Rotated:
    """Everything the old key opens, closed by the new one, in one transaction.

    `since`: the day of the new key, when it is not new. Keyed hashes are made as before. Raises
    StorageError; DatabaseUnfit when `old` is not the key.
    """
    if new.hashes != old.hashes:
        raise DatabaseUnfit("La nouvelle clé ne reconnaîtrait plus personne. Rien n'est changé.")
    with transaction(engine) as connection:
        mine = {"of_key": "key_check", "before": old.check, "after": new.check}
        if connection.execute(_ours, mine).rowcount != 1:  # waits for those who hold it
            raise DatabaseUnfit(CHANGED)
        hashes = base64.b64encode(new.sealed_hashes()).decode()
        connection.execute(update(meta).where(meta.c.key == "hashes").values(value=hashes))
        day = (since or now.astimezone(UTC).date()).isoformat()
        connection.execute(update(meta).where(meta.c.key == SINCE).values(value=day))
        done = Rotated(
            _rewrapped(connection, old, new),
            sum(_resealed(connection, old, new, *which) for which in OURS),
        )
        about = {"conversations": done.conversations, "others": done.others}
        append(connection, now, PAROLE, Act.KEY_ROTATED, about)
    sweep(engine)
    return done


def _rewrapped(connection: Connection, old: Keys, new: Keys) -> int:
    count, after = 0, ""
    while True:
        page = _wrapped.where(secrets.c.conversation_id > after).limit(PAGE)
        rows = [
            {"of_id": id, "again": old.rewrapped(id, wrapped, new)}
            for id, wrapped in connection.execute(page).all()
        ]
        if not rows:
            return count
        connection.execute(_rewrap, rows)
        count, after = count + len(rows), str(rows[-1]["of_id"])


def _resealed(
    connection: Connection, old: Keys, new: Keys, table: Table, name: str, of: Sealing, only: Any
) -> int:
    column = table.c[name]
    [key], bound = table.primary_key, column.info["sealed"]
    query = select(key, column, *(table.c[one].label(f"at_{one}") for one in bound))
    query = query.where(column.is_not(None), *(() if only is None else (only,))).order_by(key)
    change = update(table).where(key == bindparam("of_key")).values({name: bindparam("again")})
    count, after = 0, None
    while True:
        page = query.limit(PAGE) if after is None else query.where(key > after).limit(PAGE)
        rows = []
        for row in connection.execute(page).all():
            place = "|".join(str(getattr(row, f"at_{one}")) for one in bound)
            where = f"{table.name}.{name}|{place}"
            rows.append({"of_key": row[0], "again": _again(old, new, of, row[1], where)})
        if not rows:
            return count
        connection.execute(change, rows)
        count, after = count + len(rows), rows[-1]["of_key"]


def _again(old: Keys, new: Keys, of: Sealing, sealed: bytes, where: str) -> bytes:
    return of(new).seal(of(old).unseal(sealed, where), where)
