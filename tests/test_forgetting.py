"""P1, P7: days after an erasure, a trace and a day are left; nothing that leads to the phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from talks import NOON, conversation, turn

from bot.channels.web_copy import _since
from bot.model import Event
from storage.conversations import SqlStore
from storage.erasure.forgetting import KEPT, LISTED, forget
from storage.outbox import SqlOutbox
from storage.tables import erasures, outbox, stale

SENDER = ("telegram", "4242424242")


@pytest.fixture
def at_noon(engine, keys):
    return SqlStore(engine, keys, clock=lambda: NOON)


def erased(store, *, push=True):
    with store.hold(*SENDER) as held:
        held.save("m1", turn(conversation(channel="telegram")), push=False)
    with store.hold(*SENDER) as held:
        last = turn(held.conversation, "erased.done", events=(Event("erased"),), erase=True)
        held.save("m2", last, push=push)


def rows(engine, table):
    with engine.connect() as connection:
        return connection.execute(select(table)).all()


def test_a_message_delivered_again_is_answered_until_the_days_are_over(at_noon, engine, keys):
    erased(at_noon, push=False)
    assert forget(engine, NOON + KEPT) == 0
    with at_noon.hold(*SENDER) as held:
        assert held.erased
        assert held.given("m2").erased
    forget(engine, NOON + KEPT + timedelta(days=1))
    with at_noon.hold(*SENDER) as held:
        assert not held.erased
        assert held.given("m2") is None
    assert rows(engine, stale) == []
    [left] = rows(engine, erasures)
    assert tuple(left) == (keys.trace("c1"), "", NOON.date(), "REF-c1", None)
    assert forget(engine, NOON + LISTED) == 0
    forget(engine, NOON + LISTED + timedelta(days=1))
    [left] = rows(engine, erasures)
    assert tuple(left) == (keys.trace("c1"), "", NOON.date(), None, None)


def test_a_farewell_that_is_refused_says_neither_who_nor_when(at_noon, engine, keys):
    erased(at_noon)
    box = SqlOutbox(engine, keys)
    [farewell] = box.claim("telegram", NOON)
    box.drop(farewell.id, "refused")
    [left] = rows(engine, outbox)
    assert (left.door, left.queued, left.not_before, left.lease_until) == ("", 0.0, 0.0, 0.0)
    assert left.payload is None
    assert box.dropped() == 1
    assert keys.door(*SENDER) not in repr(left)
    forget(engine, NOON)
    assert rows(engine, outbox) == []


def test_a_reply_that_was_given_up_is_in_the_copy_without_a_time(at_noon, engine, keys):
    with at_noon.hold(*SENDER) as held:
        held.save("m1", turn(conversation(channel="telegram")), push=True)
    box = SqlOutbox(engine, keys)
    [parcel] = box.claim("telegram", NOON)
    box.drop(parcel.id, "refused")
    [one] = at_noon.copy(*SENDER)["conversations"]
    [kept] = one["outbox"]
    assert (kept["dropped"], kept["door"], kept["queued"]) == ("refused", "", 0.0)
    assert _since(kept["queued"]) is None
    assert _since(NOON.timestamp()) == "2022-03-01T12:30:15+00:00"


def test_a_farewell_that_no_channel_takes_leaves_too(at_noon, engine):
    erased(at_noon)
    forget(engine, NOON + timedelta(days=1))
    assert len(rows(engine, outbox)) == 1
    forget(engine, NOON + timedelta(days=3))
    assert rows(engine, outbox) == []


def test_what_waits_for_somebody_who_is_there_stays(at_noon, engine):
    with at_noon.hold(*SENDER) as held:
        held.save("m1", turn(conversation(channel="telegram")), push=True)
    forget(engine, NOON + timedelta(days=30))
    assert len(rows(engine, outbox)) == 1
