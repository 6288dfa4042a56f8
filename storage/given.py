"""A message that comes again: what was answered to it the first time."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.model import Given
from storage import statements
from storage.sealing.keys import Keys
from storage.statements import Line
from storage.written import replies_from, unpack


def given(connection: Connection, keys: Keys, message: str) -> Given | None:
    """What was already answered to the message with this keyed hash, or None."""
    row = statements.given.one_or_none(connection, {"message": message})
    if row is None:
        return None
    if row.wrapped is None:
        return _farewell(keys, row)
    number, sealed = row.number, row.exchange
    cipher = keys.cipher(row.conversation_id, row.wrapped)
    if sealed is None:  # said before a fresh start: answered by what began again
        this = {"conversation_id": row.conversation_id, "number": number}
        found = connection.execute(statements.next_turn, this).one_or_none()
        if found is None:  # the person left, and nothing was kept
            whose = row.conversation_id, number, (), True, row.guide, row.version
            return Given(*whose)
        number, sealed = found
    where = f"turns.exchange|{row.conversation_id}|{number}"
    _, replies, _, finished, *_ = unpack(cipher.unseal(sealed, where))
    return Given(
        row.conversation_id,
        number,
        replies_from(replies),
        finished,
        row.guide,
        row.version,
    )


def _farewell(keys: Keys, row: Line) -> Given:
    where = f"erasures.farewell|{row.conversation_id}"
    told = unpack(keys.farewells.unseal(row.exchange, where))
    number, replies, finished, guide, version = told
    return Given("", number, replies_from(replies), finished, guide, version, erased=True)
