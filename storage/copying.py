"""All that is stored about one person, whoever wrote it: they, we, or staff."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, or_, select

from storage.desk_tables import journal, packages, snapshot_rows, snapshots
from storage.faults import transaction
from storage.moderation.curated import reference
from storage.sealing.keys import Cipher, Keys
from storage.statements import was_erased
from storage.tables import contributions, conversations, doors, metadata, secrets
from storage.written import unpack

c, p, s, r = conversations.c, packages.c, snapshots.c, snapshot_rows.c
OF_CONVERSATION = tuple(
    table
    for table in metadata.sorted_tables
    if "conversation_id" in table.c and table is not secrets
)
OF_CONTRIBUTION = tuple(  # staff wrote these, beside what the person wrote
    table
    for table in metadata.sorted_tables
    if "conversation_id" not in table.c
    and any(key.references(contributions) for column in table.c for key in column.foreign_keys)
)

_frozen = select(s.taken).join(snapshot_rows, r.snapshot == s.id).order_by(s.taken).distinct()
_exported = (
    select(p.profile, p.formats, p.asked, p.finished)
    .join(snapshot_rows, r.snapshot == p.snapshot)
    .where(p.finished.is_not(None))
    .order_by(p.finished)
)


def copy(engine: Engine, keys: Keys, channel: str, sender: str) -> dict[str, Any]:
    """All that is stored about the person of now, every table and column, ready for JSON.

    Read from the tables themselves, so that a new one is never forgotten.
    """
    door = keys.door(channel, sender)
    with transaction(engine, writing=False) as connection:
        its = (
            select(conversations, secrets.c.wrapped)
            .join(secrets, secrets.c.conversation_id == c.id)
            .where(c.door == door, c.current)
            .order_by(c.started_on, c.id)
        )
        whole = [_one(connection, keys, row) for row in connection.execute(its).all()]
        known = connection.execute(select(doors).where(doors.c.door == door)).one_or_none()
        erased = connection.scalar(was_erased, {"door": door}) is not None
    return {
        "channel": channel,
        "sender": sender,
        "copied_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "conversations": whole,
        "erased_before": erased,
        "moved_on": _plain(known.moved_on) if known is not None else None,
    }


def _one(connection: Connection, keys: Keys, row: Any) -> dict[str, Any]:
    cipher = keys.cipher(row.id, row.wrapped)
    one = _row(conversations, row._mapping, cipher)
    for table in OF_CONVERSATION:
        query = select(table).where(table.c.conversation_id == row.id)
        rows = connection.execute(query.order_by(*table.primary_key)).all()
        one[table.name] = [_row(table, r._mapping, cipher) for r in rows]
    made = {
        each["number"]: reference(each["kind"], each["number"]) for each in one["contributions"]
    }
    for table in OF_CONTRIBUTION:
        query = select(table).where(table.c.contribution.in_(list(made)))
        rows = connection.execute(query.order_by(*table.primary_key)).all()
        one[table.name] = [_row(table, r._mapping, cipher) for r in rows]
    mine = r.conversation_id == row.id
    one["snapshots"] = [
        {"taken": _moment(taken)} for taken in connection.scalars(_frozen.where(mine))
    ]
    one["packages"] = [
        {"profile": x.profile, "formats": json.loads(x.formats), "finished": _moment(x.finished)}
        for x in connection.execute(_exported.where(mine))
    ]
    aliases = [each["alias"] for each in one["contributions"]]
    one["seen"] = _seen(connection, [row.reference, *aliases])
    return one


def _seen(connection: Connection, names: list[str]) -> list[dict[str, Any]]:
    """The lines of the journal that name one of these; never which member of staff."""
    naming = (journal.c.about.contains(name, autoescape=True) for name in names)
    query = select(journal.c.at, journal.c.what).where(or_(*naming)).order_by(journal.c.id)
    return [{"on": at[:10], "what": what} for at, what in connection.execute(query)]


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _row(table: Table, row: Any, cipher: Cipher) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for column in table.c:
        value = row[column.name]
        if "sealed" in column.info and value is not None:
            bound = "|".join(str(row[name]) for name in column.info["sealed"])
            value = cipher.unseal(value, f"{table.name}.{column.name}|{bound}")
            value = b64encode(value).decode() if column.info["raw"] else unpack(value)
        plain[column.name] = _plain(value)
    return plain


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
