"""Tells an author what staff decided, in their own thread; and takes it back while nobody read it.

A notice waits a little before it is pushed: a decision that is undone at once is never heard of.
It is pushed to who agreed to be contacted; others read it when they come back.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from bot.model import Conversation, Reply, Untold
from storage.reading import conversation_in
from storage.sealing.keys import Keys
from storage.statements import NOTICES, Line, change_exchange, load_answers, new_turn
from storage.tables import conversations, outbox, turns
from storage.written import pack, replies_from, reply_to_list, state_of, unpack

GRACE = 120.0  # seconds
DESK = "desk"  # the sender of these turns, in the hash of their messages

# The conversation, what was last said in it, the decision; whether the phone may be another's.
Tell = Callable[..., tuple[Reply, ...]]
May = Callable[[Conversation], bool]

_last_said = (
    select(turns.c.number, turns.c.exchange)
    .where(turns.c.exchange.is_not(None))
    .order_by(turns.c.number.desc())
    .limit(1)
)


class Telling:
    """The notices of one contribution, inside the transaction that decides."""

    def __init__(
        self,
        connection: Connection,
        keys: Keys,
        owner: Line,
        now: datetime,
        pushed: frozenset[str],
        may: May,
    ) -> None:
        self._connection, self._keys, self._owner, self._now = connection, keys, owner, now
        self.cipher = keys.cipher(owner.id, owner.wrapped)
        self._unseen = owner.channel in pushed and owner.current  # where a thread is not shown
        its = {"conversation_id": owner.id}
        kept = connection.execute(load_answers, its).all() if self._unseen else ()
        self._talk: Conversation = conversation_in(owner, kept, self.cipher)
        self._pushes = self._unseen and may(self._talk)
        self._number = owner.turn

    def tell(self, decision: int, reference: str, what: str, say: Tell) -> None:
        """Put what is said in the thread, and in the outbox of a channel that pushes."""
        id, self._number = self._owner.id, self._number + 1
        last = self._last()
        replies = say(self._talk, last, reference, what, quiet=False)
        told = [reply_to_list(one) for one in replies]
        exchange = pack(["", told, self._now.isoformat(), self._talk.over, False])
        locked = self._talk.lock is not None
        if self._unseen and (locked or not self._pushes):
            later = Untold(self._number, reference, what)
            self._remember((*self._talk.untold, later))
        row = {
            "conversation_id": id,
            "number": self._number,
            "message": self._keys.message(DESK, str(decision)),
            "exchange": self.cipher.seal(exchange, self._place(self._number)),
        }
        new_turn.run(self._connection, [row])
        mine = conversations.c.id == id
        self._connection.execute(update(conversations).where(mine).values(turn=self._number))
        if self._pushes:
            aloud = say(self._talk, last, reference, what, quiet=True) if locked else replies
            self._push(aloud)

    def withdraw(self, decisions: Iterable[int]) -> str:
        """Take back the notices of these decisions, newest first, that nobody can have read.

        The key of the newest one that was heard, else "".
        """
        for decision in decisions:
            message = self._keys.message(DESK, str(decision))
            row = self._connection.execute(
                select(turns.c.number, turns.c.exchange).where(turns.c.message == message)
            ).one_or_none()
            if row is None or row.exchange is None:
                continue
            _, told, at, _, _ = unpack(self.cipher.unseal(row.exchange, self._place(row.number)))
            if self._heard(row.number, at):
                return str(replies_from(told)[0].key)
            mine = (outbox.c.conversation_id == self._owner.id) & (outbox.c.turn == row.number)
            self._connection.execute(delete(outbox).where(mine))
            gone = {"of_conversation": self._owner.id, "of_number": row.number, "exchange": None}
            self._connection.execute(change_exchange, gone)
            self._remember(one for one in self._talk.untold if one.turn != row.number)
        return ""

    def _remember(self, untold: Iterable[Untold]) -> None:
        """What is to be said once the person writes, and has given their code."""
        kept = tuple(untold)
        if kept == self._talk.untold:
            return
        self._talk = replace(self._talk, untold=kept)
        id = self._owner.id
        state = self.cipher.seal(pack(state_of(self._talk)), f"conversations.state|{id}")
        mine = update(conversations).where(conversations.c.id == id)
        self._connection.execute(mine.values(state=state))

    def _place(self, number: int) -> str:
        return f"turns.exchange|{self._owner.id}|{number}"

    def _heard(self, number: int, at: str) -> bool:
        if (self._now - datetime.fromisoformat(at)).total_seconds() >= GRACE:
            return True
        if not self._pushes:
            return False
        waiting = select(outbox.c.id).where(
            outbox.c.conversation_id == self._owner.id,
            outbox.c.turn == number,
            outbox.c.lease_until <= self._now.timestamp(),
        )
        return self._connection.execute(waiting.limit(1)).one_or_none() is None

    def _last(self) -> tuple[Reply, ...]:
        mine = _last_said.where(turns.c.conversation_id == self._owner.id)
        row = self._connection.execute(mine).one_or_none()
        if row is None:
            return ()
        sealed = self.cipher.unseal(row.exchange, self._place(row.number))
        return replies_from(unpack(sealed)[1])

    def _push(self, replies: tuple[Reply, ...]) -> None:
        it = self._owner
        sender = unpack(self.cipher.unseal(it.address, f"conversations.address|{it.id}"))
        rows: list[dict[str, Any]] = []
        for place, reply in enumerate(replies, NOTICES):
            payload = pack([sender, reply_to_list(reply), it.guide, it.version])
            uid = uuid.uuid4().hex
            where = f"outbox.payload|{it.door}|{self._number}|{place}|{uid}"
            rows.append(
                {
                    "uid": uid,
                    "conversation_id": it.id,
                    "door": it.door,
                    "channel": it.channel,
                    "turn": self._number,
                    "place": place,
                    "attempts": 0,
                    "queued": self._now.timestamp(),
                    "not_before": self._now.timestamp() + GRACE,
                    "reminder": True,  # it waits, and holds nothing else up
                    "lease_until": 0.0,
                    "payload": self.cipher.seal(payload, where),
                }
            )
        self._connection.execute(insert(outbox), rows)
