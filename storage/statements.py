"""The statements of a turn, built once; only their values change."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    BindParameter,
    Dialect,
    Insert,
    Table,
    bindparam,
    delete,
    insert,
    literal,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.desk_tables import snapshot_rows
from storage.prepared import Prepared
from storage.tables import (
    answers,
    contributions,
    conversations,
    doors,
    erasures,
    events,
    letters,
    outbox,
    returns,
    secrets,
    stale,
    turns,
    voices,
)

Line: TypeAlias = Any  # a row as it was read: its columns are its attributes

c = conversations.c
# All that came of messages
SAID = (answers, events, contributions, voices, outbox, letters, snapshot_rows)

LOAD_COLUMNS = (
    c.id,
    c.reference,
    c.guide,
    c.version,
    c.channel,
    c.at,
    c.turn,
    c.status,
    c.started_on,
    c.active_on,
    c.helped,
    c.helper,
    c.state,
    c.address,
    secrets.c.wrapped,
)

load = (
    select(*LOAD_COLUMNS)
    .join(secrets, secrets.c.conversation_id == c.id)
    .where(c.door == bindparam("door"), c.current)
)
load_now = Prepared(load)
load_locked = Prepared(  # the door first, always: two orders would end in a deadlock
    load.join(doors, doors.c.door == c.door).with_for_update(of=(doors, conversations))
)
by_id_locked = (
    select(*LOAD_COLUMNS, c.door, c.current)
    .join(secrets, secrets.c.conversation_id == c.id)
    .where(c.id == bindparam("id"))
    .with_for_update(of=conversations)
)

take_door = (  # PostgreSQL: insert or lock, in one piece, even while the door is being erased
    postgresql.insert(doors).on_conflict_do_update(
        index_elements=[doors.c.door], set_={"channel": doors.c.channel}
    )
)
was_erased = select(erasures.c.trace).where(erasures.c.door == bindparam("door")).limit(1)

met = (select(doors.c.door).where(doors.c.door == bindparam("door")), was_erased)
others_there = select(c.id).where(c.door == bindparam("door")).limit(1)
reference_now = select(c.reference).where(c.door == bindparam("door"), c.current)
by_reference = select(c.id, c.door, c.channel).where(c.reference == bindparam("reference"))

ANSWER_COLUMNS = (
    answers.c.step,
    answers.c.round,
    answers.c.state,
    answers.c.codes,
    answers.c.labels,
    answers.c.draft,
    answers.c.version,
    answers.c.words,
    answers.c.position,
)
load_answers = (
    select(*ANSWER_COLUMNS)
    .where(answers.c.conversation_id == bindparam("conversation_id"))
    .order_by(answers.c.position)
)

_given = union_all(
    select(
        turns.c.conversation_id,
        turns.c.number,
        turns.c.exchange,
        c.guide,
        c.version,
        secrets.c.wrapped,
    )
    .join(conversations, c.id == turns.c.conversation_id)
    .join(secrets, secrets.c.conversation_id == turns.c.conversation_id)
    .where(turns.c.message == bindparam("message")),
    select(stale.c.trace, literal(0), erasures.c.farewell, literal(""), literal(""), null())
    .join(erasures, erasures.c.trace == stale.c.trace)
    .where(stale.c.message == bindparam("message")),
)

given = Prepared(_given)

load_turns = (
    select(turns.c.number, turns.c.exchange)
    .where(turns.c.conversation_id == bindparam("conversation_id"), turns.c.exchange.is_not(None))
    .order_by(turns.c.number)
)
next_turn = load_turns.where(turns.c.number > bindparam("number")).limit(1)
change_exchange = (
    update(turns)
    .where(
        turns.c.conversation_id == bindparam("of_conversation"),
        turns.c.number == bindparam("of_number"),
    )
    .values(exchange=bindparam("exchange"))
)

new_conversation = insert(conversations)
new_secret = insert(secrets)
new_turn = Prepared(insert(turns))
new_answers = Prepared(insert(answers))
new_events = Prepared(insert(events))
new_parcels = insert(outbox)
new_voice = insert(voices)
load_voices = select(voices.c.number, voices.c.message).where(
    voices.c.conversation_id == bindparam("conversation_id")
)
remove_voice = delete(voices).where(
    voices.c.conversation_id == bindparam("of_conversation"),
    voices.c.number == bindparam("of_number"),
)
set_aside = update(conversations).where(c.door == bindparam("of_door"), c.current)
set_aside = set_aside.values(current=False)

IDENTITY = (
    "reference", "channel", "guide", "version", "origin", "helped", "helper", "started_on",
)  # fmt: skip
PROGRESS = ("status", "at", "turn", "active_on", "state")  # in no index: cheap to change


def _changing(*names: str) -> Any:
    return (
        update(conversations)
        .where(c.id == bindparam("of_id"))
        .values({name: bindparam(name) for name in names})
    )


change_conversation = Prepared(_changing(*PROGRESS))
change_identity = Prepared(_changing(*IDENTITY, *PROGRESS))

one_answer = (
    answers.c.conversation_id == bindparam("of_conversation"),
    answers.c.step == bindparam("of_step"),
    answers.c.round == bindparam("of_round"),
)
ANSWER_CHANGES = (
    "position",
    "state",
    "codes",
    "labels",
    "draft",
    "version",
    "language",
    "answered_on",
    "words",
)
change_answer = Prepared(
    update(answers).where(*one_answer).values({name: bindparam(name) for name in ANSWER_CHANGES})
)
remove_answer = Prepared(delete(answers).where(*one_answer))

withdraw_contribution = delete(contributions).where(
    contributions.c.conversation_id == bindparam("of_conversation"),
    contributions.c.kind == bindparam("of_kind"),
    contributions.c.round == bindparam("of_round"),
)

of_this: BindParameter[str] = bindparam("of_conversation")
start_afresh = (  # the numbers and hashes of the turns stay: they make a delivery harmless twice
    *(delete(t).where(t.c.conversation_id == of_this) for t in SAID),
    update(turns).where(turns.c.conversation_id == of_this).values(exchange=null()),
)
change_key = (
    update(secrets).where(secrets.c.conversation_id == of_this).values(wrapped=bindparam("wrapped"))
)
change_address = update(conversations).where(c.id == of_this).values(address=bindparam("address"))

stale_messages = insert(stale).from_select(
    ["message", "trace"],
    select(turns.c.message, bindparam("trace", type_=stale.c.trace.type)).where(
        turns.c.conversation_id == bindparam("id")
    ),
)
remove_conversation = delete(conversations).where(c.id == bindparam("of_id"))
remove_door = delete(doors).where(  # unless it spoke to another conversation before
    doors.c.door == bindparam("of_door"),
    doors.c.moved_on.is_(None),
    ~select(c.id).where(c.door == doors.c.door).exists(),
)
moved_on = select(doors.c.moved_on).where(doors.c.door == bindparam("door"))
change_moved_on = update(doors).where(doors.c.door == bindparam("of_door"))
change_moved_on = change_moved_on.values(moved_on=bindparam("on", type_=doors.c.moved_on.type))
new_return = insert(returns)
remove_returns = delete(returns).where(returns.c.conversation_id == of_this)
NOTICES = 2_000  # the place of what staff decided, after every reply and reminder of its turn
no_reminder = delete(outbox).where(
    outbox.c.conversation_id == of_this, outbox.c.reminder, outbox.c.place < NOTICES
)
no_notice = delete(outbox).where(
    outbox.c.conversation_id == of_this, outbox.c.place >= NOTICES, outbox.c.dropped.is_(None)
)
unsaid = delete(outbox).where(  # never taken, and held back: nothing else waits so
    outbox.c.door == bindparam("of_door"),
    outbox.c.attempts == 0,
    outbox.c.not_before > 0.0,
    ~outbox.c.reminder,
    outbox.c.dropped.is_(None),
)
unsent = delete(outbox).where(outbox.c.conversation_id == of_this)


@cache
def insert_once(dialect: Dialect, table: Table) -> Any:
    """An insert that does nothing when the row is already there."""
    made: Insert
    if dialect.name == "postgresql":
        made = postgresql.insert(table).on_conflict_do_nothing()
    else:
        made = sqlite.insert(table).on_conflict_do_nothing()
    return made
