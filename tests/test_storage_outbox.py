"""The outbox: in order for each person, whoever claims, whatever fails."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from talks import conversation, turn

from bot.errors import DatabaseBusy
from storage.conversations import SqlStore
from storage.database import open_database
from storage.outbox import SqlOutbox
from storage.readiness import ready
from storage.saving import SILENCE
from storage.tables import conversations, outbox

NOW = datetime(2022, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def early(engine, keys) -> SqlStore:
    return SqlStore(engine, keys, clock=lambda: NOW)


@pytest.fixture
def box(engine, keys) -> SqlOutbox:
    return SqlOutbox(engine, keys)


def push(store, person: int, *replies: str, channel="telegram", message=None) -> None:
    talk = conversation(f"c{person}", channel=channel)
    with store.hold(channel, f"chat {person}") as held:
        held.save(message or f"m{replies}", turn(talk, *replies), push=True)


def keys_of(parcels) -> list[str]:
    return [parcel.reply.key for parcel in parcels]


def test_the_first_reply_of_each_person(early, box):
    push(early, 1, "a1", "a2")
    push(early, 2, "b1")
    push(early, 3, "other", channel="sms")
    first = box.claim("telegram", NOW)
    assert keys_of(first) == ["a1", "b1"]
    assert [(p.address, p.channel, p.attempts) for p in first] == [
        ("chat 1", "telegram", 1),
        ("chat 2", "telegram", 1),
    ]
    assert first[0].reply == turn(conversation("c1"), "a1").replies[0]
    assert box.claim("telegram", NOW) == []
    box.sent(first[0].id, NOW)
    assert keys_of(box.claim("telegram", NOW)) == ["a2"]
    assert keys_of(box.claim("telegram", NOW, limit=1)) == []


def test_a_reply_that_cannot_be_opened_holds_nobody_up(early, box, engine):
    for person in (1, 2, 3):
        push(early, person, f"a{person}", f"b{person}")
    with engine.connect() as connection, connection.begin():
        spoilt = outbox.c.door == early._keys.door("telegram", "chat 2"), outbox.c.place == 0
        connection.execute(outbox.update().where(*spoilt).values(payload=b"\x01" + bytes(60)))
    assert keys_of(box.claim("telegram", NOW)) == ["a1", "a3"]
    assert keys_of(box.claim("telegram", NOW)) == ["b2"]
    with engine.connect() as connection:
        why = outbox.select().where(outbox.c.dropped.is_not(None))
        assert [row.dropped for row in connection.execute(why)] == ["unreadable"]


def test_several_messages_in_a_row_are_noted_once(early, box):
    """The first « C'est noté » has not left yet: the last one takes its place."""
    soon = NOW + timedelta(seconds=SILENCE)
    push(early, 1, "noted.first")
    assert box.claim("telegram", NOW) == []
    push(early, 1, "noted.more", message="m2")
    [only] = box.claim("telegram", soon)
    assert only.reply.key == "noted.more"
    push(early, 1, "noted.more", message="m3")  # one is on its way: it is not said less
    box.later(only.id, soon)
    push(early, 1, "ask", message="m4")
    [first] = box.claim("telegram", soon)
    assert (first.id, first.attempts) == (only.id, 2)
    box.sent(first.id, soon)
    assert keys_of(box.claim("telegram", soon)) == ["ask"]


def test_what_was_noted_is_said_again_to_a_message_delivered_again(early, box):
    push(early, 1, "noted.first")
    with early.hold("telegram", "chat 1") as held:
        assert held.given("m('noted.first',)").replies[0].key == "noted.first"
    assert len(box.claim("telegram", NOW + timedelta(seconds=SILENCE))) == 1


def test_no_more_than_asked(early, box):
    for person in range(5):
        push(early, person, "a")
    assert len(box.claim("telegram", NOW, limit=3)) == 3
    assert len(box.claim("telegram", NOW, limit=3)) == 2


def test_a_lease_ends_when_its_process_died(early, box):
    push(early, 1, "a1", "a2")
    box.claim("telegram", NOW)
    assert box.claim("telegram", NOW + timedelta(seconds=29)) == []
    [again] = box.claim("telegram", NOW + timedelta(seconds=31))
    assert (again.reply.key, again.attempts) == ("a1", 2)


def test_later_keeps_the_order(early, box):
    push(early, 1, "a1", "a2")
    [parcel] = box.claim("telegram", NOW)
    box.later(parcel.id, NOW + timedelta(seconds=5))
    assert box.claim("telegram", NOW + timedelta(seconds=4)) == []
    assert keys_of(box.claim("telegram", NOW + timedelta(seconds=5))) == ["a1"]


def test_dropping_lets_the_next_one_go(early, box):
    push(early, 1, "a1", "a2")
    [parcel] = box.claim("telegram", NOW)
    box.drop(parcel.id, "ambiguous")
    assert keys_of(box.claim("telegram", NOW)) == ["a2"]
    assert box.dropped() == 1
    [kept] = early.copy("telegram", "chat 1")["conversations"]
    assert [row["dropped"] for row in kept["outbox"]] == ["ambiguous", None]


def test_blocked_drops_all_and_pauses(early, box, engine):
    push(early, 1, "a1", "a2", "a3")
    push(early, 2, "b1")
    parcel, _ = box.claim("telegram", NOW)
    box.block(parcel.id, NOW)
    box.block(parcel.id, NOW)
    later = NOW + timedelta(minutes=1)
    assert keys_of(box.claim("telegram", later)) == ["b1"]
    with early.hold("telegram", "chat 1") as held:
        assert held.conversation.paused
    with early.hold("telegram", "chat 2") as held:
        assert not held.conversation.paused
    with engine.connect() as connection:
        statuses = dict(
            connection.execute(select(conversations.c.id, conversations.c.status)).all()
        )
    assert statuses == {"c1": "paused", "c2": "open"}


def test_how_long_the_oldest_waits(early, box, engine, keys):
    assert ready(engine, keys, NOW) == 0.0
    push(early, 1, "a1")
    assert ready(engine, keys, NOW + timedelta(seconds=12)) == pytest.approx(12)
    [parcel] = box.claim("telegram", NOW)
    box.sent(parcel.id, NOW)
    assert ready(engine, keys, NOW + timedelta(seconds=12)) == 0.0


def test_what_was_not_pushed_does_not_wait(early, box):
    with early.hold("web", "x") as held:
        held.save("m1", turn(conversation()), push=False)
    assert box.claim("web", NOW) == []


def test_two_claimers_keep_the_order_of_each_person(early, database_url, keys):
    people, each = 6, 8
    for n in range(each):
        for person in range(people):
            push(early, person, f"{n:02}", message=f"m{n}")
    said: dict[str, list[str]] = {f"chat {person}": [] for person in range(people)}
    under_way: set[str] = set()
    lock, left = threading.Lock(), [people * each]

    def deliver(seed: int) -> None:
        engine = open_database(database_url, create=False, patience=30)
        box, chance = SqlOutbox(engine, keys), random.Random(seed)
        while left[0] > 0:
            for parcel in box.claim("telegram", NOW, limit=3):
                with lock:
                    assert parcel.address not in under_way
                    under_way.add(parcel.address)
                if chance.random() < 0.2:
                    with lock:
                        under_way.discard(parcel.address)
                    box.later(parcel.id, NOW)
                    continue
                with lock:
                    said[parcel.address].append(parcel.reply.key)
                    under_way.discard(parcel.address)
                    left[0] -= 1
                box.sent(parcel.id, NOW)
        engine.dispose()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(deliver, (1, 2)))
    assert all(order == [f"{n:02}" for n in range(each)] for order in said.values())


def test_one_process_speaks_on_a_channel_and_another_takes_over(engine, keys, database_url):
    """R6: two processes that each keep the pace would go beyond it together."""
    others = open_database(database_url, create=False)
    one, two = SqlOutbox(engine, keys), SqlOutbox(others, keys)
    if engine.dialect.name == "sqlite":
        assert one.speaks("telegram")
    else:
        assert [one.speaks("telegram"), one.speaks("telegram")] == [False, True]
        assert [two.speaks("telegram"), two.speaks("telegram")] == [False, False]
        assert [two.speaks("sms"), two.speaks("sms")] == [False, True]
        one.close()
        assert [two.speaks("telegram"), two.speaks("telegram")] == [False, True]
    one.close()
    two.close()
    others.dispose()


def test_the_floor_is_lost_with_the_session(engine, keys):
    """R3: PostgreSQL starts again, and so does whoever speaks."""
    if engine.dialect.name == "sqlite":
        pytest.skip("one server")
    box = SqlOutbox(engine, keys)
    assert [box.speaks("telegram"), box.speaks("telegram")] == [False, True]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as admin:
        admin.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
    with pytest.raises(DatabaseBusy):
        box.speaks("telegram")
    assert [box.speaks("telegram"), box.speaks("telegram")] == [False, True]
    box.close()
