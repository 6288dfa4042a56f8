"""Voice messages as they are kept: those a program has to write down, and those for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import Engine, bindparam, select, update

from bot.errors import DatabaseUnfit
from bot.model import Answer, Recording, Sound, Spot, Voice
from storage import statements
from storage.faults import transaction
from storage.reading import conversation_in
from storage.saving import Saving
from storage.sealing.keys import Keys
from storage.statements import Line
from storage.tables import conversations, doors, secrets, voices
from storage.written import unpack

LEASE = 120  # seconds, and twice the length of the message: its transcription is given up before

c, v = conversations.c, voices.c
_kept = (
    select(voices, c.reference, doors.c.channel, c.address, secrets.c.wrapped)
    .join(conversations, c.id == v.conversation_id)
    .join(doors, doors.c.door == c.door)
    .join(secrets, secrets.c.conversation_id == v.conversation_id)
)
_this = (v.conversation_id == bindparam("of_conversation"), v.number == bindparam("of_number"))
_one = _kept.where(*_this)
_all = select(v.conversation_id, v.number).order_by(v.received_on, v.conversation_id, v.number)
_due = (
    _kept.where(v.waiting, v.lease_until <= bindparam("now"))
    .order_by(v.received_on, v.conversation_id, v.number)
    .limit(1)
    .with_for_update(of=voices, skip_locked=True)
)
_lease = update(voices).where(*_this).values(lease_until=bindparam("until"))
_done = update(voices).where(*_this).values(waiting=False)
_of_reference = select(c.id).where(c.reference == bindparam("reference"))


class Voices:
    """The voice messages of every conversation."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys

    def claim(self, now: datetime) -> Recording | None:
        """The oldest message that a program still has to write down, reserved for this process."""
        seconds = now.timestamp()
        with transaction(self._engine) as connection:
            row = connection.execute(_due, {"now": seconds}).one_or_none()
            if row is None:
                return None
            until = {"until": seconds + LEASE + 2 * row.seconds}
            connection.execute(_lease, _named(row.conversation_id, row.number) | until)
        try:
            return self._recording(row)
        except DatabaseUnfit:  # one that cannot be opened does not hold up the others
            self.done(row.conversation_id, row.number)
            return self.claim(now)

    def done(self, conversation: str, number: int) -> None:
        """No program has to write it down any more."""
        with transaction(self._engine) as connection:
            connection.execute(_done, _named(conversation, number))

    def kept(self) -> Iterator[Recording]:
        """Every voice message, oldest day first, one in memory at a time."""
        with transaction(self._engine, writing=False) as connection:
            names = [(row.conversation_id, row.number) for row in connection.execute(_all)]
        for name in names:
            with transaction(self._engine, writing=False) as connection:
                row = connection.execute(_one, _named(*name)).one_or_none()
            if row is not None:
                yield self._recording(row)

    def write_down(
        self, reference: str, number: int, words: str, masked: str | None = None
    ) -> bool:
        """Put words that a person heard in their answer. False when they cannot be put there:

        no such message, or the person's own words or confirmation are there already. `masked`:
        the same words without what points to a person, if something does.
        """
        with transaction(self._engine) as connection:
            id = connection.scalar(_of_reference, {"reference": reference})
            if id is None:
                return False
            row = connection.execute(statements.by_id_locked, {"id": id}).one_or_none()
            voice = connection.execute(_one, _named(id, number)).one_or_none()
            if row is None or voice is None:
                return False
            cipher = self._keys.cipher(row.id, row.wrapped)
            kept = connection.execute(statements.load_answers, {"conversation_id": id}).all()
            before = conversation_in(row, kept, cipher)
            spot, message = Spot(voice.step, voice.round), self._message(voice)
            answer = _heard(before.answers.get(spot), message, words, masked)
            if answer is None:
                return False
            after = replace(before, answers={**before.answers, spot: answer})
            then = datetime.combine(row.active_on, time(12), UTC)  # the person was not here today
            saving = Saving(connection, cipher, after, row.turn, then)
            saving.change(before)
            saving.answers(
                before.answers, {Spot(one.step, one.round): one.position for one in kept}
            )
            connection.execute(_done, _named(id, number))
        return True

    def _recording(self, row: Line) -> Recording:
        id, number = row.conversation_id, row.number
        cipher = self._keys.cipher(id, row.wrapped)
        octets = cipher.unseal(row.audio, f"voices.audio|{id}|{number}")
        sound = Sound(row.seconds, row.kind, octets)
        voice = Voice(Spot(row.step, row.round), self._message(row), sound)
        sender = unpack(cipher.unseal(row.address, f"conversations.address|{id}"))
        return Recording(id, row.reference, number, row.channel, sender, row.received_on, voice)

    def _message(self, row: Line) -> str:
        where = f"voices.message|{row.conversation_id}|{row.number}"
        cipher = self._keys.cipher(row.conversation_id, row.wrapped)
        return str(unpack(cipher.unseal(row.message, where)))


def _heard(answer: Answer | None, message: str, words: str, masked: str | None) -> Answer | None:
    """The answer with these words for this message, unless better ones are there."""
    mine = [p for p in answer.parts if p.message == message and p.origin] if answer else []
    if answer is None or not mine or mine[0].origin not in ("voice", "transcribed", "listened"):
        return None
    part = replace(mine[0], text=words, origin="listened", masked=masked)
    parts = tuple(part if p is mine[0] else p for p in answer.parts)
    return replace(answer, parts=parts, masking=answer.masking if masked is None else None)


def _named(conversation: str, number: int) -> dict[str, Any]:
    return {"of_conversation": conversation, "of_number": number}
