"""One turn, one lock, one transaction: the conversation as the rest of Parole holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine

from bot.errors import DatabaseFull, RoomMade
from bot.model import (
    Answer,
    Conversation,
    Exchange,
    Given,
    Participation,
    Sought,
    Spot,
    Turn,
)
from storage import copying, counting, reading, returning, statements
from storage.backup.agreements import traced
from storage.backup.tombstones import Tombstones
from storage.counting import Limit
from storage.erasure.erasing import erase, key_destroyed, sweep
from storage.faults import FULL, transaction, translated
from storage.masking import mask, pieces, replaced, taken_back
from storage.moderation.rereading import changed, reread
from storage.room import NO_ROOM_KEPT, Room, with_room
from storage.saving import Saving
from storage.sealing.keys import Cipher, Keys
from storage.sealing.masterkey import still_ours
from storage.sealing.recent import Recent
from storage.statements import Line
from storage.written import day, pack, replies_from, reply_to_list, unpack

HOUR = 3600.0
UNKNOWN = 50  # times as many openings, for all those whose address is not known
REMEMBERED = 512  # conversations kept open in memory, for people who are typing now

# Every write seals the state anew, with a new nonce: the same bytes are the same conversation.
Known: TypeAlias = tuple[Conversation, dict[Spot, int]]


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
                row = _locked(connection, door, channel)
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
        if held.swept:
            sweep(self._engine)
            self._room.fill()
        self._remember(held.traces)

    def thread(self, channel: str, sender: str) -> tuple[Conversation, tuple[Exchange, ...]]:
        """The whole conversation. Raises UnknownConversation, ErasedConversation."""
        return reading.thread(self._engine, self._keys, channel, sender)

    def forget(self, channel: str, sender: str) -> bool:
        """Erase the conversation of this person. False if there was nothing."""
        try:
            return self._forget(channel, sender)
        except RoomMade:
            return self._forget(channel, sender)

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

    def copy(self, channel: str, sender: str) -> dict[str, Any]:
        """All that is stored about this person, ready for JSON."""
        return copying.copy(self._engine, self._keys, channel, sender)


class SqlHeld:
    """One conversation, locked, inside one transaction."""

    def __init__(
        self,
        connection: Connection,
        keys: Keys,
        who: tuple[str, str, str],
        row: Line | None,
        clock: Callable[[], datetime],
        known: Recent[Known],
    ) -> None:
        self._connection, self._keys, self._clock = connection, keys, clock
        self._known = known
        self._door, self._channel, self._sender = who
        self._turn = 0
        self._cipher: Cipher | None = None
        self._positions: dict[Spot, int] = {}
        self.conversation: Conversation | None = None
        self.erased = self.shared = self.moved = False
        self.saved = False
        self.counted = False  # a wrong return code: to be remembered, whatever else is
        self._fetched: Line | None = None
        self.erasing = False  # something is being erased
        self.swept = False  # something was erased: the journal is to be emptied
        self.traces: list[str] = []  # of what was erased
        if row is not None:
            self._load(row)
        else:
            found = connection.scalar(statements.was_erased, {"door": self._door})
            self.erased = found is not None
            self.shared = bool(connection.scalar(statements.others_there, {"door": self._door}))
            self.moved = connection.scalar(statements.moved_on, {"door": self._door}) is not None

    def _load(self, row: Line) -> None:
        self._turn = row.turn
        self._cipher = self._keys.cipher(row.id, row.wrapped)
        known = self._known.get(row.id, row.state)
        if known is None:
            its = {"conversation_id": row.id}
            kept = self._connection.execute(statements.load_answers, its).all()
            positions = {Spot(one.step, one.round): one.position for one in kept}
            known = reading.conversation_in(row, kept, self._cipher), positions
            self._known.put(row.id, row.state, known)
        self.conversation, self._positions = known

    def given(self, message: str) -> Given | None:
        """What was already answered to the message with this id, or None."""
        key = self._keys.message(self._door, message)
        row = statements.given.one_or_none(self._connection, {"message": key})
        if row is None:
            return None
        if row.wrapped is None:
            return self._farewell(row)
        number, sealed = row.number, row.exchange
        cipher = self._keys.cipher(row.conversation_id, row.wrapped)
        if sealed is None:  # said before a fresh start: answered by what began again
            this = {"conversation_id": row.conversation_id, "number": number}
            found = self._connection.execute(statements.next_turn, this).one_or_none()
            if found is None:  # the person left, and nothing was kept
                whose = row.conversation_id, number, (), True, row.guide, row.version
                return Given(*whose)
            number, sealed = found
        where = f"turns.exchange|{row.conversation_id}|{number}"
        _, replies, _, finished, _ = unpack(cipher.unseal(sealed, where))
        return Given(
            row.conversation_id,
            number,
            replies_from(replies),
            finished,
            row.guide,
            row.version,
        )

    def _farewell(self, row: Line) -> Given:
        where = f"erasures.farewell|{row.conversation_id}"
        told = unpack(self._keys.farewells.unseal(row.exchange, where))
        number, replies, finished, guide, version = told
        return Given("", number, replies_from(replies), finished, guide, version, erased=True)

    def when(self, back: int = 1) -> datetime | None:
        """When the last turn of the conversation held was saved, or one further back."""
        if self.conversation is None or self._cipher is None or self._turn < back:
            return None
        this = {"conversation_id": self.conversation.id, "number": self._turn - back}
        found = self._connection.execute(statements.next_turn, this).one_or_none()
        if found is None:
            return None
        where = f"turns.exchange|{self.conversation.id}|{found.number}"
        return datetime.fromisoformat(unpack(self._cipher.unseal(found.exchange, where))[2])

    def save(self, message: str, turn: Turn, *, push: bool) -> Given:
        """Store the turn of this message id. `push` puts its replies in the outbox."""
        if turn.erase:
            return self._erase(message, turn, push=push)
        if turn.leaves is not None:
            self._leave(turn.leaves)
        if turn.arrives:
            self._arrive(turn.arrives)
        new, before = turn.conversation, self.conversation
        begins = before is None or before.id != new.id
        number, wrapped = 1 if begins else self._turn + 1, None
        if begins or turn.afresh:
            wrapped = self._new_key(new.id, instead=not begins)
            self._positions = {}
        assert self._cipher is not None  # noqa: S101
        saving = Saving(self._connection, self._cipher, new, number, self._clock())
        known: Mapping[Spot, Answer] = {}
        if wrapped is not None and begins:
            saving.begin(self._door, self._channel, self._sender, wrapped)
        else:
            saving.change(before)
            if wrapped is not None:
                saving.afresh(self._sender, wrapped)
            elif before is not None:
                known = before.answers
                today = day(self._clock())
                self.traces += traced(self._connection, self._keys, before, new, today)
        self._positions = saving.answers(known, self._positions)
        gone = (*replaced(known, new.answers), *taken_back(before, new))
        if gone and not begins:
            mask(self._connection, self._cipher, new.id, gone, pieces(known))
        if rounds := changed(known, new.answers):
            reread(self._connection, new.id, rounds, day(self._clock()))
        saving.voices(known, turn.voice)
        saving.turn(self._keys.message(self._door, message), turn)
        saving.events(turn.events)
        self._promised(saving, before, turn, push=push)
        if push:
            saving.parcels(self._door, self._channel, self._sender, turn.aloud, self._cipher)
        self._turn, self.conversation = number, new
        self._known.put(new.id, saving.state, (new, self._positions))
        self.saved, self.erased, self.moved = True, False, False
        self.swept = self.swept or turn.afresh
        return Given(new.id, number, turn.aloud, new.over, new.guide, new.version)

    def _new_key(self, id: str, *, instead: bool) -> bytes:
        """From now on this conversation is sealed with a new key. It, wrapped."""
        self.erasing = self.erasing or instead
        still_ours(self._connection, self._keys)
        if instead and self._cipher is not None:
            old, today = self._cipher, day(self._clock())
            self.traces.append(key_destroyed(self._connection, self._keys, id, old, today))
        self._cipher, wrapped = self._keys.new(id)
        return wrapped

    def _promised(
        self, saving: Saving, before: Conversation | None, turn: Turn, *, push: bool
    ) -> None:
        """The return code and the reminder, as this turn leaves them."""
        new = turn.conversation
        if turn.words:
            saving.return_code(self._keys.returning(turn.words))
        elif before is not None and before.may_return and not new.may_return:
            saving.return_code("")
        if before is not None and before.recall == "accepted" != new.recall:
            saving.no_reminder()
        if turn.reminder is not None and push:
            assert self._cipher is not None  # noqa: S101
            when, reply = turn.reminder
            who = (self._door, self._channel, self._sender)
            saving.parcels(*who, (reply,), self._cipher, remind=when)

    def no_notice(self) -> None:
        """What staff decided waits for this person to write: we write first no more."""
        if self.conversation is not None:
            this = {"of_conversation": self.conversation.id}
            self._connection.execute(statements.no_notice, this)

    def opens(self, address: str, most: int) -> float:
        """Count one more conversation of this address in this hour, or the seconds to wait.

        All whose address is not known, "", share one count, many times larger.
        """
        limit = Limit(most if address else most * UNKNOWN, HOUR)
        whose = {self._keys.counted("opening", address): limit}
        return counting.take(self._connection, whose, self._clock().timestamp())

    def seek(self, words: str, address: str) -> Sought:
        """Where a return code leads. A wrong one is counted, whatever is saved after."""
        now = self._clock().timestamp()
        sought = returning.seek(self._connection, self._keys, self._door, address, words, now)
        self.counted = self.counted or not sought.code
        return sought

    def fetch(self, code: str) -> Conversation | None:
        """The conversation of this return code, locked: the next turn saved may bring it here."""
        self._fetched = row = returning.fetch(self._connection, code)
        if row is None:
            return None
        cipher = self._keys.cipher(row.id, row.wrapped)
        kept = self._connection.execute(statements.load_answers, {"conversation_id": row.id}).all()
        talk = reading.conversation_in(row, kept, cipher)
        return replace(talk, untold=returning.decided_since(self._connection, row.id, cipher))

    def _arrive(self, code: str) -> None:
        """The conversation that was fetched belongs to this door, and to no other."""
        row = self._fetched
        assert row is not None  # noqa: S101
        cipher = self._keys.cipher(row.id, row.wrapped)
        address = cipher.seal(pack(self._sender), f"conversations.address|{row.id}")
        returning.move(
            self._connection, row, code, (self._door, self._channel), address, day(self._clock())
        )
        self._known.drop(row.id)
        self._load(row)

    def _leave(self, last: Turn) -> None:
        """From now on this door speaks to another conversation; this one stays as it is left."""
        old, before = last.conversation, self.conversation
        assert self._cipher is not None  # noqa: S101
        assert before is not None  # noqa: S101
        wrapped = None
        if last.afresh:
            wrapped = self._new_key(old.id, instead=True)
        saving = Saving(self._connection, self._cipher, old, self._turn, self._clock())
        saving.change(before)
        if wrapped is not None:
            saving.afresh(self._sender, wrapped)
        else:
            saving.answers(before.answers, self._positions)
            saving.voices(before.answers, None)
        saving.events(last.events)
        saving.unsent()
        self._known.drop(old.id)
        self.swept = last.afresh

    def hash_code(self, digits: str) -> str:
        """A keyed hash of a person's code, for the conversation held and no other."""
        assert self.conversation is not None  # noqa: S101
        return self._keys.code(self.conversation.id, digits)

    def _erase(self, message: str, turn: Turn, *, push: bool) -> Given:
        last, self.erasing = turn.conversation, True
        number, now = self._turn + 1, self._clock()
        replies = [reply_to_list(reply) for reply in turn.replies]
        told = pack([number, replies, last.over, last.guide, last.version])
        where = f"erasures.farewell|{self._keys.trace(last.id)}"
        still_ours(self._connection, self._keys)
        trace = erase(
            self._connection,
            self._keys,
            self._door,
            day(now),
            conversation=last.id,
            farewell=self._keys.farewells.seal(told, where),
            message=self._keys.message(self._door, message),
        )
        self.traces.append(trace)
        if push:
            saving = Saving(self._connection, self._keys.farewells, last, number, now)
            who = (self._door, self._channel, self._sender)
            saving.parcels(*who, turn.replies, self._keys.farewells, farewell=True)
        self._gone()
        return Given("", number, turn.replies, last.over, last.guide, last.version, erased=True)

    def forget(self) -> bool:
        """Erase the conversation of this person, without a word. False if there was nothing."""
        if self.conversation is None:
            return False
        id, now, self.erasing = self.conversation.id, self._clock(), True
        trace = erase(self._connection, self._keys, self._door, day(now), conversation=id)
        self.traces.append(trace)
        self._gone()
        return True

    def _gone(self) -> None:
        if self.conversation is not None:
            self._known.drop(self.conversation.id)
        self._turn, self._cipher, self._positions = 0, None, {}
        self.conversation, self.erased = None, True
        self.saved = self.swept = True


def _locked(connection: Connection, door: str, channel: str) -> Line | None:
    """The current conversation of this door, locked; None once the door itself is locked."""
    this = {"door": door}
    if connection.dialect.name == "sqlite":  # BEGIN IMMEDIATE has locked everything
        return statements.load_now.one_or_none(connection, this)
    row = statements.load_locked.one_or_none(connection, this)
    if row is not None:
        return row
    connection.execute(statements.take_door, this | {"channel": channel})
    return statements.load_locked.one_or_none(connection, this)
