"""One turn, one lock, one transaction: the conversation of one person, while it is held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy import Connection

from bot.model import Answer, Conversation, Given, Sought, Spot, Turn
from storage import counting, reading, returning, statements
from storage.backup.agreements import traced
from storage.counting import Limit
from storage.erasure.erasing import erase, key_destroyed
from storage.given import given
from storage.masking import mask, pieces, replaced, taken_back
from storage.moderation.rereading import changed, reread
from storage.saving import Saving
from storage.sealing.keys import Cipher, Keys
from storage.sealing.masterkey import still_ours
from storage.sealing.recent import Recent
from storage.statements import Line
from storage.written import day, pack, reply_to_list, unpack

HOUR = 3600.0
UNKNOWN = 50  # times as many openings, for all those whose address is not known

# Every write seals the state anew, with a new nonce: the same bytes are the same conversation.
Known: TypeAlias = tuple[Conversation, dict[Spot, int]]


def locked(connection: Connection, door: str, channel: str) -> Line | None:
    """The current conversation of this door, locked; None once the door itself is locked."""
    this = {"door": door}
    if connection.dialect.name == "sqlite":  # BEGIN IMMEDIATE has locked everything
        return statements.load_now.one_or_none(connection, this)
    row = statements.load_locked.one_or_none(connection, this)
    if row is not None:
        return row
    connection.execute(statements.take_door, this | {"channel": channel})
    return statements.load_locked.one_or_none(connection, this)


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
        return given(self._connection, self._keys, self._keys.message(self._door, message))

    def when(self) -> datetime | None:
        """When the last turn of the conversation held was saved."""
        times = self._times(1)
        return times[0] if times else None

    def burst(self, turns: int) -> tuple[datetime, datetime] | None:
        """When the first and the last of so many last turns were sent, if there were as many."""
        first, last = self._times(turns), self._times(1)
        return (first[1], last[1]) if first and last else None

    def _times(self, back: int) -> tuple[datetime, datetime] | None:
        """When that turn was saved, and when its message was sent: the same if nothing says it."""
        if self.conversation is None or self._cipher is None or self._turn < back:
            return None
        this = {"conversation_id": self.conversation.id, "number": self._turn - back}
        found = self._connection.execute(statements.next_turn, this).one_or_none()
        if found is None:
            return None
        where = f"turns.exchange|{self.conversation.id}|{found.number}"
        _, _, saved, _, _, *sent = unpack(self._cipher.unseal(found.exchange, where))
        return datetime.fromisoformat(saved), datetime.fromisoformat(sent[0] if sent else saved)

    def save(self, message: str, turn: Turn, *, push: bool, sent: datetime | None = None) -> Given:
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
        saving.turn(self._keys.message(self._door, message), turn, sent)
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
