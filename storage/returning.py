"""Return codes: how often one may be tried, and the conversation that follows it to a new door."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, bindparam, delete, select, update

from bot.errors import DatabaseBusy
from bot.model import Sought, Untold
from storage import counting, statements
from storage.counting import Limit
from storage.faults import BUSY
from storage.reading import exchange_from
from storage.sealing.keys import Cipher, Keys
from storage.statements import Line, insert_once
from storage.tables import conversations, doors, returns

WINDOW = 15 * 60.0  # seconds in which wrong tries are counted, then waited
OF_DOOR, OF_ADDRESS, OF_ALL = 5, 20, 100  # wrong tries in a window
LIMITS = {
    kind: Limit(most, WINDOW, wait=WINDOW)
    for kind, most in (("door", OF_DOOR), ("address", OF_ADDRESS), ("all", OF_ALL))
}
DECIDED = "moderation."

_leads = select(returns.c.conversation_id).where(returns.c.code == bindparam("code"))
_its_door = select(conversations.c.door).where(conversations.c.id == bindparam("id"))
_lock_door = select(doors.c.door).where(doors.c.door == bindparam("door")).with_for_update()
_lock = select(conversations.c.door).where(conversations.c.id == bindparam("id")).with_for_update()
_use = delete(returns).where(returns.c.code == bindparam("of_code"))
_move = (
    update(conversations)
    .where(conversations.c.id == bindparam("of_id"))
    .values(door=bindparam("to_door"), current=True, address=bindparam("address"))
)


def seek(
    connection: Connection, keys: Keys, door: str, address: str, words: str, now: float
) -> Sought:
    """The code, if these words are one. A wrong try is counted in the same transaction."""
    counted = {"door": door, "address": address, "all": "all"}
    whose = {keys.counted(kind, of): LIMITS[kind] for kind, of in counted.items() if of}
    counting.forget_what_is_over(connection, now)
    count = counting.look(connection, whose, now)
    if count.wait:
        return Sought(wait=count.wait)
    code = keys.returning(words)
    conversation = connection.scalar(_leads, {"code": code})
    if conversation is not None:
        return Sought(code, conversation)
    counting.one_more(connection, whose, count, now)
    return Sought()


def forget_tries_at(connection: Connection, keys: Keys, door: str) -> None:
    counting.forget(connection, keys.counted("door", door))


def fetch(connection: Connection, code: str) -> Line | None:
    """The conversation of this code, locked with its door; None once the code was used.

    The door first, as everywhere: two orders would end in a deadlock.
    """
    id = connection.scalar(_leads, {"code": code})
    if id is None:
        return None
    door = connection.scalar(_its_door, {"id": id})
    connection.execute(_lock_door, {"door": door})
    if connection.scalar(_lock, {"id": id}) != door:  # it has just moved, or is erased
        return None
    if connection.scalar(_leads, {"code": code}) != id:
        return None
    return connection.execute(statements.by_id_locked, {"id": id}).one_or_none()


def decided_since(connection: Connection, id: str, cipher: Cipher) -> tuple[Untold, ...]:
    """What staff decided since the last words of this person, oldest first."""
    found: list[Untold] = []
    told = connection.execute(statements.load_turns, {"conversation_id": id}).all()
    for number, sealed in reversed(told):
        one = exchange_from(id, number, sealed, cipher)
        if one.said or one.pressed:
            break
        for reply in one.replies:
            if reply.key.startswith(DECIDED):
                what = reply.key.removeprefix(DECIDED)
                found.append(Untold(number, reply.values["reference"], what))
    return tuple(reversed(found))


def move(
    connection: Connection, row: Line, code: str, to: tuple[str, str], address: bytes, on: date
) -> None:
    """To a door, where it becomes the one that is spoken to. The code has served."""
    if connection.execute(_use, {"of_code": code}).rowcount != 1:
        raise DatabaseBusy(BUSY)
    door, channel = to
    once = insert_once(connection.dialect, doors)
    connection.execute(once, {"door": door, "channel": channel})
    if row.current:  # set aside, it is not what the old door speaks to
        connection.execute(statements.change_moved_on, {"of_door": row.door, "on": on})
    connection.execute(statements.change_moved_on, {"of_door": door, "on": None})
    connection.execute(statements.set_aside, {"of_door": door})
    connection.execute(statements.unsent, {"of_conversation": row.id})
    connection.execute(_move, {"of_id": row.id, "to_door": door, "address": address})
    connection.execute(statements.remove_door, {"of_door": row.door})
