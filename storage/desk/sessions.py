"""Who is signed in at the desk: kept here, known to the browser by a token that we only hash."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, delete, func, insert, select, update

from bot.staff import Seat, Session
from storage.desk.accounts import account
from storage.desk_tables import staff, staff_sessions
from storage.faults import transaction

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
FOR_THE_CODE = timedelta(minutes=5)
NOTED_EVERY = 15.0  # seconds: a page with many parts writes once
ID = 16  # letters of the hash of a token, to name a session

t = staff_sessions.c


class Sessions:
    """Sessions of staff. Blocking calls."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, id: str, now: datetime, *, second_factor: bool, waiting: bool) -> str:
        """A new session of this account; its token, which is not kept."""
        token = secrets.token_urlsafe(32)
        row = {
            "token": _hashed(token),
            "staff_id": id,
            "begun": now.timestamp(),
            "seen": now.timestamp(),
            "second_factor": second_factor,
            "waiting": waiting,
            "csrf": secrets.token_urlsafe(32),
        }
        with transaction(self._engine) as connection:
            old = t.seen < (now - IDLE).timestamp()
            connection.execute(delete(staff_sessions).where(old))
            connection.execute(insert(staff_sessions), row)
        return token

    def seat(self, token: str, now: datetime, *, there: bool = True) -> Seat | None:
        """Who holds this token; None once it is too late.

        `there`: somebody did something, which is noted. A page that asks again by itself is nobody.
        """
        this = t.token == _hashed(token)
        both = staff_sessions.join(staff, staff.c.id == t.staff_id)
        wanted = select(staff, staff_sessions).select_from(both)
        with transaction(self._engine, writing=False) as connection:
            row = connection.execute(wanted.where(this, staff.c.active)).one_or_none()
        if row is None or _over(row.begun, row.seen, now, waiting=row.waiting):
            return None
        if there and now.timestamp() - row.seen > NOTED_EVERY:
            with transaction(self._engine) as connection:
                connection.execute(update(staff_sessions).where(this).values(seen=now.timestamp()))
        begun = datetime.fromtimestamp(row.begun, UTC)
        id = row.token[:ID]
        return Seat(account(row), row.csrf, row.second_factor, row.waiting, begun, id)

    def of(self, staff_id: str, now: datetime) -> list[Session]:
        """The browsers in which this account is signed in, newest first."""
        its = select(staff_sessions).where(t.staff_id == staff_id, ~t.waiting)
        with transaction(self._engine, writing=False) as connection:
            rows = connection.execute(its.order_by(t.begun.desc(), t.token)).all()
        return [
            Session(
                row.token[:ID], datetime.fromtimestamp(row.begun, UTC),
                datetime.fromtimestamp(row.seen, UTC), row.second_factor,
            )
            for row in rows
            if not _over(row.begun, row.seen, now, waiting=False)
        ]  # fmt: skip

    def close_one(self, staff_id: str, id: str) -> bool:
        """Sign this account out of one browser. False when it is not signed in there."""
        this = (t.staff_id == staff_id) & (func.substr(t.token, 1, ID) == id)
        with transaction(self._engine) as connection:
            return bool(connection.execute(delete(staff_sessions).where(this)).rowcount)

    def close(self, token: str) -> None:
        with transaction(self._engine) as connection:
            connection.execute(delete(staff_sessions).where(t.token == _hashed(token)))

    def close_all(self, id: str) -> int:
        """Sign this account out of every browser; how many there were."""
        with transaction(self._engine) as connection:
            return connection.execute(delete(staff_sessions).where(t.staff_id == id)).rowcount


def _over(begun: float, seen: float, now: datetime, *, waiting: bool) -> bool:
    idle, longest = now.timestamp() - seen, now.timestamp() - begun
    if waiting:
        return longest > FOR_THE_CODE.total_seconds()
    return idle > IDLE.total_seconds() or longest > LONGEST.total_seconds()


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
