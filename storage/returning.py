"""Return codes: how often one may be tried, and the conversation that follows it to a new door."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from bot.errors import DatabaseBusy
from bot.model import Sought, Untold
from storage import statements
from storage.faults import BUSY
from storage.keys import Cipher, Keys
from storage.reading import exchange_from
from storage.statements import Line, insert_once
from storage.tables import conversations, doors, returns, tries

WINDOW = 15 * 60.0  # seconds in which wrong tries are counted, then waited
OF_DOOR, OF_ADDRESS, OF_ALL = 5, 20, 100  # wrong tries in a window
DECIDED = "moderation."
OLD = 22 * 3600.0  # after its wait: looked for every hour, a try is known a day at most

_leads = select(returns.c.conversation_id).where(returns.c.code == bindparam("code"))
_who: Any = tries.c.who.in_(bindparam("who", expanding=True))
_counts = select(tries).where(_who).order_by(tries.c.who).with_for_update()
_count = (
    update(tries)
    .where(tries.c.who == bindparam("one"))
    .values(wrong=bindparam("wrong"), until=bindparam("until"))
)
_old = select(tries.c.who).where(tries.c.until < bindparam("before"))
_forget = delete(tries).where(tries.c.who.in_(_old.with_for_update(skip_locked=True)))
_forget_one = delete(tries).where(tries.c.who == bindparam("of_who"))
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
    limits = {keys.trying(f"door {door}"): OF_DOOR, keys.trying("all"): OF_ALL}
    if address:
        limits[keys.trying(f"address {address}")] = OF_ADDRESS
    forget_tries(connection, now)
    once = insert_once(connection.dialect, tries)
    for who in sorted(limits):
        connection.execute(once, {"who": who, "wrong": 0, "until": 0.0})
    rows = connection.execute(_counts, {"who": list(limits)}).all()
    waits = [r.until - now for r in rows if r.wrong >= limits[r.who] and r.until > now]
    if waits:
        return Sought(wait=max(waits))
    code = keys.returning(words)
    conversation = connection.scalar(_leads, {"code": code})
    if conversation is not None:
        return Sought(code, conversation)
    for row in rows:
        fresh = row.until <= now
        wrong = 1 if fresh else row.wrong + 1
        until = now + WINDOW if fresh or wrong >= limits[row.who] else row.until
        connection.execute(_count, {"one": row.who, "wrong": wrong, "until": until})
    return Sought()


def forget_tries(connection: Connection, now: float) -> None:
    """Those that no longer count, whoever tried."""
    connection.execute(_forget, {"before": now - OLD})


def forget_tries_at(connection: Connection, keys: Keys, door: str) -> None:
    connection.execute(_forget_one, {"of_who": keys.trying(f"door {door}")})


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
