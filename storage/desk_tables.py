"""What is stored for the staff desk. Times are seconds since 1970; sealed columns as elsewhere."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables import drawn_at_random, metadata, of_conversation, sealed


def of_contribution(**how: Any) -> Column[int]:
    """Belongs to a contribution and disappears with it."""
    target = ForeignKey("contributions.number", ondelete="CASCADE")
    return Column("contribution", Integer, target, nullable=False, autoincrement=False, **how)


staff = Table(
    "staff",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("login", String(40), nullable=False, unique=True),
    Column("roles", Text, nullable=False),  # codes, separated by spaces
    Column("password", Text, nullable=False),  # argon2id
    sealed("totp", "id", nullable=True),  # sealed with a key derived from the master key
    Column("totp_last", Integer),  # the last time step used: a code opens once
    Column("active", Boolean, nullable=False),
    Column("created_on", Date, nullable=False),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("token", String(64), primary_key=True),  # SHA-256 of the cookie
    Column(
        "staff_id", String(32), ForeignKey("staff.id", ondelete="CASCADE"), nullable=False,
        index=True,
    ),
    Column("begun", Double, nullable=False),
    Column("seen", Double, nullable=False),
    Column("second_factor", Boolean, nullable=False),
    Column("waiting", Boolean, nullable=False),  # for the code: nothing is open yet
    Column("csrf", String(64), nullable=False),
)  # fmt: skip

journal = Table(  # append-only: the database refuses to change or delete a line
    "journal",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", String(20), nullable=False),  # RFC 3339, UTC, to the second
    Column("who", String(40), nullable=False),  # a staff login, or "parole"
    Column("what", String(40), nullable=False),
    Column("about", Text, nullable=False),  # JSON: codes, aliases, counts; never words
    Column("before", String(64), nullable=False),  # the hash of the line before
    Column("hash", String(64), nullable=False, unique=True),
    sqlite_autoincrement=True,
)

curations = Table(  # where each contribution stands; without a row it waits
    "curations",
    metadata,
    of_contribution(primary_key=True),
    of_conversation(index=True),
    Column("decision", String(20), nullable=False, index=True),
    Column("reason", String(40), nullable=False),
    Column("merged_into", Integer, ForeignKey("contributions.number", ondelete="SET NULL")),
    Column("decided_by", String(40), nullable=False),
    Column("decided_on", Date, nullable=False),
    sealed("text", "conversation_id", "contribution", nullable=True),
    sealed("short", "conversation_id", "contribution", nullable=True),  # words beside it, by role
)

decisions = Table(  # the history of curations, oldest first
    "decisions",
    metadata,
    Column("id", Integer, primary_key=True),
    of_contribution(),
    of_conversation(index=True),
    Column("decision", String(20), nullable=False),  # or "merged", "separated", "text", "corrected"
    Column("reason", String(40), nullable=False),
    Column("decided_by", String(40), nullable=False),
    Column("decided_on", Date, nullable=False),
    drawn_at_random(),
    sealed("before", "conversation_id", "contribution", "uid", nullable=True),  # for an undo
    Index("ix_decisions_contribution", "contribution"),
    sqlite_autoincrement=True,
)

apart = Table(  # those that look alike, and are not: all of one judgement
    "apart",
    metadata,
    of_contribution(primary_key=True),
    Column("judgement", String(16), primary_key=True),
    Column("decided_by", String(40), nullable=False),
    Column("decided_on", Date, nullable=False),
)

codes = Table(
    "codes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("definition", Text, nullable=False),
    Column("colour", String(7), nullable=False),
    Column("parent", String(32), ForeignKey("codes.id")),
    Column("position", Integer, nullable=False),
)

codings = Table(
    "codings",
    metadata,
    Column("id", Integer, primary_key=True),
    of_contribution(),
    of_conversation(index=True),
    Column("code", String(32), ForeignKey("codes.id", ondelete="CASCADE"), nullable=False),
    Column("start", Integer, nullable=False),  # code points
    Column("end", Integer, nullable=False),
    Column("coder", String(80), nullable=False),
    Column("origin", String(10), nullable=False),  # human, imported
    Column("coded_on", Date, nullable=False),
    drawn_at_random(),
    sealed("words", "conversation_id", "contribution", "uid"),  # what the offsets held when coded
    sealed("note", "conversation_id", "contribution", "uid", nullable=True),  # of the coder
    UniqueConstraint("contribution", "code", "start", "end", "coder"),
    Index("ix_codings_coder", "coder", "contribution"),
    sqlite_autoincrement=True,
)

readings = Table(  # read by a coder, who found nothing to code
    "readings",
    metadata,
    of_contribution(primary_key=True),
    Column("coder", String(80), primary_key=True),
    of_conversation(index=True),
    Column("read_on", Date, nullable=False),
)

outside = Table(  # contributions of another platform, read in its export: of nobody of ours
    "outside",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", String(40), nullable=False),
    Column("id_source", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("made_on", Date),
    Column("read_on", Date, nullable=False),
    sealed("words", "source", "id_source"),  # title, text, topic; with a key of the master key
    UniqueConstraint("source", "id_source"),
    sqlite_autoincrement=True,
)

pairs = Table(  # one of ours and one of another platform, that staff looked at side by side
    "pairs",
    metadata,
    of_contribution(primary_key=True),
    of_conversation(index=True),
    Column("source", String(40), primary_key=True),
    Column("id_source", String(200), primary_key=True),
    Column("same", Boolean, nullable=False),
    Column("decided_by", String(40), nullable=False),
    Column("decided_on", Date, nullable=False),
)

mappings = Table(  # files of columns: "out", the sheet of a platform; "in", its export
    "mappings",
    metadata,
    Column("direction", String(3), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("text", Text, nullable=False),  # YAML
    Column("changed_by", String(40), nullable=False),
    Column("changed_on", Date, nullable=False),
)

targets = Table(  # how many persons staff hope for, to see who is missing
    "targets",
    metadata,
    Column("guide", String(100), primary_key=True),
    Column("step", String(100), primary_key=True),
    Column("value", String(40), primary_key=True),
    Column("wanted", Integer, nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("taken", Double, nullable=False),
    Column("taken_by", String(40), nullable=False),
    Column("participations", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),  # empty until all is there
    Column("codebook", Text, nullable=False),  # JSON
    Column("standing", String(64), nullable=False),  # how everything stood: the same, none is taken
    sealed("salt", "id"),  # its pseudonyms come from it; sealed with a key of the master key
)

snapshot_rows = Table(  # sealed with each person's own key: erasing them empties it here too
    "snapshot_rows",
    metadata,
    Column(
        "snapshot", String(32), ForeignKey("snapshots.id", ondelete="CASCADE"), primary_key=True
    ),
    Column("position", Integer, primary_key=True, autoincrement=False),
    of_conversation(index=True),
    Column("mark", String(64), nullable=False),  # how the person stood: another one, they changed
    sealed("frozen", "snapshot", "conversation_id"),
)

packages = Table(  # exports asked for at the desk, and what became of them
    "packages",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("snapshot", String(32), ForeignKey("snapshots.id", ondelete="CASCADE")),  # once taken
    Column("profile", String(20), nullable=False),
    Column("formats", Text, nullable=False),  # JSON list
    Column("filters", Text, nullable=False),  # JSON
    Column("sheet", Text),  # JSON: the columns of the format « fusion », as they were then
    Column("asked_by", String(40), nullable=False),
    Column("asked", Double, nullable=False),
    Column("state", String(10), nullable=False),  # a Stage
    Column("written", Integer, nullable=False),
    Column("expected", Integer, nullable=False),  # what `written` leads to; 0: not known
    Column("lease_until", Double, nullable=False),
    Column("worker", String(32)),  # who works on it: whoever lost the lease changes nothing more
    Column("finished", Double),
    Column("people", Integer),  # participations read: fewer are left when somebody erased since
    Column("stamp", String(64)),  # what of it was withdrawn between the snapshot and the reading
    Column("problem", Text),
    Column("file", Text),  # its name in the folder of exports
    Column("sha256", String(64)),
    Index("ix_packages_state", "state"),
)  # fmt: skip
