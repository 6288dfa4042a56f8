"""Messages that broke the program: kept sealed, received again after a repair, or thrown away."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, delete, select, update

from bot.model import Conversation, Letter, Message, Sound
from storage.faults import transaction
from storage.reading import conversation_in
from storage.sealing.keys import Keys
from storage.statements import Line, insert_once, load, load_answers
from storage.tables import conversations, letters, outbox, secrets
from storage.written import day, pack, unpack

LONGEST_PLACE = 200
PLAIN = ("sender", "id", "text", "choice", "media", "edits", "guide", "origin", "hears")

_this = letters.c.id == bindparam("number")
_all = (
    select(letters, conversations.c.turn.label("now"), secrets.c.wrapped)
    .outerjoin(conversations, conversations.c.id == letters.c.conversation_id)
    .outerjoin(secrets, secrets.c.conversation_id == letters.c.conversation_id)
    .order_by(letters.c.id)
)
_again = update(letters).where(_this)
_again = _again.values(place=bindparam("where"), tried=letters.c.tried + 1)
_given_up = (
    select(outbox.c.id, outbox.c.channel, outbox.c.dropped)
    .where(outbox.c.dropped.is_not(None))
    .order_by(outbox.c.id)
)
_unsent = delete(outbox).where(outbox.c.id == bindparam("parcel"), outbox.c.dropped.is_not(None))


class Letters:
    """The dead letters of every channel, and the replies that were given up."""

    def __init__(
        self,
        engine: Engine,
        keys: Keys,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine, self._keys, self._clock = engine, keys, clock

    def keep(
        self,
        channel: str,
        message: Message | None,
        place: str,
        agreed: Callable[[Conversation], bool],
    ) -> bool:
        """Set aside; whether the words are kept too. The same message is set aside once.

        `agreed`: whether this person's words may be kept. Who is not known has not agreed.
        """
        row = {
            "channel": channel, "place": place[:LONGEST_PLACE], "tried": 0,
            "set_aside_on": day(self._clock()),
        }  # fmt: skip
        with transaction(self._engine) as connection:
            its = self._sealed(connection, message, agreed) if message is not None else None
            connection.execute(insert_once(connection.dialect, letters), row | (its or {}))
        return its is not None

    def _sealed(
        self, connection: Connection, message: Message, agreed: Callable[[Conversation], bool]
    ) -> dict[str, Any] | None:
        door = self._keys.door(message.channel, message.sender)
        row = connection.execute(load, {"door": door}).one_or_none()
        if row is None:
            return None
        cipher = self._keys.cipher(row.id, row.wrapped)
        kept = connection.execute(load_answers, {"conversation_id": row.id}).all()
        if not agreed(conversation_in(row, kept, cipher)):
            return None
        key = self._keys.message(door, message.id)
        payload = cipher.seal(pack(written(message)), f"letters.payload|{row.id}|{key}")
        return {
            "conversation_id": row.id, "message": key, "at": row.at, "turn": row.turn,
            "payload": payload,
        }  # fmt: skip

    def all(self) -> list[Letter]:
        """Every letter, oldest first, without its words."""
        with transaction(self._engine, writing=False) as connection:
            return [_letter(row) for row in connection.execute(_all)]

    def open(self, number: int) -> Letter | None:
        """One letter, with its message when it is kept. Raises DatabaseUnfit."""
        with transaction(self._engine, writing=False) as connection:
            row = connection.execute(_all.where(_this), {"number": number}).one_or_none()
        if row is None or row.payload is None:
            return None if row is None else _letter(row)
        cipher = self._keys.once(row.conversation_id, row.wrapped)
        where = f"letters.payload|{row.conversation_id}|{row.message}"
        return _letter(row, message_from(row.channel, unpack(cipher.unseal(row.payload, where))))

    def again(self, number: int, place: str) -> None:
        """It was received again, and broke the program again, there."""
        with transaction(self._engine) as connection:
            connection.execute(_again, {"number": number, "where": place[:LONGEST_PLACE]})

    def remove(self, number: int) -> bool:
        """False when there is no such letter."""
        with transaction(self._engine) as connection:
            return connection.execute(delete(letters).where(_this), {"number": number}).rowcount > 0

    def given_up(self) -> list[tuple[int, str, str]]:
        """The replies that could not be said: number, channel, why. Their words are gone."""
        with transaction(self._engine, writing=False) as connection:
            return [(row.id, row.channel, row.dropped) for row in connection.execute(_given_up)]

    def forget_reply(self, number: int) -> bool:
        """False when no reply of this number was given up."""
        with transaction(self._engine) as connection:
            return connection.execute(_unsent, {"parcel": number}).rowcount > 0


def written(message: Message) -> dict[str, Any]:
    """A message as it is kept: not what it says of the network."""
    kept = {name: value for name in PLAIN if (value := getattr(message, name))}
    if message.sent is not None:
        kept["sent"] = message.sent.isoformat()
    if (sound := message.sound) is not None:
        octets = b64encode(sound.octets).decode()
        kept["sound"] = [sound.seconds, sound.kind, octets, sound.refused, sound.at_most,
                         sound.listening]  # fmt: skip
    return kept


def message_from(channel: str, kept: dict[str, Any]) -> Message:
    """The message that `written` wrote."""
    plain = {name: kept[name] for name in PLAIN if name in kept}
    sent = datetime.fromisoformat(kept["sent"]) if "sent" in kept else None
    sound = None
    if "sound" in kept:
        seconds, kind, octets, *more = kept["sound"]
        sound = Sound(seconds, kind, b64decode(octets), *more)
    return Message(channel, sent=sent, sound=sound, **plain)


def forget(connection: Connection, until: date) -> None:
    """The facts of this day and before that belong to no conversation."""
    old = letters.c.conversation_id.is_(None), letters.c.set_aside_on <= until
    connection.execute(delete(letters).where(*old))


def _letter(row: Line, message: Message | None = None) -> Letter:
    return Letter(
        row.id, row.channel, row.set_aside_on, row.place, row.payload is not None, row.tried,
        row.conversation_id or "", row.at, row.now is not None and row.now == row.turn, message,
    )  # fmt: skip
