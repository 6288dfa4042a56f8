"""The master key is changed: everything opens as before, and the old key opens nothing new."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise

import pytest
from sqlalchemy import func, insert, select, text, update
from talks import NOON, conversation, turn, words

from bot.curated import Outside
from bot.errors import DatabaseUnfit
from bot.model import Event, Spot
from storage import reading
from storage.conversations import SqlStore
from storage.desk.accounts import Accounts
from storage.desk.journal import Journal
from storage.desk_tables import staff
from storage.faults import transaction
from storage.outbox import SqlOutbox
from storage.platform.outside import Outsides
from storage.sealing.key_files import (
    NEW,
    OLD,
    beside,
    new_master,
    put_in_place,
    read_key,
    write_key,
)
from storage.sealing.keys import Keys
from storage.sealing.masterkey import open_keys
from storage.sealing.rotation import OURS, rotate
from storage.snapshot.snapshots import Snapshots
from storage.tables import metadata, secrets

MASTER = sha256(b"master").digest()


@pytest.fixture
def keys() -> Keys:
    """Made of a key that could serve: the start refuses one that can be guessed."""
    return Keys(MASTER)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys" / "parole.key"


def speak(store, id="c1", sender="someone", *, push=False, **more):
    talk = conversation(id, channel="telegram", answers={Spot("story"): words(f"mots de {id}")})
    with store.hold("telegram", sender) as held:
        held.save(f"{id} first", turn(talk, said="bonjour", **more), push=push)
    return talk


def erased(store, id="c9", sender="gone"):
    talk = speak(store, id, sender)
    with store.hold("telegram", sender) as held:
        held.save("last", turn(talk, "erased.done", events=(Event("erased"),), erase=True),
                  push=True)  # fmt: skip


def whole(engine, keys):
    """Something in every table that the master key opens."""
    store = SqlStore(engine, keys, remembered=0)
    talk = speak(store, push=True)
    erased(store)
    Snapshots(engine, keys).take("parole", NOON)
    theirs = Outside("elsewhere", "1", "proposal", "leurs mots", "", "", NOON.date())
    Outsides(engine, keys).take("elsewhere", [theirs], NOON.date())
    row = {"id": "a1", "login": "claire", "roles": "", "password": "x", "active": True,
           "created_on": NOON.date()}  # fmt: skip
    with transaction(engine) as connection:
        connection.execute(insert(staff), row)
    Accounts(engine, keys).set_secret("claire", "SECRET")
    return store, talk


def test_everything_opens_with_the_new_key_and_people_are_recognised(engine, file):
    """P1, F26: rotation wraps again the keys; hashes of persons, messages and codes stay."""
    keys = open_keys(engine, file=file)
    _, talk = whole(engine, keys)
    write_key(beside(file, NEW), new_master())
    new = Keys(read_key(beside(file, NEW)), keys.hashes)
    done = rotate(engine, keys, new, NOON)
    put_in_place(file)
    assert (done.conversations, done.others) == (1, 5)
    again = open_keys(engine, file=file)
    assert again.check == new.check
    for ours in (new, again):
        store = SqlStore(engine, ours, remembered=0)
        assert store.thread("telegram", "someone")[0] == talk
        with store.hold("telegram", "gone") as held:
            assert [one.key for one in held.given("last").replies] == ["erased.done"]
        assert Accounts(engine, ours).secret("a1") == "SECRET"
        [snapshot] = Snapshots(engine, ours).every()
        opened = list(Snapshots(engine, ours).open(snapshot.id, str.format).curated())
        assert [one.participation.conversation for one in opened] == [talk]
        assert [one.text for one in Outsides(engine, ours).every()] == ["leurs mots"]
        assert ours.door("telegram", "someone") == keys.door("telegram", "someone")
        assert ours.code("c1", "1234") == keys.code("c1", "1234")
        assert ours.token("g", "o") == keys.token("g", "o")
    box, later = SqlOutbox(engine, again), NOON + timedelta(days=9)
    assert {one.address for one in box.claim("telegram", later)} == {"someone", "gone"}
    assert Journal(engine).lines()[0].what == "key_rotated"
    assert Journal(engine).check().broken is None
    assert read_key(beside(file, OLD)) != read_key(file)


def test_the_old_key_opens_nothing_any_more(engine, keys):
    opened(engine)
    speak(SqlStore(engine, keys))
    rotate(engine, keys, Keys(bytes(range(1, 33)), keys.hashes), NOON)
    stranger = SqlStore(engine, keys, remembered=0)
    with pytest.raises(DatabaseUnfit, match="ne s'ouvre pas"):
        reading.thread(engine, keys, "telegram", "someone")
    with pytest.raises(DatabaseUnfit, match="a été changée"):
        stranger.thread("telegram", "someone")


def opened(engine) -> Keys:
    """The database of the test, made as a server makes it, with the key of the tests."""
    return open_keys(engine, setting=base64.b64encode(MASTER).decode())


def test_a_server_that_still_runs_with_the_old_key_writes_nothing(engine, keys):
    """Nothing new is wrapped by a key that is about to be destroyed."""
    running = SqlStore(engine, keys)
    opened(engine)
    speak(running)
    rotate(engine, keys, Keys(bytes(range(1, 33)), keys.hashes), NOON)
    with pytest.raises(DatabaseUnfit, match="Redémarrez"):
        speak(running, "c2", "newcomer")
    with pytest.raises(DatabaseUnfit):
        speak(running, "c3", "someone")
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(secrets)) == 1


def test_a_change_that_breaks_changes_nothing(engine, keys, monkeypatch):
    store, talk = whole(engine, opened(engine))
    monkeypatch.setattr("storage.sealing.rotation.append", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        rotate(engine, keys, Keys(bytes(range(1, 33)), keys.hashes), NOON)
    assert opened(engine).check == keys.check
    assert store.thread("telegram", "someone")[0] == talk


def test_a_change_cut_short_after_the_commit_ends_at_the_next_start(engine, file):
    """F3: killed between the commit and the renaming of the files."""
    keys = open_keys(engine, file=file)
    talk = speak(SqlStore(engine, keys))
    write_key(beside(file, NEW), new_master())
    rotate(engine, keys, Keys(read_key(beside(file, NEW)), keys.hashes), NOON)
    with pytest.raises(DatabaseUnfit, match=r"parole\.key\.new"):
        open_keys(engine, setting=file.read_text().strip(), file=file)
    again = open_keys(engine, file=file)
    assert not beside(file, NEW).exists()
    assert SqlStore(engine, again).thread("telegram", "someone")[0] == talk
    assert beside(file, OLD).stat().st_mode & 0o077 == 0


def test_a_key_of_another_database_is_never_put_in_place(engine, file):
    open_keys(engine, file=file)
    write_key(beside(file, NEW), new_master())
    before = read_key(file)
    open_keys(engine, file=file)
    assert read_key(file) == before
    file.unlink()
    with pytest.raises(DatabaseUnfit, match="n'est pas là"):
        open_keys(engine, file=file)


def test_every_value_sealed_with_the_master_key_is_closed_again():
    """A sealed column that belongs to nobody's conversation is in the list of the rotation."""
    alone = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if "sealed" in column.info
        and ("conversation_id" not in table.c or table.c.conversation_id.nullable)
        and table.name not in ("conversations", "letters")  # a letter is sealed with its key or not
    }
    assert alone == {(table.name, name) for table, name, *_ in OURS}


SEALED = [
    (table.name, column.name)
    for table in metadata.sorted_tables
    for column in table.c
    if "sealed" in column.info
]


@pytest.mark.parametrize(("before", "after"), [*pairwise(SEALED), (SEALED[-1], SEALED[0])])
def test_what_is_sealed_in_one_column_opens_in_no_other(keys, before, after):
    """AAD: the same row names, the next column."""
    cipher, _ = keys.new("c1")
    sealed = cipher.seal(b"mots", "|".join((".".join(before), "c1", "1")))
    with pytest.raises(DatabaseUnfit):
        cipher.unseal(sealed, "|".join((".".join(after), "c1", "1")))


def test_values_swapped_between_rows_columns_and_persons_open_nowhere(engine, keys):
    """AAD: whoever can write in the database cannot put one person's words in another's mouth."""
    store = SqlStore(engine, keys, remembered=0)
    first = speak(store, "c1", "one")
    speak(store, "c2", "two")
    with store.hold("telegram", "one") as held:
        more = {**first.answers, Spot("story", 1): words("autres mots")}
        held.save("m2", turn(replace(first, answers=more)), push=False)
    swaps = {
        "answers": "UPDATE answers SET words = (SELECT words FROM answers WHERE round = 1) "
        "WHERE conversation_id = 'c1' AND round = 0",
        "turns": "UPDATE turns SET exchange = (SELECT exchange FROM turns WHERE conversation_id = "
        "'c2') WHERE conversation_id = 'c1' AND number = 1",
        "conversations": "UPDATE conversations SET state = address WHERE id = 'c1'",
        "secrets": "UPDATE secrets SET wrapped = (SELECT wrapped FROM secrets WHERE "
        "conversation_id = 'c2') WHERE conversation_id = 'c1'",
    }
    for table, swap in swaps.items():
        with engine.connect() as connection:
            begun = connection.begin()
            kept = connection.execute(select(metadata.tables[table])).all()
            begun.rollback()
        with transaction(engine) as connection:
            connection.execute(text(swap))
        with pytest.raises(DatabaseUnfit, match="ne s'ouvre pas"):
            store.thread("telegram", "one")
        with transaction(engine) as connection:
            for row in kept:
                its = metadata.tables[table]
                same = [c == row._mapping[c.name] for c in its.primary_key]
                connection.execute(update(its).where(*same).values(dict(row._mapping)))
        store.thread("telegram", "one")
    assert store.thread("telegram", "two")[0].id == "c2"
