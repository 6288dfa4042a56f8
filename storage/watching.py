"""Numbers for who watches the service: what waits, what was given up, which exports."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, select

from storage.faults import transaction
from storage.tables import letters, metadata, outbox

_packages = metadata.tables["packages"]


def standing(engine: Engine, now: datetime) -> dict[str, Any]:
    """`oldest_waiting` in seconds, `waiting`, `letters`; `given_up` and `exports` by kind."""
    seconds = now.timestamp()
    due = (outbox.c.dropped.is_(None), outbox.c.not_before <= seconds)
    with transaction(engine, writing=False) as connection:
        oldest, waiting = connection.execute(
            select(func.min(outbox.c.queued), func.count()).where(*due)
        ).one()
        dropped = select(outbox.c.dropped, func.count()).where(outbox.c.dropped.is_not(None))
        given_up = connection.execute(dropped.group_by(outbox.c.dropped)).all()
        stages = select(_packages.c.state, func.count()).group_by(_packages.c.state)
        exports = connection.execute(stages).all()
        aside = connection.scalar(select(func.count()).select_from(letters)) or 0
    return {
        "oldest_waiting": max(0.0, seconds - oldest) if oldest is not None else 0.0,
        "waiting": waiting,
        "given_up": {reason: count for reason, count in given_up},  # noqa: C416
        "exports": {stage: count for stage, count in exports},  # noqa: C416
        "letters": aside,
    }
