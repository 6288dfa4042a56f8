"""The memory: one turn, one transaction, the same on both databases."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from talks import HARD_TEXTS, NOON, coded, contribution, conversation, turn, words

from bot.errors import DatabaseBusy, ErasedConversation, UnknownConversation
from bot.model import Answer, Event, Given, Part, Sound, Spot, State, Voice
from storage.conversations import SqlStore
from storage.database import open_database
from storage.sealing.keys import Keys
from storage.tables import answers, conversations, doors, events, metadata, outbox, turns

HERE = Path(__file__).parent


def say(store: SqlStore, talk, message="m1", sender="someone", *, push=False, **more) -> Given:
    with store.hold("web", sender) as held:
        return held.save(message, turn(talk, **more), push=push)


def count(engine: Engine, table) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_a_newcomer_is_unknown_and_leaves_no_trace(store, engine):
    with store.hold("web", "someone") as held:
        assert held.conversation is None
        assert not held.erased
        assert held.given("m1") is None
    assert count(engine, doors) == 0
    with pytest.raises(UnknownConversation):
        store.thread("web", "someone")


def test_what_is_saved_is_what_is_loaded(store):
    talk = conversation(
        answers={
            Spot("consent"): replace(coded("yes"), version="2022-03"),
            Spot("z"): Answer(State.SKIPPED, NOON),
            Spot("a", 3): Answer(State.REFUSED, NOON),
            Spot("many"): coded("b", "a", 'é|,"'),
            Spot("draft"): replace(words("début"), draft=True),
            **{Spot("story", n): words(text) for n, text in enumerate(HARD_TEXTS)},
        },
        at=Spot("story", 2),
        pending="meant:stop",
        simpler=True,
        paused=True,
        astray=2,
        origin="maison-de-quartier\0 😀 \ud800",
    )
    say(store, talk)
    with store.hold("web", "someone") as held:
        assert held.conversation == talk
        assert list(held.conversation.answers) == list(talk.answers)
    [same] = store.conversations()
    assert same == talk


def test_every_change_of_a_turn_is_kept(store, engine):
    talk = conversation(answers={Spot(s): words(s) for s in "abcdef"})
    say(store, talk)
    changed = dict(talk.answers)
    del changed[Spot("c")]
    changed[Spot("e")] = replace(words("E"), parts=(Part("m1", "E"), Part("m2", "suite")))
    changed = {Spot("new"): coded("x"), **changed, Spot("last"): coded("y")}
    changed[Spot("b")] = changed.pop(Spot("b"))  # answered again: now the last one
    later = replace(talk, answers=changed, at=None, finished=True, version="2", guide="g")
    say(store, later, "m2")
    with store.hold("web", "someone") as held:
        assert held.conversation == later
        assert list(held.conversation.answers) == list(changed)
    assert count(engine, answers) == len(changed)


def test_only_what_changed_is_written(store, engine):
    talk = conversation(answers={Spot(f"s{n}"): words("x") for n in range(20)})
    say(store, talk)

    def sealed():
        with engine.connect() as connection:
            return dict(connection.execute(select(answers.c.step, answers.c.words)).all())

    before = sealed()
    say(store, replace(talk, answers={**talk.answers, Spot("s3"): words("y")}), "m2")
    after = sealed()
    assert {step for step in after if after[step] != before[step]} == {"s3"}


def test_the_same_message_gives_the_same_replies(store):
    talk = conversation()
    first = say(store, talk)
    second = say(store, replace(talk, finished=True, at=None), "m2")
    with store.hold("web", "someone") as held:
        assert held.given("m1") == first
        assert held.given("m2") == second
        assert held.given("m3") is None
    assert (first.turn, first.finished, second.turn, second.finished) == (1, False, 2, True)
    with store.hold("web", "someone else") as held:
        assert held.given("m1") is None


def save_then_break(store, message, turn):
    with store.hold("web", "someone") as held:
        held.save(message, turn, push=True)
        _ = 1 / 0


def test_nothing_is_saved_when_something_breaks(store, engine):
    with pytest.raises(ZeroDivisionError):
        save_then_break(store, "m1", turn(conversation(), events=(Event("began"),)))
    assert [count(engine, table) for table in metadata.sorted_tables if table.name != "meta"] == (
        [0] * (len(metadata.sorted_tables) - 1)
    )
    talk = conversation()
    given = say(store, talk)
    with pytest.raises(ZeroDivisionError):
        save_then_break(store, "m2", turn(replace(talk, astray=3)))
    with store.hold("web", "someone") as held:
        assert held.conversation == talk
        assert held.given("m1") == given
        assert held.given("m2") is None


def test_the_thread_is_told_again(store):
    talk = conversation()
    with store.hold("web", "someone") as held:
        held.save("m1", turn(talk, "welcome", "ask", said=""), push=False)
    with store.hold("web", "someone") as held:
        held.save("m2", turn(talk, "thanks", said="nul\0 😀"), push=False)
    again, exchanges = store.thread("web", "someone")
    assert again == talk
    assert [(e.turn, e.said, [r.key for r in e.replies]) for e in exchanges] == [
        (1, "", ["welcome", "ask"]),
        (2, "nul\0 😀", ["thanks"]),
    ]
    assert exchanges[0].at.tzinfo is not None


def test_days_in_clear_times_sealed(engine, keys):
    at = datetime(2022, 3, 1, 23, 59, 58, tzinfo=UTC)
    store = SqlStore(engine, keys, clock=lambda: at)
    say(store, conversation())
    with engine.connect() as connection:
        row = connection.execute(select(conversations)).one()
    assert (row.started_on, row.active_on, row.status) == (date(2022, 3, 1), at.date(), "open")
    _, [exchange] = store.thread("web", "someone")
    assert exchange.at == at


def test_the_door_moves_to_the_new_conversation(store):
    first = conversation("c1", at=None, finished=True)
    old = say(store, first)
    second = conversation("c2")
    new = say(store, second, "m2")
    assert new.turn == 1
    with store.hold("web", "someone") as held:
        assert held.conversation == second
        assert held.given("m1") == old
        assert held.given("m2") == new
    assert {c.id for c in store.conversations()} == {"c1", "c2"}
    assert len(store.copy("web", "someone")["conversations"]) == 1


def test_contributions_are_numbered_once_and_never_again(store):
    talk = conversation()
    say(store, talk, events=(contribution("experience"), contribution("proposal")))
    say(store, talk, "m2", events=(contribution("experience"), contribution("proposal", 1)))
    [one] = store.participations()
    assert [(c.reference[0], c.kind, c.round) for c in one.contributions] == [
        ("E", "experience", 0),
        ("P", "proposal", 0),
        ("P", "proposal", 1),
    ]
    last = one.contributions[-1]
    say(store, talk, "m3", events=(contribution("proposal", 1, "contribution_withdrawn"),))
    say(store, talk, "m4", events=(contribution("proposal", 1),))
    [one] = store.participations()
    assert len(one.contributions) == 3
    assert int(one.contributions[-1].reference[2:]) > int(last.reference[2:])


def test_every_conversation_is_streamed_oldest_first(store, monkeypatch):
    monkeypatch.setattr("storage.reading.PAGE", 3)
    started = [datetime(2022, 3, 1 + n % 5, tzinfo=UTC) for n in range(10)]
    for n, moment in enumerate(started):
        say(store, conversation(f"c{n}", started=moment), f"m{n}", f"person {n}")
    read = list(store.conversations())
    assert [c.started for c in read] == sorted(started)
    assert len({c.id for c in read}) == 10


def test_many_deliveries_of_each_message_count_once(database_url, keys):
    engine = open_database(database_url, create=False, patience=30)
    store = SqlStore(engine, keys)
    people, each = 10, 20
    deliveries = [(p, m) for p in range(people) for m in range(each)] * 5
    random.Random(7).shuffle(deliveries)
    made: Counter[tuple[int, int]] = Counter()

    def deliver(what):
        person, message = what
        with store.hold("telegram", f"person {person}") as held:
            if (given := held.given(f"m{message}")) is not None:
                return what, given
            talk = held.conversation or conversation(f"c{person}", channel="telegram")
            said = {**talk.answers, Spot(f"s{message}"): words(f"{person} {message}")}
            given = held.save(f"m{message}", turn(replace(talk, answers=said)), push=True)
            made[what] += 1
            return what, given

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(deliver, deliveries))
    assert set(made.values()) == {1}
    assert len(made) == people * each
    for what in made:
        assert len({(g.turn, g.conversation) for w, g in results if w == what}) == 1
        [first, *others] = [g for w, g in results if w == what]
        assert all(other == first for other in others)
    for talk in store.conversations():
        assert len(talk.answers) == each
    assert count(engine, turns) == people * each
    with engine.connect() as connection:
        per = connection.execute(
            select(func.count(), func.max(turns.c.number)).group_by(turns.c.conversation_id)
        )
        assert {tuple(row) for row in per} == {(each, each)}
    engine.dispose()


def test_two_first_messages_make_one_conversation(database_url):
    engines = [open_database(database_url, create=False, patience=30) for _ in range(2)]
    stores = [SqlStore(engine, Keys(bytes(range(32)))) for engine in engines]

    def begin(n):
        with stores[n % 2].hold("web", f"newcomer {n // 6}") as held:
            talk = held.conversation or conversation(f"c{n}")
            return held.save(f"m{n}", turn(talk), push=False).conversation

    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(begin, range(60)))
    assert all(len(set(got[n : n + 6])) == 1 for n in range(0, 60, 6))
    assert count(engines[0], conversations) == 10
    for engine in engines:
        engine.dispose()


def test_a_locked_conversation_is_busy_within_its_delay(database_url, keys):
    patient = open_database(database_url, create=False)
    hurried = open_database(database_url, create=False, patience=0.3)
    say(SqlStore(patient, keys), conversation())
    with SqlStore(patient, keys).hold("web", "someone") as held:
        before = datetime.now(UTC)
        with pytest.raises(DatabaseBusy), SqlStore(hurried, keys).hold("web", "someone"):
            raise AssertionError("held twice")
        assert 0.2 < (datetime.now(UTC) - before).total_seconds() < 3
        held.save("m2", turn(held.conversation), push=False)
    say(SqlStore(hurried, keys), conversation(), "m3")
    patient.dispose()
    hurried.dispose()


def test_people_do_not_wait_for_each_other_on_postgres(store, backend):
    if backend == "sqlite":
        pytest.skip("SQLite has one writer")
    say(store, conversation("c1"), sender="one")
    with store.hold("web", "one"):
        say(store, conversation("c2"), sender="two")


def test_what_is_remembered_never_hides_what_another_process_saved(engine):
    stores = [SqlStore(engine, Keys(bytes(range(32)))) for _ in range(2)]
    say(stores[0], conversation())
    for n in range(8):
        with stores[n % 2].hold("web", "someone") as held:
            talk = held.conversation
            assert len(talk.answers) == n
            said = {**talk.answers, Spot(f"s{n}"): words(str(n))}
            held.save(f"n{n}", turn(replace(talk, answers=said)), push=False)
    with pytest.raises(ZeroDivisionError):
        save_then_break(stores[0], "x", turn(conversation()))
    with stores[0].hold("web", "someone") as held:
        assert len(held.conversation.answers) == 8
    assert stores[1].forget("web", "someone")
    with stores[0].hold("web", "someone") as held:
        assert held.conversation is None
        assert held.erased


CRASH = """
import os, sys
from storage.conversations import SqlStore
from storage.database import open_database
from storage.sealing.keys import Keys
from talks import conversation, turn

store = SqlStore(open_database(sys.argv[1], create=False), Keys(bytes(range(32))))
with store.hold("web", "someone") as held:
    held.save("m1", turn(conversation()), push=True)
    if sys.argv[2] == "before":
        os._exit(9)
os._exit(9)
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_process_killed_around_its_commit(database_url, store, engine, moment):
    command = [sys.executable, "-c", CRASH, database_url, moment]
    where = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)])}
    assert subprocess.run(command, env=where, check=False).returncode == 9
    with store.hold("web", "someone") as held:
        if moment == "before":
            assert held.conversation is None
            assert held.given("m1") is None
        else:
            assert held.conversation == conversation()
            assert held.given("m1").turn == 1
    assert count(engine, outbox) == (0 if moment == "before" else 1)


def test_events_are_kept_by_the_day(store, engine):
    say(store, conversation(), events=(Event("answered", Spot("a", 2), "choice"), Event("paused")))
    with engine.connect() as connection:
        rows = connection.execute(select(events).order_by(events.c.id)).all()
    assert [(e.turn, e.name, e.step, e.round, e.about) for e in rows] == [
        (1, "answered", "a", 2, "choice"),
        (1, "paused", None, None, ""),
    ]


def test_the_copy_holds_every_table_of_the_person(store):
    spoken = Part("m1", "", origin="voice")
    told = words("mon récit")
    told = replace(told, parts=(*told.parts, spoken))
    talk = conversation(answers={Spot("story"): told}, origin="affiche")
    voice = Voice(Spot("story"), "m1", Sound(7, "audio/ogg", b"OggS"))
    say(
        store,
        talk,
        events=(contribution("experience"),),
        voice=voice,
        words="citron vélo",
        push=True,
    )
    copied = store.copy("web", "someone")
    [one] = copied["conversations"]
    personal = {t.name for t in metadata.sorted_tables if "conversation_id" in t.c} - {"secrets"}
    assert personal <= set(one)
    empty = {name for name in personal if not one[name]}
    of_staff = {"codings", "curations", "decisions", "pairs", "readings", "snapshot_rows"}
    assert empty <= of_staff | {"letters"}, "made by staff, or by a message that broke the program"
    assert "mon récit" in str(one["answers"])
    assert one["address"] == copied["sender"] == "someone"
    assert "wrapped" not in str(copied)
    assert store.copy("web", "stranger")["conversations"] == []


def test_forgetting_someone_is_said_once(store):
    say(store, conversation())
    assert store.forget("web", "someone")
    assert not store.forget("web", "someone")
    with pytest.raises(ErasedConversation):
        store.thread("web", "someone")
