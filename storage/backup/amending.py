"""What a database put back must no longer hold, as it was on the day of its backup."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, text, update

from storage.backup.agreements import take_back_again
from storage.desk_tables import staff, staff_sessions
from storage.erasure.erasing import erase
from storage.sealing.keys import Keys
from storage.statements import insert_once
from storage.tables import (
    contributions,
    conversations,
    erasures,
    outbox,
    returns,
    secrets,
    tries,
)

PAGE = 500
GAP = 1000  # numbers of contributions that may have been given since the backup

c = conversations.c
_people = (
    select(c.id, c.door, secrets.c.wrapped)
    .join(secrets, secrets.c.conversation_id == c.id)
    .order_by(c.id)
    .limit(PAGE)
)


@dataclass(frozen=True, slots=True)
class Amended:
    """What came back, and what did not."""

    conversations: int
    erased_again: int
    taken_back: int  # persons whose agreement was taken back again
    unsent: int  # what waited to be sent, and perhaps was
    codes: int  # of return: none serves twice
    sessions: int  # of staff, closed
    accounts: int  # that nobody enters before a new password is given


def amend(
    connection: Connection, keys: Keys, listed: Mapping[str, date], now: datetime
) -> Amended:  # fmt: skip
    """`listed`: all that was erased, taken back or closed, as far as it is known."""
    known = {*listed, *connection.scalars(select(erasures.c.trace))}
    again = _erased_again(connection, keys, known, now)
    for trace, on in listed.items():  # after: an erasure also says at which door
        row = {"trace": trace, "door": "", "erased_on": on, "farewell": None}
        connection.execute(insert_once(connection.dialect, erasures), row)
    taken = take_back_again(connection, keys, known)
    unsent, codes = _gone(connection, outbox), _gone(connection, returns)
    sessions = _gone(connection, staff_sessions)
    _gone(connection, tries)
    accounts = _closed(connection, keys, known)
    _skip_numbers(connection)
    left = connection.scalar(select(func.count()).select_from(conversations)) or 0
    return Amended(left, again, taken, unsent, codes, sessions, accounts)


def _erased_again(
    connection: Connection, keys: Keys, known: Collection[str], now: datetime
) -> int:  # fmt: skip
    """A conversation that was erased, or one whose key was destroyed to begin afresh."""
    count, after = 0, ""
    while rows := connection.execute(_people.where(c.id > after)).all():
        for id, door, wrapped in rows:
            cipher = keys.once(id, wrapped)
            if keys.trace(id) in known or keys.trace_of_key(id, cipher) in known:
                erase(connection, keys, door, now.date(), conversation=id)
                count += 1
        after = rows[-1].id
    return count


def _closed(connection: Connection, keys: Keys, known: Collection[str]) -> int:
    """Accounts closed since are closed; how many others wait for a new password.

    A password or a second factor of that day may have been changed since because it was stolen.
    """
    open_ones = list(connection.scalars(select(staff.c.id).where(staff.c.active)))
    shut = [id for id in open_ones if keys.trace_of_account(id) in known]
    nothing = {"password": "", "totp": None, "totp_last": None}
    connection.execute(update(staff).values(nothing))
    connection.execute(update(staff).where(staff.c.id.in_(shut)).values(active=False))
    return len(open_ones) - len(shut)


def _gone(connection: Connection, table: Any) -> int:
    return int(connection.execute(delete(table)).rowcount)


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
