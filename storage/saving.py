"""Writes one turn: only what has changed, and as few statements as possible."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.model import Answer, Conversation, Event, Reply, Spot, Turn, Voice
from storage import statements
from storage.sealing.keys import Cipher
from storage.statements import insert_once
from storage.tables import contributions, doors
from storage.written import (
    codes,
    day,
    pack,
    plain,
    reply_to_list,
    state_of,
    status_of,
    unpack,
    words_of,
)

REMINDERS = 1_000  # the place of a reminder, after every reply of its turn


NOTED = (["noted.first"], ["noted.more"])  # said once of several messages in a row
SILENCE = 2.5  # seconds


class Saving:
    """The writing of one turn of one conversation."""

    def __init__(
        self,
        connection: Connection,
        cipher: Cipher,
        conversation: Conversation,
        number: int,
        now: datetime,
    ) -> None:
        self._connection, self._cipher = connection, cipher
        self._conversation, self._number = conversation, number
        self._now, self._today = now, day(now)
        self.state = b""  # once saved, the stamp of this very conversation

    def begin(self, door: str, channel: str, sender: str, wrapped: bytes) -> None:
        """A conversation that was not there: from now on the door speaks to this one."""
        id = self._conversation.id
        once = insert_once(self._connection.dialect, doors)
        self._connection.execute(once, {"door": door, "channel": channel})
        self._connection.execute(statements.set_aside, {"of_door": door})
        self._connection.execute(statements.change_moved_on, {"of_door": door, "on": None})
        address = self._cipher.seal(pack(sender), f"conversations.address|{id}")
        more = {"id": id, "door": door, "current": True, "address": address}
        self._connection.execute(statements.new_conversation, self._row() | more)
        self._connection.execute(statements.new_secret, {"conversation_id": id, "wrapped": wrapped})

    def afresh(self, sender: str, wrapped: bytes) -> None:
        """Nothing of what was said stays, and what backups of the file keep has lost its key."""
        id = self._conversation.id
        for statement in statements.start_afresh:
            self._connection.execute(statement, {"of_conversation": id})
        address = self._cipher.seal(pack(sender), f"conversations.address|{id}")
        new = {"of_conversation": id, "wrapped": wrapped, "address": address}
        self._connection.execute(statements.change_key, new)
        self._connection.execute(statements.change_address, new)

    def change(self, before: Conversation | None) -> None:
        """Where the conversation now stands; what it is, only if that is no longer the same."""
        it, row = self._conversation, self._row()
        row["of_id"] = it.id
        if before is not None and _identity(before) == _identity(it):
            for name in statements.IDENTITY:
                del row[name]
            statements.change_conversation.run(self._connection, [row])
        else:
            statements.change_identity.run(self._connection, [row])

    def _row(self) -> dict[str, Any]:
        it = self._conversation
        self.state = self._cipher.seal(pack(state_of(it)), f"conversations.state|{it.id}")
        return {
            "reference": it.reference,
            "channel": it.channel,
            "guide": it.guide,
            "version": it.version,
            "origin": plain(it.origin),
            "helped": it.helped,
            "helper": it.helper,
            "status": status_of(it),
            "at": str(it.at) if it.at is not None else None,
            "turn": self._number,
            "started_on": day(it.started),
            "active_on": self._today,
            "state": self.state,
        }

    def answers(
        self, before: Mapping[Spot, Answer], positions: Mapping[Spot, int]
    ) -> dict[Spot, int]:
        """Insert, change or remove what differs from `before`; where each answer now stands."""
        placed: dict[Spot, int] = {}
        added, changed = [], []
        last = -1
        for spot, answer in self._conversation.answers.items():
            place = positions.get(spot)
            known = before.get(spot)
            if known is None:
                place = last + 1
                added.append(self._answer(spot, answer, place, ""))
            elif place is None or place <= last or (known is not answer and known != answer):
                place = place if place is not None and place > last else last + 1
                changed.append(self._answer(spot, answer, place, "of_"))
            placed[spot] = last = place
        gone = [self._named(spot, "of_") for spot in before if spot not in placed]
        for statement, rows in (
            (statements.remove_answer, gone),
            (statements.change_answer, changed),
            (statements.new_answers, added),
        ):
            if rows:
                statement.run(self._connection, rows)
        return placed

    def _answer(self, spot: Spot, answer: Answer, place: int, prefix: str) -> dict[str, Any]:
        where = f"answers.words|{self._conversation.id}|{spot.step}|{spot.round}"
        return self._named(spot, prefix) | {
            "position": place,
            "state": answer.state.value,
            "codes": codes(answer.values),
            "labels": codes(answer.labels),
            "draft": answer.draft,
            "version": answer.version,
            "language": answer.language,
            "answered_on": day(answer.at),
            "words": self._cipher.seal(pack(words_of(answer)), where),
        }

    def _named(self, spot: Spot, prefix: str) -> dict[str, Any]:
        conversation = "of_conversation" if prefix else "conversation_id"
        return {
            conversation: self._conversation.id,
            f"{prefix}step": spot.step,
            f"{prefix}round": spot.round,
        }

    def voices(self, before: Mapping[Spot, Answer], new: Voice | None) -> None:
        """Keep the voice message that came, and no more those that left the answers."""
        id, number = self._conversation.id, self._number
        if gone := _voiced(before) - _voiced(self._conversation.answers):
            kept = self._connection.execute(statements.load_voices, {"conversation_id": id}).all()
            for row in kept:
                where = f"voices.message|{id}|{row.number}"
                if unpack(self._cipher.unseal(row.message, where)) in gone:
                    this = {"of_conversation": id, "of_number": row.number}
                    self._connection.execute(statements.remove_voice, this)
        if new is None:
            return
        message = self._cipher.seal(pack(new.message), f"voices.message|{id}|{number}")
        audio = self._cipher.seal(new.sound.octets, f"voices.audio|{id}|{number}")
        its = {
            "conversation_id": id,
            "number": number,
            "step": new.spot.step,
            "round": new.spot.round,
            "seconds": new.sound.seconds,
            "kind": new.sound.kind,
            "received_on": self._today,
            "waiting": new.sound.listening,
            "lease_until": 0.0,
            "message": message,
            "audio": audio,
        }
        self._connection.execute(statements.new_voice, its)

    def turn(self, message: str, turn: Turn, sent: datetime | None) -> None:
        id, number = self._conversation.id, self._number
        replies = [reply_to_list(reply) for reply in turn.replies]
        now, over = self._now.isoformat(), self._conversation.over
        dated = [] if sent is None else [sent.isoformat()]
        exchange = pack([turn.said, replies, now, over, turn.pressed, *dated])
        row = {
            "conversation_id": id,
            "number": number,
            "message": message,
            "exchange": self._cipher.seal(exchange, f"turns.exchange|{id}|{number}"),
        }
        statements.new_turn.run(self._connection, [row])

    def events(self, events: tuple[Event, ...]) -> None:
        if not events:
            return
        rows = [
            {
                "conversation_id": self._conversation.id,
                "turn": self._number,
                "name": event.name,
                "step": event.spot.step if event.spot else None,
                "round": event.spot.round if event.spot else None,
                "about": event.about,
                "happened_on": self._today,
            }
            for event in events
        ]
        statements.new_events.run(self._connection, rows)
        for event in events:
            self._contribution(event)

    def _contribution(self, event: Event) -> None:
        round = event.spot.round if event.spot else 0
        if event.name == "contribution":
            once = insert_once(self._connection.dialect, contributions)
            row = {
                "conversation_id": self._conversation.id,
                "kind": event.about,
                "round": round,
                "made_on": self._today,
            }
            self._connection.execute(once, row)
        elif event.name == "contribution_withdrawn":
            this = {
                "of_conversation": self._conversation.id,
                "of_kind": event.about,
                "of_round": round,
            }
            self._connection.execute(statements.withdraw_contribution, this)

    def return_code(self, code: str) -> None:
        """From now on this code leads here, and no other does; empty: none."""
        id = self._conversation.id
        self._connection.execute(statements.remove_returns, {"of_conversation": id})
        if code:
            new = {"code": code, "conversation_id": id, "made_on": self._today}
            self._connection.execute(statements.new_return, new)

    def no_reminder(self) -> None:
        this = {"of_conversation": self._conversation.id}
        self._connection.execute(statements.no_reminder, this)

    def unsent(self) -> None:
        """Nothing more of this conversation leaves."""
        self._connection.execute(statements.unsent, {"of_conversation": self._conversation.id})

    def parcels(
        self,
        door: str,
        channel: str,
        sender: str,
        replies: tuple[Reply, ...],
        cipher: Cipher,
        *,
        farewell: bool = False,
        remind: datetime | None = None,
    ) -> None:
        """Put replies in the outbox. A farewell belongs to no conversation any more.

        `remind`: these are a reminder, and leave at that moment. « C'est noté » leaves after a
        short silence; what is said before that takes its place.
        """
        it, now = self._conversation, (remind or self._now).timestamp()
        rows = []
        noted = not remind and [reply.key for reply in replies] in NOTED
        later = now + SILENCE if noted else 0.0
        for place, reply in enumerate(replies, REMINDERS if remind else 0):
            payload = pack([sender, reply_to_list(reply), it.guide, it.version])
            uid = uuid.uuid4().hex
            where = f"outbox.payload|{door}|{self._number}|{place}|{uid}"
            rows.append(
                {
                    "uid": uid,
                    "conversation_id": None if farewell else it.id,
                    "door": door,
                    "channel": channel,
                    "turn": self._number,
                    "place": place,
                    "attempts": 0,
                    "queued": now,
                    "not_before": now if remind else later,
                    "reminder": remind is not None,
                    "lease_until": 0.0,
                    "payload": cipher.seal(payload, where),
                }
            )
        if rows and not remind:
            self._connection.execute(statements.unsaid, {"of_door": door})
        if rows:
            self._connection.execute(statements.new_parcels, rows)


def _voiced(answers: Mapping[Spot, Answer]) -> set[str]:
    """The voice messages that these answers hold."""
    return {part.message for one in answers.values() for part in one.parts if part.origin}


def _identity(it: Conversation) -> tuple[object, ...]:
    following = it.reference, it.channel, it.guide, it.version, it.origin, it.started
    return *following, it.helped, it.helper
