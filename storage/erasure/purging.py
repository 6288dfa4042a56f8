"""Erases what is no longer to be kept: small transactions, so that it may be stopped and go on."""

from __future__ import annotations

import calendar
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, bindparam, func, select

from bot.errors import DatabaseBusy, DatabaseFull
from bot.staff import PAROLE, Act
from storage import letters, statements
from storage.backup.tombstones import Tombstones
from storage.desk.journal import append
from storage.erasure.erasing import erase, sweep
from storage.faults import transaction
from storage.room import NO_ROOM_KEPT, Room, with_room
from storage.sealing.keys import Keys
from storage.tables import contributions, conversations

EACH = 50  # conversations in one transaction
TRIES, BREATH = 20, 0.25  # somebody holds the database: so many times, seconds between

c = conversations.c
_old = c.active_on <= bindparam("until")
_some = select(c.id, c.door, c.channel).where(_old).order_by(c.door, c.id).limit(EACH)
_still = select(c.id).where(c.id == bindparam("id"), _old)


@dataclass(frozen=True, slots=True)
class Due:
    """What would leave today, and what would stay."""

    conversations: int
    contributions: int
    staying: int


def last_day(today: date, months: int) -> date:
    """What did not change since this day has been kept for so many months, or more."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    longest = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(today.day, longest))


def until(today: date, closing: date | None, months: int) -> date | None:
    """The last day of activity that is no longer kept; None as long as everything is."""
    day = last_day(today, months)
    return day if closing is not None and closing <= day else None


def due(engine: Engine, day: date) -> Due:
    """What `purge` would erase."""
    said = {"until": day}
    every = select(func.count()).select_from(conversations)
    made = select(func.count()).select_from(contributions)
    made = made.join(conversations, c.id == contributions.c.conversation_id).where(_old)
    with transaction(engine, writing=False) as connection:
        leaving = connection.scalar(every.where(_old), said) or 0
        theirs = connection.scalar(made, said) or 0
        return Due(leaving, theirs, (connection.scalar(every) or 0) - leaving)


def purge(
    engine: Engine,
    keys: Keys,
    day: date,
    now: datetime,
    tombstones: Tombstones | None = None,
    progress: Callable[[int], None] = lambda _: None,
    room: Room = NO_ROOM_KEPT,
) -> int:
    """Erase every conversation without activity since after this day; how many.

    Stopped anywhere, it has done whole parts, each counted in the journal; run again, the rest.
    """
    count, left = 0, True
    while left:
        gone, left = with_room(room, lambda: _patiently(engine, keys, day, now))
        if tombstones is not None:
            tombstones.add(gone, now.date())
        count += len(gone)
        progress(count)
    with transaction(engine) as connection:
        letters.forget(connection, day)
    sweep(engine)
    room.fill()
    return count


def _patiently(engine: Engine, keys: Keys, day: date, now: datetime) -> tuple[list[str], bool]:
    for left in range(TRIES, -1, -1):
        try:
            return _part(engine, keys, day, now)
        except DatabaseFull:
            raise
        except DatabaseBusy:
            if not left:
                raise
            time.sleep(BREATH)
    raise AssertionError


def _part(engine: Engine, keys: Keys, day: date, now: datetime) -> tuple[list[str], bool]:
    """Some of them, in one transaction. Their traces; whether to look for more."""
    said = {"until": day}
    gone = []
    with transaction(engine) as connection:
        rows = connection.execute(_some, said).all()
        for row in rows:
            if connection.dialect.name != "sqlite":  # the door first, as a turn does
                whose = {"door": row.door, "channel": row.channel}
                connection.execute(statements.take_door, whose)
                if connection.scalar(_still, said | {"id": row.id}) is None:
                    continue  # it has just been spoken to, or erased
            on = now.date()
            gone.append(erase(connection, keys, row.door, on, conversation=row.id, expired=True))
        if gone:
            about: dict[str, str | int] = {"erased": len(gone), "until": day.isoformat()}
            append(connection, now, PAROLE, Act.PURGED, about)
    return gone, len(rows) == EACH
