"""The exports asked for at the desk: a queue that a restart does not empty."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, or_, select, update

from bot.curated import Order, Sheet, Stage
from storage.desk_tables import packages
from storage.faults import transaction

LEASE = 20  # seconds: who works says so every second, and may be kept waiting for the database

p = packages.c
_under_way = p.state.in_([stage.value for stage in Stage if stage.under_way])


class Packages:
    """The orders of exports, as one process works on them. Blocking calls."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._worker = engine, uuid.uuid4().hex

    def ask(
        self,
        who: str,
        profile: str,
        formats: Sequence[str],
        filters: Mapping[str, str],
        now: datetime,
        *,
        snapshot: str | None = None,
        stage: Stage = Stage.LOOKING,
        sheet: Sheet | None = None,
    ) -> Order:
        """A new order. Without a snapshot, one is taken when its turn comes."""
        row = {
            "id": uuid.uuid4().hex, "snapshot": snapshot, "profile": profile,
            "formats": json.dumps(list(formats)),
            "filters": json.dumps(dict(filters), sort_keys=True),
            "asked_by": who, "asked": now.timestamp(), "state": stage.value,
            "written": 0, "expected": 0, "lease_until": 0.0,
            "sheet": json.dumps(asdict(sheet), sort_keys=True) if sheet else None,
        }  # fmt: skip
        with transaction(self._engine) as connection:
            connection.execute(insert(packages), row)
            return _order(connection.execute(select(packages).where(p.id == row["id"])).one())

    def confirm(self, id: str) -> bool:
        """What was shown is wanted. False when it was not waiting for that."""
        return self._set(id, Stage.SEEN, state=Stage.WAITING.value, written=0, expected=0)

    def get(self, id: str) -> Order | None:
        with transaction(self._engine, writing=False) as connection:
            row = connection.execute(select(packages).where(p.id == id)).one_or_none()
        return _order(row) if row else None

    def every(self, limit: int | None = None) -> list[Order]:
        """The orders, newest first."""
        wanted = select(packages).order_by(p.asked.desc(), p.id).limit(limit)
        with transaction(self._engine, writing=False) as connection:
            return [_order(row) for row in connection.execute(wanted)]

    def claim(self, now: datetime) -> Order | None:
        """The oldest order that nobody works on, reserved for this process."""
        seconds = now.timestamp()
        due = (
            select(packages)
            .where(_under_way, p.lease_until <= seconds)
            .order_by(p.asked, p.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        with transaction(self._engine) as connection:
            row = connection.execute(due).one_or_none()
            if row is None:
                return None
            stage = Stage.LOOKING if row.state == Stage.LOOKING.value else Stage.RUNNING
            values = {
                "state": stage.value, "lease_until": seconds + LEASE, "written": 0,
                "worker": self._worker,
            }  # fmt: skip
            connection.execute(update(packages).where(p.id == row.id).values(values))
            return _order(connection.execute(select(packages).where(p.id == row.id)).one())

    def beat(self, id: str, written: int, expected: int, now: datetime) -> bool:
        """Still at work on it. False when it is wanted no more, or another process has it."""
        until = now.timestamp() + LEASE
        return self._set(id, None, written=written, expected=expected, lease_until=until)

    def release(self, id: str) -> None:
        """Anybody may begin it again, now."""
        self._set(id, None, lease_until=0.0, written=0, worker=None)

    def took(self, id: str, snapshot: str) -> None:
        self._set(id, Stage.LOOKING, snapshot=snapshot)

    def seen(self, id: str, people: int, stamp: str) -> None:
        self._set(
            id, Stage.LOOKING, state=Stage.SEEN.value, lease_until=0.0, worker=None,
            people=people, stamp=stamp,
        )  # fmt: skip

    def done(self, id: str, file: str, sha256: str, people: int, stamp: str, now: datetime) -> None:
        self._set(
            id, None, state=Stage.DONE.value, file=file, sha256=sha256, people=people,
            stamp=stamp, finished=now.timestamp(),
        )  # fmt: skip

    def failed(self, id: str, problem: str, now: datetime) -> None:
        self._set(id, None, state=Stage.FAILED.value, problem=problem, finished=now.timestamp())

    def drop_file(self, id: str) -> None:
        """The file is gone; what it was stays written."""
        with transaction(self._engine) as connection:
            connection.execute(update(packages).where(p.id == id).values(file=None))

    def forget_unwanted(self, before: datetime) -> None:
        """Those that were looked at and never asked for."""
        old = or_(p.state == Stage.SEEN.value, p.state == Stage.FAILED.value)
        with transaction(self._engine) as connection:
            connection.execute(delete(packages).where(old, p.asked < before.timestamp()))

    def _set(self, id: str, stage: Stage | None, **values: Any) -> bool:
        ours = or_(p.worker == self._worker, p.worker.is_(None))
        fits = _under_way if stage is None else p.state == stage.value
        where = update(packages).where(p.id == id, ours, fits)
        with transaction(self._engine) as connection:
            return bool(connection.execute(where.values(values)).rowcount)


def _order(row: Any) -> Order:
    return Order(
        row.id,
        row.profile,
        tuple(json.loads(row.formats)),
        json.loads(row.filters),
        row.asked_by,
        datetime.fromtimestamp(row.asked, UTC),
        Stage(row.state),
        row.snapshot,
        row.written,
        row.expected,
        row.problem,
        row.file,
        row.sha256,
        datetime.fromtimestamp(row.finished, UTC) if row.finished else None,
        row.people,
        row.stamp,
        Sheet(**json.loads(row.sheet)) if row.sheet else None,
    )
