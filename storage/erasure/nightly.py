"""What the nights should have done: how old the last backup is, how late the purge is."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from bot.staff import Act
from storage.desk_tables import journal
from storage.erasure.purging import until
from storage.faults import transaction
from storage.tables import conversations

_backed_up = (
    select(journal.c.at)
    .where(journal.c.what == Act.BACKED_UP.value)
    .order_by(journal.c.id.desc())
    .limit(1)
)


def nightly(engine: Engine, now: datetime, closing: date | None, months: int) -> dict[str, Any]:
    """`last_backup` in seconds, infinite without one; `purge_late` in days; `closes`.

    `purge_late`: since when somebody should have been erased, who was kept until `closing` and for
    so many `months`. A night that had nobody to erase is not late. `closes`: there is a `closing`;
    without it nothing is ever late.
    """
    with transaction(engine, writing=False) as connection:
        made = connection.scalar(_backed_up)
        late = _purge_late(connection, now.date(), closing, months)
    since = (now - datetime.fromisoformat(made)).total_seconds() if made else math.inf
    return {
        "last_backup": max(0.0, since), "purge_late": late, "closes": closing is not None,
    }  # fmt: skip


def _purge_late(connection: Connection, today: date, closing: date | None, months: int) -> int:
    day = until(today, closing, months)
    if day is None or closing is None:
        return 0
    oldest = connection.scalar(select(func.min(conversations.c.active_on)))
    return max(0, (day - max(oldest, closing)).days) if oldest is not None else 0
