"""Numbers for who watches the service: what waits, what was given up, exports, age of the key."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Engine, func, select

from storage.desk_tables import packages
from storage.faults import transaction
from storage.sealing.masterkey import since
from storage.tables import letters, outbox


def standing(engine: Engine, now: datetime) -> dict[str, Any]:
    """The fields of `Standing`: replies that wait, given up by reason, exports, letters, key."""
    seconds = now.timestamp()
    due = (outbox.c.dropped.is_(None), outbox.c.not_before <= seconds)
    with transaction(engine, writing=False) as connection:
        oldest, waiting = connection.execute(
            select(func.min(outbox.c.queued), func.count()).where(*due)
        ).one()
        dropped = select(outbox.c.dropped, func.count()).where(outbox.c.dropped.is_not(None))
        given_up = connection.execute(dropped.group_by(outbox.c.dropped)).all()
        stages = select(packages.c.state, func.count()).group_by(packages.c.state)
        exports = connection.execute(stages).all()
        aside = connection.scalar(select(func.count()).select_from(letters)) or 0
        made = since(connection)
    return {
        "oldest_waiting": max(0.0, seconds - oldest) if oldest is not None else 0.0,
        "waiting": waiting,
        "given_up": {reason: count for reason, count in given_up},  # noqa: C416
        "key_age": _seconds_since(made, now) if made else 0.0,
        "exports": {stage: count for stage, count in exports},  # noqa: C416
        "letters": aside,
    }


def _seconds_since(day: date, now: datetime) -> float:
    return max(0.0, (now - datetime.combine(day, time(), UTC)).total_seconds())
