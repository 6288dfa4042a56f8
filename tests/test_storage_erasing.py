"""Erasing: the rows, the keys, the bytes; and a farewell that stays the same."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from talks import NOON, conversation, turn, words

from bot.errors import ErasedConversation
from bot.model import Event, Part, Reply, Spot
from storage.conversations import SqlStore
from storage.database import open_database
from storage.desk.journal import Journal
from storage.erasure.erasing import sweep
from storage.masking import MASK, without
from storage.outbox import SqlOutbox
from storage.tables import (
    answers,
    conversations,
    erasures,
    metadata,
    outbox,
    secrets,
    stale,
    turns,
)

CANARY = "canari-7f3a"
ERASE = Event("erased")


def begin(store: SqlStore, *, sender="someone", id="c1", push=False):
    talk = conversation(
        id, channel="telegram", origin=CANARY, answers={Spot("story"): words(CANARY * 20)}
    )
    with store.hold("telegram", sender) as held:
        held.save(f"{id} first", turn(talk, said=CANARY, events=(Event("began"),)), push=push)
    return talk


def erase(store: SqlStore, *, push=False, message="last"):
    with store.hold("telegram", "someone") as held:
        last = turn(held.conversation, "erased.done", "erased.again", events=(ERASE,), erase=True)
        return held.save(message, last, push=push)


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        counts = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in metadata.sorted_tables
        }
    return {name: count for name, count in counts.items() if count}


def test_nothing_is_left_but_the_trace(store, engine):
    begin(store, push=True)
    erase(store)
    assert rows(engine) == {"erasures": 1, "stale": 2, "journal": 1}
    assert list(store.conversations()) == []
    with pytest.raises(ErasedConversation):
        store.thread("telegram", "someone")
    assert store.copy("telegram", "someone") | {"copied_at": ""} == {
        "channel": "telegram",
        "sender": "someone",
        "copied_at": "",
        "conversations": [],
        "erased_before": True,
        "moved_on": None,
    }


def test_who_used_the_same_phone_before_keeps_everything(store):
    begin(store)
    before, _ = store.thread("telegram", "someone")
    begin(store, id="c2")
    erase(store)
    assert list(store.conversations()) == [before]
    with pytest.raises(ErasedConversation):
        store.thread("telegram", "someone")
    assert store.copy("telegram", "someone")["conversations"] == []
    assert not store.forget("telegram", "someone")
    again = begin(store, id="c3")
    assert store.thread("telegram", "someone")[0] == again
    assert {one.id for one in store.conversations()} == {"c1", "c3"}


def test_other_people_keep_everything(store):
    begin(store)
    other = begin(store, sender="other", id="c2")
    erase(store)
    assert list(store.conversations()) == [other]
    assert store.thread("telegram", "other")[0] == other


def test_the_farewell_is_the_same_each_time(store):
    begin(store)
    given = erase(store)
    assert given.erased
    assert [reply.key for reply in given.replies] == ["erased.done", "erased.again"]
    with store.hold("telegram", "someone") as held:
        assert held.conversation is None
        assert held.erased
        assert held.given("last") == given
        assert held.given("c1 first") == given  # an older message delivered once more
        assert held.given("new") is None


def test_a_new_conversation_may_begin_after(store, engine):
    begin(store)
    given = erase(store)
    talk = begin(store, id="c3")
    with store.hold("telegram", "someone") as held:
        assert held.conversation == talk
        assert not held.erased
        assert held.given("last") == given
        assert held.given("c1 first") == given
        assert held.given("c3 first").conversation == "c3"
    erase(store, message="last again")
    assert rows(engine) == {"erasures": 2, "stale": 4, "journal": 2}


def test_the_journal_says_which_reference_was_erased_and_that_day(store, engine):
    begin(store)
    erase(store)
    [line] = Journal(engine).lines()
    assert (line.who, line.what, dict(line.about)) == (
        "parole", "erasure", {"reference": "REF-c1"},
    )  # fmt: skip
    assert line.at.endswith("T00:00:00Z")
    assert Journal(engine).check().broken is None


def test_the_farewell_is_pushed_and_nothing_else(store, engine, keys):
    begin(store, push=True)
    erase(store, push=True)
    box = SqlOutbox(engine, keys)
    now = NOON + timedelta(days=5000)
    said = []
    while parcels := box.claim("telegram", now):
        [parcel] = parcels
        said.append((parcel.address, parcel.reply.key, parcel.guide, parcel.version))
        box.sent(parcel.id, now)
    assert said == [("someone", key, "cese-2022", "1") for key in ("erased.done", "erased.again")]
    assert "outbox" not in rows(engine)


def test_forgetting_leaves_no_farewell(store, engine):
    begin(store, push=True)
    assert store.forget("telegram", "someone")
    assert rows(engine) == {"erasures": 1, "journal": 1}
    with store.hold("telegram", "someone") as held:
        assert held.erased
        assert held.given("c1 first") is None


def test_the_trace_tells_which_conversation_was_erased(store, engine, keys):
    begin(store)
    store.forget("telegram", "someone")
    with engine.connect() as connection:
        row = connection.execute(select(erasures)).one()
    assert row.trace == keys.trace("c1")
    assert row.door == keys.door("telegram", "someone")


def test_an_erasure_that_breaks_erases_nothing(store, engine):
    talk = begin(store)
    before = rows(engine)
    with pytest.raises(ZeroDivisionError):
        _erase_then_break(store)
    assert rows(engine) == before
    assert store.thread("telegram", "someone")[0] == talk


def _erase_then_break(store):
    with store.hold("telegram", "someone") as held:
        held.save("last", replace(turn(held.conversation), erase=True), push=False)
        _ = 1 / 0


def _bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


def test_not_a_byte_of_it_stays_in_the_files(store, engine, backend, tmp_path):
    if backend != "sqlite":
        pytest.skip("PostgreSQL keeps dead rows until VACUUM: there, destroying the key erases")
    kept = begin(store, sender="other", id="kept")
    begin(store)
    with engine.connect() as connection:
        mine = [
            *connection.scalars(select(secrets.c.wrapped).where(secrets.c.conversation_id == "c1")),
            *connection.scalars(select(answers.c.words).where(answers.c.conversation_id == "c1")),
            *connection.scalars(select(turns.c.exchange).where(turns.c.conversation_id == "c1")),
        ]
    before = _bytes_of(tmp_path)
    assert all(sealed[-40:] in before for sealed in mine)
    assert before.count((CANARY * 2).encode()) == 0  # the words are never in clear
    erase(store)
    assert sweep(engine)
    after = _bytes_of(tmp_path)
    assert not [sealed for sealed in mine if sealed[-40:] in after]
    assert after.count(b"REF-c1") == 1  # for 30 days: to take it out of what was exported
    assert b"REF-kept" in after
    assert store.thread("telegram", "other")[0] == kept


def restart(store, *, message="again", push=False):
    with store.hold("telegram", "someone") as held:
        talk = replace(held.conversation, answers={}, at=Spot("profile"), finished=False)
        begun = turn(talk, "say", said="@restart.yes", events=(Event("restarted"),), afresh=True)
        return held.save(message, begun, push=push)


def test_starting_again_keeps_the_reference_and_nothing_that_was_said(store, engine, keys):
    talk = begin(store, push=True)
    with store.hold("telegram", "someone") as held:
        more = turn(talk, said=CANARY, events=(Event("contribution", Spot("story"), "experience"),))
        held.save("second", more, push=True)
    given = restart(store, push=True)
    assert rows(engine) == {
        "doors": 1, "conversations": 1, "secrets": 1, "turns": 3, "events": 1, "outbox": 1,
        "erasures": 1,
    }  # fmt: skip
    now, exchanges = store.thread("telegram", "someone")
    assert now == replace(talk, answers={})
    assert [(one.turn, one.said) for one in exchanges] == [(given.turn, "@restart.yes")]
    [waiting] = SqlOutbox(engine, keys).claim("telegram", NOON + timedelta(days=5000))
    assert (waiting.address, waiting.reply.key) == ("someone", "say")
    with store.hold("telegram", "someone") as held:
        assert held.given("again") == given
        assert held.given("c1 first") == held.given("second") == given
    copied = store.copy("telegram", "someone")["conversations"]
    assert CANARY not in str(copied).replace(f"'origin': '{CANARY}'", "").replace(
        repr(copied[0]["state"]), ""
    )


def test_what_was_said_before_starting_again_is_in_no_file(store, engine, backend, tmp_path):
    if backend != "sqlite":
        pytest.skip("PostgreSQL keeps dead rows until VACUUM: there, changing the key erases")
    talk = begin(store)
    with engine.connect() as connection:
        mine = [
            *connection.scalars(select(secrets.c.wrapped)),
            *connection.scalars(select(answers.c.words)),
            *connection.scalars(select(turns.c.exchange)),
        ]
    assert all(sealed[-40:] in _bytes_of(tmp_path) for sealed in mine)
    restart(store)
    assert sweep(engine)
    after = _bytes_of(tmp_path)
    assert not [sealed for sealed in mine if sealed[-40:] in after]
    assert b"REF-c1" in after
    with store.hold("telegram", "someone") as held:  # and the conversation goes on
        said = replace(talk, answers={Spot("story"): words("nouveau", "m9")})
        held.save("m9", turn(said), push=True)
    assert store.thread("telegram", "someone")[0] == said


def test_words_replaced_leave_the_thread(store):
    """Corrected, edited or taken back: neither as they were said nor where we quoted them."""
    talk = begin(store)
    told = Reply("going_back", {"before": f"{CANARY}\nla suite"}, Spot("story"))
    with store.hold("telegram", "someone") as held:
        drafted = replace(talk, answers={Spot("story"): words(CANARY), Spot("x"): words("gardé")})
        held.save("m2", turn(drafted, said=CANARY, replies=(told,)), push=False)
    with store.hold("telegram", "someone") as held:
        new = replace(drafted, answers={**drafted.answers, Spot("story"): words("autre chose")})
        held.save("m3", turn(new, said="autre chose"), push=False)
    _, exchanges = store.thread("telegram", "someone")
    assert [one.said for one in exchanges] == [MASK, MASK, "autre chose"]
    assert exchanges[1].replies[0].values == {"before": f"{MASK}\nla suite"}
    assert CANARY not in str(exchanges)


def test_a_piece_of_a_message_leaves_the_thread_with_the_message(store):
    """A sentence that filled two answers: masked piece by piece, kept where it is still held."""
    talk = begin(store)
    whole = f"dans le 59 depuis {CANARY}"
    place = replace(words("59"), parts=(Part("m2", "59", beside=True),))
    years = replace(words(CANARY), parts=(Part("m2", CANARY, beside=True),))
    filled = replace(talk, answers={Spot("x"): place, Spot("y"): years})
    with store.hold("telegram", "someone") as held:
        held.save("m2", turn(filled, said=whole), push=False)
    with store.hold("telegram", "someone") as held:
        new = replace(filled, answers={Spot("x"): place, Spot("y"): words("4", "m3")})
        held.save("m3", turn(new, said="4"), push=False)
    assert store.thread("telegram", "someone")[1][1].said == f"dans le 59 depuis {MASK}"
    with store.hold("telegram", "someone") as held:
        held.save("m4", turn(replace(new, answers={Spot("z"): words("en 59", "m4")})), push=False)
    assert "59" in store.thread("telegram", "someone")[1][1].said


def test_a_text_that_grows_is_not_masked(store):
    talk = begin(store)
    grown = words(CANARY * 20)
    grown = replace(grown, parts=(*grown.parts, *words("la suite", "m2").parts))
    with store.hold("telegram", "someone") as held:
        held.save("m2", turn(replace(talk, answers={Spot("story"): grown})), push=False)
    assert [one.said for one in store.thread("telegram", "someone")[1]] == [CANARY, "bonjour"]


def test_a_quotation_cut_short_is_masked_whole():
    long = "Je travaille de nuit, seule pour quarante personnes, et sans relève."
    assert without(f"Récit : {long[:50]}…", (long,)) == MASK
    assert without("Récit : 1959 et 59", ("59",)) == f"Récit : 1959 et {MASK}"


def test_without_its_key_a_conversation_is_noise(store, engine):
    begin(store)
    with engine.connect() as connection:
        for table in (answers, turns, outbox, stale):
            stored = repr([tuple(row) for row in connection.execute(select(table))])
            assert CANARY not in stored
            assert "someone" not in stored


def test_erasing_sending_and_talking_at_the_same_time(database_url, keys):
    """Nobody is refused for another reason than patience, and all ends consistent."""
    engine = open_database(database_url, create=False, patience=20)
    store, box = SqlStore(engine, keys), SqlOutbox(engine, keys)
    numbers = count()

    def live(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(60):
            n, sender, what = next(numbers), f"person {chance.randrange(3)}", chance.random()
            if what < 0.15:
                store.forget("telegram", sender)
            elif what < 0.35:
                for parcel in box.claim("telegram", NOON, limit=5):
                    act = chance.choice((box.sent, box.block, box.later))
                    act(parcel.id, NOON)
            else:
                with store.hold("telegram", sender) as held:
                    talk = held.conversation or conversation(f"c{n}", channel="telegram")
                    if what > 0.9:
                        talk = conversation(f"c{n}", channel="telegram")  # another participation
                    said = {**talk.answers, Spot(f"s{n}"): words(str(n))}
                    new = turn(replace(talk, answers=said), erase=0.8 < what < 0.9)
                    held.save(f"m{n}", new, push=True)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(live, range(6)))
    list(store.conversations())
    for person in range(3):
        store.forget("telegram", f"person {person}")
    engine.dispose()
    with engine.connect() as connection:
        spoken_to = select(conversations.c.id).where(conversations.c.current)
        assert connection.execute(spoken_to).all() == []
        kept = set(connection.scalars(select(conversations.c.id)))
        waiting = set(connection.scalars(select(outbox.c.conversation_id).distinct()))
    assert waiting - {None} <= kept
    engine.dispose()
