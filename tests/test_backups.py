"""Backups: closed, put back in place, and what was erased since never comes back (P9, F27)."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from talks import NOON, contribution, conversation, turn, words

from bot.errors import DatabaseUnfit, ErasedConversation, StorageError
from bot.model import Event, Reply, Spot
from storage.backup import backups, reviving
from storage.backup.amending import GAP
from storage.backup.backups import make, moment_of
from storage.backup.reviving import restore
from storage.backup.sealed_files import closing_file, lock_of, open_into
from storage.backup.tombstones import Tombstones, look, read, together
from storage.conversations import SqlStore
from storage.database import address_of, check, open_database
from storage.desk.journal import Journal
from storage.desk_tables import staff, staff_sessions
from storage.faults import transaction
from storage.sealing.keys import Keys
from storage.sealing.masterkey import open_keys, since
from storage.sealing.rotation import rotate
from storage.tables import contributions, conversations, erasures, outbox, returns

MASTER, OTHER = sha256(b"master").digest(), sha256(b"other").digest()
TOOLS = ["gpg", "age"]


@pytest.fixture
def keys() -> Keys:
    """Made of a key that could serve: the start refuses one that can be guessed."""
    return Keys(MASTER)


@pytest.fixture(params=TOOLS)
def lock(request, tmp_path):
    """One lock of each tool; the one that is not installed is skipped, and says so."""
    return lock_with(request.param, tmp_path / "elsewhere")


def lock_with(tool: str, folder: Path):
    if shutil.which(tool) is None:
        print(f"skipped: {tool} is not installed (Debian: apt install {tool})")
        pytest.skip(f"{tool} is not installed")
    folder.mkdir(mode=0o700, exist_ok=True)
    key = folder / f"key.{tool}"
    if tool == "age":
        subprocess.run(["age-keygen", "-o", str(key)], check=True, capture_output=True)
    else:
        key.write_text("c3VyZW1lbnQgcGFzIHVuIHZyYWkgc2VjcmV0IGljaQ==\n")
    key.chmod(0o600)
    return lock_of(key)


@pytest.fixture
def world(engine, keys, tmp_path):
    open_keys(engine, setting=base64.b64encode(MASTER).decode())
    tombstones = Tombstones(tmp_path / "data" / "effacements.txt")
    return SqlStore(engine, keys, remembered=0, tombstones=tombstones), tombstones


def speak(store, n, text=""):
    talk = conversation(f"c{n}", channel="telegram",
                        answers={Spot("story"): words(text or f"mots de {n}")})  # fmt: skip
    with store.hold("telegram", f"person {n}") as held:
        events = (contribution("experience"),)
        held.save("m1", turn(talk, events=events), push=False)
    return talk


@pytest.fixture
def empty_url(request, backend, tmp_path):
    """Where to put a backup back: nothing is there yet."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'again' / 'parole.db'}"
        return
    cluster = request.getfixturevalue("postgres")
    url = cluster.url()
    yield url
    cluster.drop(url)


def put_back(url, file, lock, lists, masters, tmp_path, now=NOON):
    folder = tmp_path / "again"
    folder.mkdir(exist_ok=True)
    key_file = folder / "parole.key"
    listed = together([look(one) for one in lists])
    return restore(address_of(url), file, lock, listed, masters, now, key_file)


def test_what_was_closed_opens_again_and_only_with_its_key(lock, tmp_path):
    clear, closed = tmp_path / "clear", tmp_path / f"closed{lock.suffix}"
    whole = os.urandom(300_000)
    with closing_file(lock, closed) as pipe:
        pipe.write(whole)
    assert whole[:64] not in closed.read_bytes()
    assert closed.stat().st_mode & 0o077 == 0
    open_into(lock, closed, clear)
    assert clear.read_bytes() == whole
    assert clear.stat().st_mode & 0o077 == 0
    damaged = bytearray(closed.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    closed.write_bytes(damaged)
    with pytest.raises(StorageError, match="abîmé"):
        open_into(lock, closed, clear)
    assert not clear.exists()


def test_a_backup_cut_short_is_no_file(lock, tmp_path):
    file = tmp_path / f"cut{lock.suffix}"
    with pytest.raises(ZeroDivisionError):
        _write_then_break(lock, file)
    assert not file.exists()
    assert not list(tmp_path.glob(".cut*"))


def _write_then_break(lock, file):
    with closing_file(lock, file) as pipe:
        pipe.write(b"x")
        _ = 1 / 0


def test_a_public_key_of_age_closes_and_does_not_open(tmp_path):
    lock = lock_with("age", tmp_path)
    public = tmp_path / "key.pub"
    made = subprocess.run(["age-keygen", "-y", str(lock.key)], check=True, capture_output=True)
    public.write_bytes(made.stdout)
    closing = lock_of(public)
    assert (closing.tool, closing.opens) == ("age", False)
    with closing_file(closing, tmp_path / "a.age") as pipe:
        pipe.write(b"mots")
    with pytest.raises(StorageError, match="ne les ouvre pas"):
        open_into(closing, tmp_path / "a.age", tmp_path / "clear")
    open_into(lock, tmp_path / "a.age", tmp_path / "clear")
    assert (tmp_path / "clear").read_bytes() == b"mots"


@pytest.mark.parametrize(
    ("written", "mode", "why"),
    [
        ("trop court", 0o600, "openssl rand"),
        ("deux\nlignes qui ne sont pas un secret du tout", 0o600, "age-keygen"),
        ("c3VyZW1lbnQgcGFzIHVuIHZyYWkgc2VjcmV0IGljaQ==", 0o644, "chmod 600"),
    ],
)
def test_a_key_that_cannot_be_used_says_what_to_do(tmp_path, written, mode, why):
    key = tmp_path / "key"
    key.write_text(written)
    key.chmod(mode)
    with pytest.raises(StorageError, match=why):
        lock_of(key)
    with pytest.raises(StorageError, match="PAROLE_BACKUP_KEY"):
        lock_of(None)
    with pytest.raises(StorageError, match="ne peut pas être lue"):
        lock_of(tmp_path / "nowhere")


def test_a_tool_that_is_absent_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    key = tmp_path / "key"
    key.write_text("age1" + "q" * 58)
    with pytest.raises(StorageError, match="apt-get install -y age"):
        lock_of(key)
    key.write_text("c3VyZW1lbnQgcGFzIHVuIHZyYWkgc2VjcmV0IGljaQ==")
    key.chmod(0o600)
    with pytest.raises(StorageError, match="apt-get install -y gnupg"):
        lock_of(key)


def test_all_comes_back_but_what_was_erased_since(
    world, engine, lock, tmp_path, empty_url
):  # fmt: skip
    """P9: the drill. Erased, begun afresh, expired: nobody comes back; the others whole."""
    store, tombstones = world
    talks = {n: speak(store, n) for n in range(12)}
    store.forget("telegram", "person 0")  # before the backup: it is not in there
    with store.hold("telegram", "person 1") as held:
        held.save("m2", turn(talks[1], words="pin lac bois vent"), push=False)
    with store.hold("telegram", "person 2") as held:
        reminder = (NOON + timedelta(days=1), Reply("recall.reminder"))
        recall = replace(talks[2], recall="accepted")
        held.save("m2", turn(recall, reminder=reminder), push=True)
    seat = {"token": "t", "staff_id": "a", "begun": 0.0, "seen": 0.0, "second_factor": False,
            "waiting": False, "csrf": "c"}  # fmt: skip
    member = {"id": "a", "login": "claire", "roles": "", "password": "x", "active": True,
              "created_on": NOON.date()}  # fmt: skip
    with transaction(engine) as connection:
        connection.execute(insert(staff), member)
        connection.execute(insert(staff_sessions), seat)
    with engine.connect() as connection:
        waiting = len(connection.execute(select(outbox)).all())
    folder = tmp_path / "backups"
    file = make(engine, folder, lock, tombstones, NOON, 30)
    assert moment_of(file) == NOON.replace(microsecond=0)
    assert b"mots de 5" not in file.read_bytes()
    # Since the backup:
    store.forget("telegram", "person 3")
    with store.hold("telegram", "person 4") as held:
        last = turn(held.conversation, "erased.done", events=(Event("erased"),), erase=True)
        held.save("last", last, push=False)
    store.erase("REF-c5")
    with store.hold("telegram", "person 6") as held:  # begins again: what was said is gone
        held.save("m2", turn(replace(talks[6], answers={}), afresh=True), push=False)
    speak(store, 20)  # lost with the machine
    done = put_back(empty_url, file, lock, [tombstones.file], [MASTER], tmp_path)
    made = done.amended
    assert (made.conversations, made.erased_again, made.sessions) == (7, 4, 1)
    assert (made.codes, made.unsent, made.accounts) == (1, waiting, 1)
    assert waiting > 1
    again = open_database(empty_url, create=False)
    try:
        back = SqlStore(again, Keys(MASTER), remembered=0)
        assert {one.id for one in back.conversations()} == {
            f"c{n}" for n in (1, 2, 7, 8, 9, 10, 11)
        }
        for n in (7, 11):
            assert back.thread("telegram", f"person {n}")[0] == talks[n]
        with pytest.raises(ErasedConversation):  # not somebody who never came
            back.thread("telegram", "person 3")
        with again.connect() as connection:
            assert connection.execute(select(returns)).all() == []
            assert connection.execute(select(outbox)).all() == []
            assert connection.execute(select(staff_sessions)).all() == []
            assert set(connection.scalars(select(erasures.c.trace))) >= set(read(tombstones.file))
            highest = max(connection.scalars(select(contributions.c.number)))
        speak(back, 30)
        with again.connect() as connection:
            given = set(connection.scalars(select(contributions.c.number)))
        assert max(given) > highest + GAP
        line = next(one for one in Journal(again).lines() if one.what == "restored")
        assert (line.about["erased_again"], line.about["conversations"]) == (4, 7)
        assert Journal(again).check().broken is None
    finally:
        again.dispose()


def test_the_list_of_the_day_is_beside_the_backup_and_may_be_used(
    world, engine, tmp_path, empty_url
):  # fmt: skip
    """The machine is lost with its own list: the next backup's list holds what was erased."""
    store, tombstones = world
    lock = lock_with("gpg", tmp_path)
    for n in range(3):
        speak(store, n)
    folder = tmp_path / "backups"
    first = make(engine, folder, lock, tombstones, NOON, 30)
    store.forget("telegram", "person 1")
    tombstones.file.unlink()
    make(engine, folder, lock, tombstones, NOON + timedelta(days=1), 30)
    done = put_back(empty_url, first, lock, [folder / "effacements.txt"], [MASTER], tmp_path)
    assert (done.amended.conversations, done.amended.erased_again) == (2, 1)


def test_a_backup_from_before_a_change_of_key_opens_while_the_old_key_is_there(
    world, engine, keys, tmp_path, empty_url
):  # fmt: skip
    """F26, F27: restored, it is closed by the key of now; without the old key, never again."""
    store, tombstones = world
    lock = lock_with("gpg", tmp_path)
    talk = speak(store, 1)
    file = make(engine, tmp_path / "backups", lock, tombstones, NOON, 30)
    new = Keys(OTHER, keys.hashes)
    rotate(engine, keys, new, NOON)
    with pytest.raises(DatabaseUnfit, match=r"parole\.key\.old"):
        put_back(empty_url, file, lock, [], [OTHER], tmp_path)
    later = NOON + timedelta(days=9)
    done = put_back(empty_url, file, lock, [], [OTHER, MASTER], tmp_path, later)
    assert done.rotated
    again = open_database(empty_url, create=False)
    with again.connect() as connection:  # not today: that key may be as old as the backup
        assert since(connection) == NOON.date()
    again.dispose()
    again = open_database(empty_url, create=False)
    try:
        assert SqlStore(again, new, remembered=0).thread("telegram", "person 1")[0] == talk
        with pytest.raises(DatabaseUnfit):
            SqlStore(again, keys, remembered=0).thread("telegram", "person 1")
    finally:
        again.dispose()


def test_a_database_that_is_there_is_never_written_over(
    world, engine, database_url, tmp_path
):  # fmt: skip
    store, tombstones = world
    lock = lock_with("gpg", tmp_path)
    talk = speak(store, 1)
    file = make(engine, tmp_path / "backups", lock, tombstones, NOON, 30)
    with pytest.raises(DatabaseUnfit, match="déjà une base"):
        put_back(database_url, file, lock, [], [MASTER], tmp_path)
    check(engine)
    assert store.thread("telegram", "person 1")[0] == talk


def test_a_restore_that_stopped_leaves_nothing_that_can_be_used(
    world, engine, backend, tmp_path, empty_url, monkeypatch
):  # fmt: skip
    """Stopped before the erasures are done again: nobody can start on that database."""
    store, tombstones = world
    lock = lock_with("gpg", tmp_path)
    speak(store, 1)
    speak(store, 2)
    file = make(engine, tmp_path / "backups", lock, tombstones, NOON, 30)
    store.forget("telegram", "person 2")
    lists = [tombstones.file]
    with monkeypatch.context() as patched:
        patched.setattr("storage.backup.amending._erased_again", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            put_back(empty_url, file, lock, lists, [MASTER], tmp_path)
    why = "Il n'y a pas de base" if backend == "sqlite" else "parole restore"
    with pytest.raises(DatabaseUnfit, match=why):
        open_database(empty_url, create=False)
    done = put_back(empty_url, file, lock, lists, [MASTER], tmp_path)
    assert (done.amended.conversations, done.amended.erased_again) == (1, 1)
    again = open_database(empty_url, create=False)
    with again.connect() as connection:
        assert list(connection.scalars(select(conversations.c.id))) == ["c1"]
    again.dispose()


def test_what_is_no_backup_of_ours_is_refused(tmp_path, backend, empty_url):
    lock = lock_with("gpg", tmp_path)
    for whole, why in (
        (b"des octets quelconques", "abîmée"),
        (reviving.OF_POSTGRES if backend == "sqlite" else reviving.OF_SQLITE, "une autre"),
    ):
        file = tmp_path / "parole.gpg"
        with closing_file(lock, file) as pipe:
            pipe.write(whole)
        with pytest.raises(DatabaseUnfit, match=why if why == "abîmée" else "PAROLE_DATABASE_URL"):
            put_back(empty_url, file, lock, [], [MASTER], tmp_path)


def test_people_talk_while_a_backup_is_made(world, engine, tmp_path, monkeypatch):
    store, tombstones = world
    lock = lock_with("gpg", tmp_path)
    for n in range(5):
        speak(store, n)
    real = backups.copy_out

    def slow(*given):
        speak(store, 50)
        real(*given)
        speak(store, 51)

    monkeypatch.setattr(backups, "copy_out", slow)
    make(engine, tmp_path / "backups", lock, tombstones, NOON, 30)
    assert len(list(store.conversations())) == 7
    assert not list((tmp_path / "backups").glob("sauvegarde-*"))


def test_old_backups_leave_and_the_key_stays_apart(world, engine, tmp_path):
    _, tombstones = world
    lock = lock_with("gpg", tmp_path / "backups-key")
    folder = tmp_path / "backups"
    first = make(engine, folder, lock, tombstones, NOON, 30)
    (folder / "autre.txt").write_text("à l'organisateur")
    second = make(engine, folder, lock, tombstones, NOON + timedelta(days=30), 30)
    assert first.exists()
    make(engine, folder, lock, tombstones, NOON + timedelta(days=31), 30)
    assert not first.exists()
    assert second.exists()
    assert (folder / "autre.txt").exists()
    with pytest.raises(StorageError, match="dossier des sauvegardes"):
        make(engine, lock.key.parent, lock, tombstones, NOON, 30)


# The list of what was erased


def test_a_list_cut_short_by_a_crash_is_read_and_completed(world, engine):
    store, tombstones = world
    for n in range(3):
        speak(store, n)
        store.forget("telegram", f"person {n}")
    whole = tombstones.file.read_bytes()
    assert len(read(tombstones.file)) == 3
    tombstones.file.write_bytes(whole[:-30])
    assert len(read(tombstones.file)) == 2
    assert tombstones.sync(engine) == 1
    assert len(read(tombstones.file)) == 3
    assert tombstones.sync(engine) == 0
    assert tombstones.file.stat().st_mode & 0o077 == 0
    tombstones.file.write_bytes(b"autre chose\n" + whole)
    with pytest.raises(StorageError, match="ligne 1"):
        read(tombstones.file)


def test_a_list_that_cannot_be_written_holds_no_erasure_up(engine, keys, tmp_path):
    """F6: on a full disk people are still erased; the list is completed later."""
    (tmp_path / "file").write_text("")
    tombstones = Tombstones(tmp_path / "file" / "effacements.txt")
    store = SqlStore(engine, keys, tombstones=tombstones)
    speak(store, 1)
    assert store.forget("telegram", "person 1")
    with engine.connect() as connection:
        assert len(connection.execute(select(erasures)).all()) == 1
    with pytest.raises(StorageError, match="ne peut pas être écrite"):
        tombstones.sync(engine)


def test_nothing_of_a_person_is_in_the_list(world):
    store, tombstones = world
    speak(store, 1)
    store.forget("telegram", "person 1")
    [line] = tombstones.file.read_text().splitlines()
    assert "c1" not in line
    assert len(line) == len("2022-03-01 ") + 64
