"""What stays of an erasure, and for how long: a few days to answer well, then a trace and a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, or_, select, update

from storage.erasure.erasing import sweep
from storage.faults import transaction
from storage.tables import erasures, outbox, stale
from storage.written import day

KEPT = timedelta(days=8)  # a channel may deliver a message again for seven
LISTED = timedelta(days=30)  # to take a reference out of what had been exported
UNSAID = timedelta(days=2)  # no channel took this farewell

e, o = erasures.c, outbox.c


def forget(engine: Engine, now: datetime) -> int:
    """Of an older erasure, neither the door nor the messages nor the farewell; how many rows."""
    with transaction(engine) as connection:
        gone = _erasures(connection, now) + _farewells(connection, now)
    if gone:
        sweep(engine)
    return gone


def _erasures(connection: Connection, now: datetime) -> int:
    old = e.erased_on < day(now - KEPT)
    of_old = select(e.trace).where(old)
    count: int = connection.execute(delete(stale).where(stale.c.trace.in_(of_old))).rowcount
    full = or_(e.door != "", e.farewell.is_not(None))
    count += connection.execute(
        update(erasures).where(old, full).values(door="", farewell=None)
    ).rowcount
    listed = e.erased_on < day(now - LISTED), e.reference.is_not(None)
    count += connection.execute(update(erasures).where(*listed).values(reference=None)).rowcount
    return count


def _farewells(connection: Connection, now: datetime) -> int:
    """Those given up, and those that nobody sends."""
    late = or_(o.dropped.is_not(None), o.queued < (now - UNSAID).timestamp())
    count: int = connection.execute(
        delete(outbox).where(o.conversation_id.is_(None), late)
    ).rowcount
    return count
