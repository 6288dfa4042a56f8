"""Everything that is stored. A column marked sealed holds ciphertext bound to its row."""

from __future__ import annotations

import uuid
from secrets import token_hex
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

REVISION = "0002"  # the migration that leads to these tables

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def sealed(name: str, *row: str, nullable: bool = False, raw: bool = False) -> Column[bytes]:
    """A column of ciphertext; `row` names the columns that the ciphertext is bound to.

    `raw`: what is sealed is bytes of the person, not a value of ours.
    """
    return Column(name, LargeBinary, nullable=nullable, info={"sealed": row, "raw": raw})


def drawn_at_random() -> Column[str]:
    """Of this row alone: what is sealed here opens in no other row."""
    return Column("uid", String(32), nullable=False, default=lambda: uuid.uuid4().hex)


def of_conversation(**how: Any) -> Column[str]:
    """Belongs to a conversation and disappears with it."""
    how.setdefault("nullable", False)
    return Column(
        "conversation_id", String(64), ForeignKey("conversations.id", ondelete="CASCADE"), **how
    )


doors = Table(  # a person on a channel, known by a keyed hash only
    "doors",
    metadata,
    Column("door", String(64), primary_key=True),
    Column("channel", String(40), nullable=False),
    Column("moved_on", Date),  # its conversation goes on at another door since
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("door", String(64), ForeignKey("doors.door"), nullable=False),
    Column("current", Boolean, nullable=False),  # the one this door speaks to
    Column("reference", String(40), nullable=False, unique=True),
    Column("channel", String(40), nullable=False),
    Column("guide", String(100), nullable=False),
    Column("version", String(100), nullable=False),
    Column("origin", Text),
    Column("helped", String(10), nullable=False),  # none, with_help, by_helper
    Column("helper", String(32)),  # random: those who came through one helper, not who that is
    Column("status", String(10), nullable=False),  # open, paused, finished
    Column("at", Text),
    Column("turn", Integer, nullable=False),
    Column("started_on", Date, nullable=False),
    Column("active_on", Date, nullable=False),
    sealed("state", "id"),
    sealed("address", "id"),  # where to push
    Index("ix_conversations_oldest", "started_on", "id"),
    Index("ix_conversations_door", "door"),
    Index("ix_conversations_guide_version", "guide", "version"),
    Index(
        "uq_conversations_current",
        "door",
        unique=True,
        sqlite_where=text("current"),
        postgresql_where=text("current"),
    ),
)

secrets = Table(  # apart on purpose: without this row the sealed columns are noise
    "secrets",
    metadata,
    of_conversation(primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

answers = Table(
    "answers",
    metadata,
    of_conversation(primary_key=True),
    Column("step", String(100), primary_key=True),
    Column("round", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("codes", Text, nullable=False),  # JSON lists of codes of the guide, never words
    Column("labels", Text, nullable=False),
    Column("draft", Boolean, nullable=False),
    Column("version", String(100)),
    Column("language", String(10)),  # ISO 639-1, of a free text
    Column("answered_on", Date, nullable=False),
    sealed("words", "conversation_id", "step", "round"),
)

turns = Table(  # one message, one turn: the unique key is what makes a delivery harmless twice
    "turns",
    metadata,
    of_conversation(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("message", String(64), nullable=False, unique=True),
    sealed("exchange", "conversation_id", "number", nullable=True),  # null: before a fresh start
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    of_conversation(index=True),
    Column("turn", Integer, nullable=False),
    Column("name", String(60), nullable=False),
    Column("step", String(100)),
    Column("round", Integer),
    Column("about", Text, nullable=False),
    Column("happened_on", Date, nullable=False),
    sqlite_autoincrement=True,
)

contributions = Table(  # a number is never given again; the journal knows the alias alone
    "contributions",
    metadata,
    Column("number", Integer, primary_key=True),
    of_conversation(),
    Column("kind", String(20), nullable=False),
    Column("round", Integer, nullable=False),
    Column("made_on", Date, nullable=False),
    Column("alias", String(16), nullable=False, unique=True, default=lambda: token_hex(8)),
    UniqueConstraint("conversation_id", "kind", "round"),
    sqlite_autoincrement=True,
)

voices = Table(  # voice messages, each kept with the turn it came in
    "voices",
    metadata,
    of_conversation(primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("step", String(100), nullable=False),
    Column("round", Integer, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("kind", String(60), nullable=False),  # media type
    Column("received_on", Date, nullable=False),
    Column("waiting", Boolean, nullable=False),  # a program still has to write it down
    Column("lease_until", Double, nullable=False),
    sealed("message", "conversation_id", "number"),  # that of the part that stands for it
    sealed("audio", "conversation_id", "number", raw=True),
    Index(
        "ix_voices_waiting",
        "received_on",
        sqlite_where=text("waiting"),
        postgresql_where=text("waiting"),
    ),
)

outbox = Table(  # a row leaves once its reply is sent; times are seconds since 1970
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    of_conversation(nullable=True, index=True),  # null: a farewell, nothing else is left
    Column("door", String(64), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("queued", Double, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("lease_until", Double, nullable=False),
    Column("reminder", Boolean, nullable=False),  # asked for, and cancelled by coming back
    Column("dropped", String(60)),  # the code that says why we gave up
    drawn_at_random(),
    sealed("payload", "door", "turn", "place", "uid", nullable=True),
    Index("ix_outbox_door_id", "door", "id"),
    sqlite_autoincrement=True,
)

letters = Table(  # messages that broke the program; nothing of who has not consented
    "letters",
    metadata,
    Column("id", Integer, primary_key=True),
    of_conversation(nullable=True, index=True),
    Column("channel", String(40), nullable=False),
    Column("message", String(64), unique=True),  # the same hash as that of a turn
    Column("place", String(200), nullable=False),  # in the program: error and line, never words
    Column("at", Text),  # what was being asked
    Column("turn", Integer),  # the last one of the conversation, then
    Column("tried", Integer, nullable=False),
    Column("set_aside_on", Date, nullable=False),
    sealed("payload", "conversation_id", "message", nullable=True),
    sqlite_autoincrement=True,
)

guides = Table(
    "guides",
    metadata,
    Column("guide", String(100), primary_key=True),
    Column("version", String(100), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("source", Text, nullable=False),
)

returns = Table(  # the return code that leads to a conversation, known by a keyed hash only
    "returns",
    metadata,
    Column("code", String(64), primary_key=True),
    of_conversation(unique=True),
    Column("made_on", Date, nullable=False),
)

tries = Table(  # sign-ins, return codes, openings: by keyed hash of who is counted
    "tries",
    metadata,
    Column("who", String(64), primary_key=True),
    Column("number", Integer, nullable=False),
    Column("until", Double, nullable=False),  # seconds since 1970: one more is refused before
    Column("ends", Double, nullable=False, index=True),  # counted from zero after it
)

erasures = Table(  # kept, so that an erasure can be done again after a restore
    "erasures",
    metadata,
    Column("trace", String(64), primary_key=True),  # keyed hash of the conversation's id
    Column("door", String(64), nullable=False, index=True),
    Column("erased_on", Date, nullable=False),
    Column("reference", String(40)),  # for a time: to take it out of what had been exported
    sealed("farewell", "trace", nullable=True),
)

stale = Table(  # messages of an erased conversation: delivered again, they get the farewell
    "stale",
    metadata,
    Column("message", String(64), primary_key=True),
    Column(
        "trace",
        String(64),
        ForeignKey("erasures.trace", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
)

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
