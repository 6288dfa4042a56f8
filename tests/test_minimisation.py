"""What the tables may hold (P7), and that nothing of a person is outside their copy (P3)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Date, DateTime, Double, insert, select, update
from talks import NOON, contribution, conversation, turn, words

from bot.curated import Coding, Decision
from bot.model import Message, Reply, Sound, Spot, Voice
from bot.moderating import told
from bot.staff import Act
from storage.conversations import SqlStore
from storage.copying import OF_CONTRIBUTION, OF_CONVERSATION
from storage.desk.journal import Journal
from storage.desk_tables import codes, packages, readings
from storage.faults import transaction
from storage.letters import Letters
from storage.moderation.codings import Codings, number_of
from storage.moderation.curations import Curations
from storage.outbox import SqlOutbox
from storage.snapshot.snapshots import Snapshots
from storage.tables import conversations, doors, metadata, secrets

# A new table has to be put somewhere: with a person, or here, saying why it is nobody's.
NOBODYS = {
    "guides": "what everybody is asked",
    "meta": "the check of the key",
    "staff": "members of staff, not respondents",
    "staff_sessions": "the same",
    "journal": "append-only; what it says of a person is in their copy, without who",
    "codes": "the codebook",
    "mappings": "files of columns",
    "targets": "numbers hoped for",
    "snapshots": "days and hashes; those a person is in are in their copy",
    "packages": "exports; those a person is in are in their copy",
    "outside": "of another platform: nobody of ours",
    "tries": "keyed hashes of doors, accounts and addresses, forgotten within two hours",
    "erasures": "keyed hashes of what is gone; the copy says « erased before »",
    "stale": "keyed hashes of messages of what is gone",
}
FORBIDDEN = re.compile(
    r"(^|_)(ip|addr|address|agent|browser|phone|tel|msisdn|user_?name|nick|mail|e_?mail|name|"
    r"first|last_name|chat|sender|cookie|referer|language_header|lat|lon|geo)(_|$)"
)
NOT_PERSONS = {
    ("events", "name"): "the name of an event",
    ("codes", "name"): "of a theme",
    ("mappings", "name"): "of a file of columns",
    ("conversations", "address"): "sealed: where to push, the only place",
}
# Finer than a day: what makes something leave on time, gone once it has.
SECONDS = {
    ("outbox", "queued"), ("outbox", "not_before"), ("outbox", "lease_until"),
    ("voices", "lease_until"), ("tries", "until"), ("tries", "ends"),
}  # fmt: skip
OF_STAFF = {"staff_sessions", "snapshots", "packages"}


def test_every_table_is_in_the_copy_or_nobodys():
    """P3: a table with something personal is never forgotten."""
    copied = {table.name for table in (*OF_CONVERSATION, *OF_CONTRIBUTION, conversations, doors)}
    assert copied & set(NOBODYS) == set()
    assert copied | set(NOBODYS) | {secrets.name} == set(metadata.tables)


def test_no_column_is_for_an_address_a_device_a_phone_or_a_name():
    """P7: by its name, every column of every table."""
    found = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if FORBIDDEN.search(column.name)
    }
    assert found <= set(NOT_PERSONS)
    assert "sealed" in conversations.c.address.info


def test_activity_is_kept_to_the_day():
    """P7: no column of a person holds an hour, but for what waits to leave."""
    finer = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, DateTime | Double) and not isinstance(column.type, Date)
    }
    assert {one for one in finer if one[0] not in OF_STAFF} == SECONDS


def everything(store, sender="4242424242"):
    """A person with a row in every table that may hold one of theirs."""
    story = {Spot("story"): words("mon récit")}
    talk = conversation(channel="telegram", answers=story, origin="affiche")
    voice = Voice(Spot("story"), "m1", Sound(7, "audio/ogg", b"OggS"))
    with store.hold("telegram", sender) as held:
        held.save("m1", turn(talk, events=(contribution("experience"),), voice=voice,
                             words="citron vélo lac vent"), push=True)  # fmt: skip
    with store.hold("telegram", sender) as held:
        recall = replace(talk, recall="accepted")
        reminder = (NOON + timedelta(days=1), Reply("recall.reminder"))
        held.save("m2", turn(recall, reminder=reminder), push=True)
    return talk


def test_who_wrote_is_known_by_keyed_hashes_alone(store, engine, keys):
    """P7: outside sealed columns, no value holds the identifier that a channel gave."""
    everything(store)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(select(table)).all()
            assert "4242424242" not in repr([tuple(row) for row in rows]), table.name
        hours = connection.execute(select(conversations)).one()
        assert (hours.started_on, hours.active_on) == (NOON.date(), hours.active_on)
        [door] = connection.scalars(select(doors.c.door))
    assert door == keys.door("telegram", "4242424242")
    other = SqlStore(engine, type(keys)(bytes(range(1, 33))))._keys
    assert other.door("telegram", "4242424242") != door


def test_the_copy_is_complete_with_what_staff_made(store, engine, keys):
    """P3: a row in every table of a person; each is in the copy, staff's rows included."""
    everything(store)
    [run] = store.participations()
    [made] = run.contributions
    number = number_of(made.reference)
    curations = Curations(engine, keys, told, pushed=frozenset({"telegram"}))
    curations.decide(made.reference, Decision.HIDDEN, "private", "claire", 0)
    with transaction(engine) as connection:
        code = {"id": "k1", "name": "Travail", "definition": "", "colour": "#000000",
                "parent": None, "position": 0}  # fmt: skip
        connection.execute(insert(codes), code)
        for table, row in (
            ("pairs", {"contribution": number, "conversation_id": "c1", "source": "plateforme",
                       "id_source": "9", "same": True, "decided_by": "claire",
                       "decided_on": NOON.date()}),
            ("apart", {"contribution": number, "judgement": "j1", "decided_by": "claire",
                       "decided_on": NOON.date()}),
        ):  # fmt: skip
            connection.execute(insert(metadata.tables[table]), row)
    passage = Coding("k1", 0, 3, "claire", NOON.date(), words="mon")
    assert Codings(engine, keys).add(made.reference, [passage])
    with transaction(engine) as connection:
        read = {"contribution": number, "coder": "claire", "conversation_id": "c1",
                "read_on": NOON.date()}  # fmt: skip
        connection.execute(insert(readings), read)
    snapshot = Snapshots(engine, keys).take("claire", NOON)
    with transaction(engine) as connection:
        connection.execute(insert(packages), {
            "id": "p1", "snapshot": snapshot.id, "profile": "partenaire", "formats": '["csv"]',
            "filters": "{}", "asked_by": "claire", "asked": 0.0, "state": "done", "written": 1,
            "expected": 1, "lease_until": 0.0, "finished": NOON.timestamp(),
        })  # fmt: skip
    journal = Journal(engine, lambda: NOON)
    journal.write("claire", Act.CONTRIBUTION_READ, {"reference": made.reference})
    journal.write("claire", Act.CONTRIBUTION_READ, {"reference": "E-000099"})
    aside = Message("telegram", "4242424242", "m3", "mes mots perdus")
    assert Letters(engine, keys).keep("telegram", aside, "KeyError a:1", lambda _: True)
    box = SqlOutbox(engine, keys)
    with transaction(engine) as connection:  # given up
        outbox = metadata.tables["outbox"]
        first = connection.scalar(select(outbox.c.id).order_by(outbox.c.id))
    box.drop(first, "refused")
    copied = store.copy("telegram", "4242424242")
    [one] = copied["conversations"]
    for table in (*OF_CONVERSATION, *OF_CONTRIBUTION):
        assert one[table.name], table.name
        assert set(one[table.name][0]) == set(table.c.keys())
    assert {row["dropped"] for row in one["outbox"]} >= {"refused", None}
    assert one["letters"][0]["payload"]["text"] == "mes mots perdus"
    assert one["snapshots"] == [{"taken": "2022-03-01T12:30:15+00:00"}]
    [export] = one["packages"]
    assert (export["profile"], export["formats"]) == ("partenaire", ["csv"])
    assert one["seen"] == [{"on": "2022-03-01", "what": "contribution_read"}]
    assert "claire" not in repr(one["seen"])
    assert copied["moved_on"] is None


def test_a_door_left_for_another_says_since_when(store, engine):
    everything(store)
    with transaction(engine) as connection:
        connection.execute(update(doors).values(moved_on=NOON.date()))
    assert store.copy("telegram", "4242424242")["moved_on"] == "2022-03-01"


@pytest.mark.parametrize("name", ["phone", "user_agent", "ip", "remote_addr", "username", "e_mail"])
def test_such_a_column_would_be_seen(name):
    assert FORBIDDEN.search(name)
