"""Replies committed and not yet delivered, in order for each person, for several processes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.errors import DatabaseDamaged, StorageError, of_one
from bot.model import Parcel
from storage import statements
from storage.faults import transaction, translated
from storage.reading import conversation_in
from storage.sealing.keys import Keys
from storage.statements import Line
from storage.tables import conversations, outbox, secrets
from storage.wellness import same_key
from storage.written import pack, reply_from, state_of, status_of, unpack

LEASE = 30.0  # seconds: a process that dies gives its parcels back after this
REFUSED = 3600.0  # seconds before a row that can be neither read nor dropped is tried again

_earlier = outbox.alias("earlier")
_due = (
    select(outbox, secrets.c.wrapped)
    .outerjoin(secrets, secrets.c.conversation_id == outbox.c.conversation_id)
    .where(
        outbox.c.channel == bindparam("channel"),
        outbox.c.dropped.is_(None),
        outbox.c.not_before <= bindparam("now"),
        outbox.c.lease_until <= bindparam("now"),
        ~select(_earlier.c.id)
        .where(
            _earlier.c.door == outbox.c.door,
            _earlier.c.id < outbox.c.id,
            ~_earlier.c.reminder,  # which waits for its hour, and holds nothing up
            _earlier.c.dropped.is_(None),
        )
        .exists(),
    )
    .order_by(outbox.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=outbox, skip_locked=True)
)
_this = outbox.c.id == bindparam("parcel")
_due_one = _due.where(_this)
_due_ids = _due.with_only_columns(outbox.c.id, maintain_column_froms=True).where(
    outbox.c.id.not_in(bindparam("refused", expanding=True))
)
_lease = (
    update(outbox)
    .where(_this)
    .values(lease_until=bindparam("until"), attempts=outbox.c.attempts + 1)
)
_wait = update(outbox).where(_this).values(not_before=bindparam("until"), lease_until=0.0)
_drop = (  # whom it was for is known by its conversation, if there is still one; nothing says when
    update(outbox)
    .where(_this)
    .values(dropped=bindparam("why"), payload=None, door="", queued=0.0, not_before=0.0,
            lease_until=0.0)
)  # fmt: skip
_sent = delete(outbox).where(_this)
_whose = select(outbox.c.conversation_id, outbox.c.door).where(_this)
_all_of_door = delete(outbox).where(outbox.c.door == bindparam("of_door"))
_pause = (
    update(conversations)
    .where(conversations.c.id == bindparam("of_id"))
    .values(state=bindparam("state"), status=bindparam("status"))
)
_floor = text("SELECT pg_try_advisory_lock(hashtextextended(:channel, 0))")
_oldest = select(func.min(outbox.c.queued)).where(
    outbox.c.dropped.is_(None), outbox.c.not_before <= bindparam("now")
)


def oldest_waiting(connection: Connection, now: datetime) -> float:
    """For how many seconds the oldest reply that could have left has been waiting."""
    queued = connection.scalar(_oldest, {"now": now.timestamp()})
    return max(0.0, now.timestamp() - queued) if queued is not None else 0.0


class SqlOutbox:
    """The outbox of every channel that pushes."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys
        self._speaking: dict[str, Connection] = {}  # PostgreSQL: the session that has the floor
        self._refused: dict[int, float] = {}  # rows that can be neither read nor dropped

    def speaks(self, channel: str) -> bool:
        """Whether this process is the one that speaks on this channel, from now on.

        Two processes that each kept the pace would together go beyond it. Whoever takes over is
        told so at the next call: the one before may have spoken a moment ago.
        """
        if self._engine.dialect.name == "sqlite":  # one server
            return True
        with translated():
            if (session := self._speaking.get(channel)) is not None:
                try:
                    session.execute(text("SELECT 1"))
                except DBAPIError:
                    self._silent(channel)
                    raise
                return True
            session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._speaking[channel] = session
            try:
                mine = session.scalar(_floor, {"channel": f"parole {channel}"})
            except DBAPIError:
                self._silent(channel)
                raise
        if not mine:
            self._speaking.pop(channel).close()
        return False

    def _silent(self, channel: str) -> None:
        """The session is lost, and the floor with it."""
        session = self._speaking.pop(channel)
        session.invalidate()
        session.close()

    def close(self) -> None:
        """Let another process speak."""
        for channel in (*self._speaking,):
            self._silent(channel)

    def claim(self, channel: str, now: datetime, limit: int = 30) -> list[Parcel]:
        """The first waiting reply of each person, reserved for this process for 30 s."""
        due: dict[str, Any] = {"channel": channel, "now": now.timestamp(), "most": limit}
        try:
            rows = self._leased(_due, due)
        except StorageError as error:
            if not of_one(error):
                raise
            rows = self._one_by_one(due)
        return [parcel for row in rows if (parcel := self._readable(row, due["now"]))]

    def _leased(self, which: Select[Any], due: dict[str, Any]) -> Sequence[Line]:
        with transaction(self._engine) as connection:
            rows = connection.execute(which, due).all()
            if rows:
                leases = [{"parcel": row.id, "until": due["now"] + LEASE} for row in rows]
                connection.execute(_lease, leases)
        return rows

    def _one_by_one(self, due: dict[str, Any]) -> Sequence[Line]:
        """One row that the database cannot read or change keeps no other from being said."""
        self._refused = {id: until for id, until in self._refused.items() if until > due["now"]}
        with transaction(self._engine) as connection:
            ids = connection.scalars(_due_ids, due | {"refused": [*self._refused]}).all()
        rows: list[Line] = []
        for id in ids:
            try:
                rows += self._leased(_due_one, due | {"parcel": id})
            except StorageError as error:
                if not of_one(error):
                    raise
                self._unreadable(id, due["now"])
        return rows

    def _readable(self, row: Line, now: float) -> Parcel | None:
        """One parcel that cannot be opened is dropped: the others go on."""
        try:
            return self._parcel(row)
        except DatabaseDamaged:
            same_key(self._engine, self._keys)  # else none can be opened, and none is lost
            self._unreadable(row.id, now)
            return None

    def _unreadable(self, parcel: int, now: float) -> None:
        try:
            self.drop(parcel, "unreadable")
        except StorageError as error:
            if not of_one(error):
                raise
            self._refused[parcel] = now + REFUSED

    def _parcel(self, row: Line) -> Parcel:
        if row.wrapped is None:
            cipher = self._keys.farewells
        else:
            cipher = self._keys.cipher(row.conversation_id, row.wrapped)
        where = f"outbox.payload|{row.door}|{row.turn}|{row.place}|{row.uid}"
        address, reply, guide, version = unpack(cipher.unseal(row.payload, where))
        return Parcel(
            row.id, row.channel, address, reply_from(reply), guide, version, row.attempts + 1
        )

    def sent(self, parcel: int, at: datetime) -> None:  # noqa: ARG002
        """Delivered: nothing of it is kept here, the thread has it."""
        self._write(_sent, parcel)

    def later(self, parcel: int, until: datetime) -> None:
        """Not now: it stays first of its person, until then at least."""
        self._write(_wait, parcel, until=until.timestamp())

    def drop(self, parcel: int, why: str) -> None:
        """Give up on this reply; `why` is a code. Of a farewell, only that there was one stays."""
        self._write(_drop, parcel, why=why)

    def _write(self, statement: Any, parcel: int, **values: Any) -> None:
        with transaction(self._engine) as connection:
            connection.execute(statement, {"parcel": parcel} | values)

    def block(self, parcel: int, at: datetime) -> None:  # noqa: ARG002
        """The person blocked us: drop all that waits for them and pause the conversation."""
        with transaction(self._engine) as connection:
            whose = connection.execute(_whose, {"parcel": parcel}).one_or_none()
            if whose is None:
                return
            row = None
            if whose.conversation_id is not None:  # locked first, as a turn does
                this = {"id": whose.conversation_id}
                row = connection.execute(statements.by_id_locked, this).one_or_none()
            connection.execute(_all_of_door, {"of_door": whose.door})
            if row is None:
                return
            try:
                cipher = self._keys.cipher(row.id, row.wrapped)
                paused = replace(conversation_in(row, (), cipher), paused=True)
            except DatabaseDamaged:  # nothing can be written in it any more
                return
            state = cipher.seal(pack(state_of(paused)), f"conversations.state|{row.id}")
            new = {"of_id": row.id, "state": state, "status": status_of(paused)}
            connection.execute(_pause, new)

    def dropped(self) -> int:
        """How many replies were given up."""
        with transaction(self._engine, writing=False) as connection:
            count = select(func.count()).where(outbox.c.dropped.is_not(None))
            return connection.scalar(count) or 0
