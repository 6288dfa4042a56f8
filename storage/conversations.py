"""The conversations as the rest of Parole finds them: held, read, erased."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine

from bot.errors import DatabaseDamaged, DatabaseFull, RoomMade
from bot.model import Conversation, Exchange, Participation
from storage import copying, counting, reading, statements
from storage.backup.tombstones import Tombstones
from storage.counting import Limit
from storage.erasure.erasing import erase, sweep
from storage.faults import FULL, transaction, translated
from storage.held import HOUR, UNKNOWN, Known, SqlHeld, locked
from storage.room import NO_ROOM_KEPT, Room, with_room
from storage.sealing.keys import Keys
from storage.sealing.masterkey import since
from storage.sealing.recent import Recent
from storage.wellness import same_key
from storage.written import day

REMEMBERED = 512  # conversations kept open in memory, for people who are typing now


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqlStore:
    """Memory on SQLite or PostgreSQL. Blocking calls, safe to share between threads."""

    def __init__(
        self,
        engine: Engine,
        keys: Keys,
        *,
        clock: Callable[[], datetime] = _utc_now,
        remembered: int = REMEMBERED,
        tombstones: Tombstones | None = None,
        room: Room = NO_ROOM_KEPT,
    ) -> None:
        self._engine, self._keys, self._clock, self._room = engine, keys, clock, room
        self._tombstones = tombstones
        self._known: Recent[Known] = Recent(remembered)

    @contextmanager
    def hold(self, channel: str, sender: str) -> Iterator[SqlHeld]:
        """Lock this person's conversation; leaving without an exception commits.

        Raises DatabaseBusy when the lock or the database cannot be had in time; RoomMade when an
        erasure found the disk full, and would not any more.
        """
        door, held = self._keys.door(channel, sender), None
        try:
            with translated(), self._engine.connect() as connection, connection.begin() as whole:
                row = locked(connection, door, channel)
                who = (door, channel, sender)
                held = SqlHeld(connection, self._keys, who, row, self._clock, self._known)
                yield held
                if held.counted and not held.saved:
                    connection.execute(statements.remove_door, {"of_door": door})
                elif not held.saved:  # a newcomer who saved nothing leaves no trace
                    whole.rollback()
        except DatabaseFull:
            if held is not None and held.erasing and self._room.release():
                raise RoomMade(FULL) from None
            raise
        except DatabaseDamaged:
            same_key(self._engine, self._keys)  # else nothing is damaged: we have the old key
            raise
        if held.swept:
            sweep(self._engine)
            self._room.fill()
        self._remember(held.traces)

    def thread(self, channel: str, sender: str) -> tuple[Conversation, tuple[Exchange, ...]]:
        """The whole conversation. Raises UnknownConversation, ErasedConversation."""
        try:
            return reading.thread(self._engine, self._keys, channel, sender)
        except DatabaseDamaged:
            same_key(self._engine, self._keys)
            raise

    def met(self, channel: str, sender: str) -> bool:
        """Whether this person ever began anything here. Cheap: nothing is opened."""
        with transaction(self._engine, writing=False) as connection:
            this = {"door": self._keys.door(channel, sender)}
            return any(connection.scalar(one, this) for one in statements.met)

    def stranger(self, address: str, most: int) -> float:
        """Count one more unknown token of this address in this hour, or the seconds to wait."""
        limit = Limit(most if address else most * UNKNOWN, HOUR)
        whose = {self._keys.counted("stranger", address): limit}
        with transaction(self._engine) as connection:
            return counting.take(connection, whose, self._clock().timestamp())

    def forget(self, channel: str, sender: str) -> bool:
        """Erase the conversation of this person. False if there was nothing."""
        try:
            return self._forget(channel, sender)
        except RoomMade:
            return self._forget(channel, sender)
        except DatabaseDamaged:  # nobody needs to read it to erase it
            this = {"door": self._keys.door(channel, sender)}
            with transaction(self._engine, writing=False) as connection:
                reference = connection.scalar(statements.reference_now, this)
            return reference is not None and self.erase(reference) is not None

    def _forget(self, channel: str, sender: str) -> bool:
        with self.hold(channel, sender) as held:
            return held.forget()

    def erase(self, reference: str) -> str | None:
        """Erase the conversation of this reference, whoever's it is. Its id, or None."""
        return with_room(self._room, lambda: self._erase(reference))

    def _erase(self, reference: str) -> str | None:
        with transaction(self._engine) as connection:
            which = {"reference": reference}
            row = connection.execute(statements.by_reference, which).one_or_none()
            if row is None:
                return None
            if connection.dialect.name != "sqlite":  # the door first, as a turn does
                whose = {"door": row.door, "channel": row.channel}
                connection.execute(statements.take_door, whose)
            today = day(self._clock())
            trace = erase(connection, self._keys, row.door, today, conversation=row.id)
        self._known.drop(row.id)
        sweep(self._engine)
        self._remember([trace])
        return str(row.id)

    def _remember(self, traces: Sequence[str]) -> None:
        if traces and self._tombstones is not None:
            self._tombstones.add(traces, day(self._clock()))

    def forget_tries(self) -> None:
        """The counts that ended, of whoever signed in, opened or came back: no trace stays."""
        with transaction(self._engine) as connection:
            counting.forget_what_is_over(connection, self._clock().timestamp())

    def conversations(self) -> Iterator[Conversation]:
        """Every conversation, oldest day first, streamed."""
        return (one.conversation for one in self.participations())

    def participations(self) -> Iterator[Participation]:
        """Every conversation with its contributions, oldest day first, streamed."""
        return reading.participations(self._engine, self._keys)

    def token(self, guide: str, opening: str) -> str:
        """The token of the conversation that this opening id opens. Neither of them is kept."""
        return self._keys.token(guide, opening)

    def key_since(self) -> date | None:
        """The day of the master key of now."""
        with transaction(self._engine, writing=False) as connection:
            return since(connection)

    def copy(self, channel: str, sender: str) -> dict[str, Any]:
        """All that is stored about this person, ready for JSON."""
        return copying.copy(self._engine, self._keys, channel, sender)
