"""What a restore does again, and what it says of what it cannot know (P4, P9, F27)."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select
from talks import NOON, coded, conversation, turn
from test_backups import empty_url, lock_with

from bot.errors import StaffError, StorageError
from bot.model import Answer, Event, Spot, State
from bot.staff import Act, Role
from desk.signing.passwords import Passwords
from storage.backup.agreements import traced
from storage.backup.backups import make, name_of
from storage.backup.reviving import restore
from storage.backup.tombstones import NAME, Listed, Tombstones, look, read, together
from storage.conversations import SqlStore
from storage.database import address_of, open_database
from storage.desk.accounts import Accounts
from storage.desk.journal import Journal
from storage.faults import transaction
from storage.sealing.keys import Keys
from storage.sealing.masterkey import open_keys
from storage.tables import conversations, erasures

MASTER = sha256(b"master").digest()
QUOTE, KEEP = Spot("cite"), Spot("accord")
YES = Answer(State.ANSWERED, NOON, ("yes",), ("Oui",), version="1")
NO = replace(YES, values=("no",), labels=("Non",))
empty_url = empty_url


@pytest.fixture
def keys() -> Keys:
    return Keys(MASTER)


@pytest.fixture
def place(engine, keys, tmp_path):
    """A store whose list is in two places, and the lock of its backups."""
    open_keys(engine, setting=base64.b64encode(MASTER).decode())
    (tmp_path / "elsewhere").mkdir()
    tombstones = Tombstones(tmp_path / "data" / NAME, tmp_path / "elsewhere")
    store = SqlStore(engine, keys, remembered=0, tombstones=tombstones)
    return store, tombstones, lock_with("gpg", tmp_path / "lock")


def known_elsewhere(tombstones):
    """What the other place says, once it had its time."""
    assert tombstones.settled()
    return look(tombstones.elsewhere)


def agreeing(store, n, **changes):
    """Somebody who gave both agreements."""
    talk = conversation(f"c{n}", channel="telegram", answers={KEEP: YES, QUOTE: YES}, **changes)
    said(store, n, talk)
    return talk


def said(store, n, talk, *events, **more):
    with store.hold("telegram", f"person {n}") as held:
        at = f"m{datetime.now(UTC).timestamp()}"
        held.save(at, turn(talk, events=events, **more), push=False)


def put_back(url, file, lock, listed, tmp_path, now=NOON):
    folder = tmp_path / "again"
    folder.mkdir(exist_ok=True)
    return restore(address_of(url), file, lock, listed, [MASTER], now, folder / "parole.key")


def back(url, keys):
    """What came back, by id."""
    engine = open_database(url, create=False)
    found = {one.id: one for one in SqlStore(engine, keys, remembered=0).conversations()}
    engine.dispose()
    return found


# Agreements


def test_an_agreement_taken_back_since_a_backup_is_taken_back_again(
    place, engine, keys, tmp_path, empty_url
):  # fmt: skip
    """P4, F27: from the list alone; given again since, it stands; another person's too."""
    store, tombstones, lock = place
    talks = {n: agreeing(store, n) for n in range(6)}
    file = make(engine, tmp_path / "backups", lock, tombstones, NOON, 30)
    quiet = {KEEP: YES, QUOTE: NO}
    said(store, 0, replace(talks[0], answers=quiet))
    said(store, 1, replace(talks[1], answers=quiet))
    said(store, 1, talks[1])  # given again
    said(store, 2, replace(talks[2], answers=quiet))
    said(store, 2, talks[2])
    said(store, 2, replace(talks[2], answers=quiet))  # and taken back once more
    withdrawn = Event("consent_withdrawn")
    said(store, 3, replace(talks[3], pending="erase:withdrawn"), withdrawn)
    said(store, 4, replace(talks[4], pending="erase:withdrawn"), withdrawn)
    said(store, 4, talks[4])  # « non, gardez »
    done = put_back(empty_url, file, lock, known_elsewhere(tombstones), tmp_path)
    assert done.amended.taken_back == 3
    assert not done.behind
    found = back(empty_url, keys)
    quoted = {id: one.answers[QUOTE].values for id, one in found.items()}
    assert quoted == {
        "c0": ("no",), "c1": ("yes",), "c2": ("no",), "c3": ("yes",), "c4": ("yes",),
        "c5": ("yes",),
    }  # fmt: skip
    assert {id for id, one in found.items() if one.pending} == {"c3"}
    assert found["c3"].pending == "erase:withdrawn"
    assert found["c5"] == talks[5]
    again = open_database(empty_url, create=False)
    with again.connect() as connection:  # what was done again is no activity of theirs
        days = set(connection.scalars(select(conversations.c.active_on)))
    again.dispose()
    with engine.connect() as connection:
        assert days <= set(connection.scalars(select(conversations.c.active_on)))


def test_what_is_no_agreement_leaves_no_trace(place, engine, keys):
    """P7: an answer changed, a question of ours, a first yes: nothing is noted."""
    store, tombstones, _ = place
    talk = agreeing(store, 1)
    said(store, 1, replace(talk, answers=talk.answers | {Spot("profile"): coded("yes")}))
    said(store, 1, replace(talk, answers=talk.answers | {Spot("profile"): coded("no")}))
    said(store, 1, replace(talk, pending="restart"))
    fresh = conversation("c2", channel="telegram", pending="barred")
    said(store, 2, fresh)  # too young: there is nothing to take back
    with engine.connect() as connection:
        assert connection.execute(select(erasures)).all() == []
    assert not tombstones.file.exists()
    with transaction(engine) as connection:
        left = traced(connection, keys, talk, replace(talk, answers={}), NOON.date())
    assert len(left) == 2
    assert all(len(one) == 64 for one in left)


# The team


def test_no_account_of_the_day_of_a_backup_opens(place, engine, keys, tmp_path, empty_url):
    """F27: closed since, it stays closed; the others wait for a new password."""
    _, tombstones, lock = place
    accounts, passwords = Accounts(engine, keys), Passwords()
    secret = "une phrase que claire connaît"
    for login in ("claire", "partie", "avant"):
        accounts.add(login, [Role.READING], passwords.hashed(secret), NOON.date())
    accounts.set_secret("claire", "SECRET")
    accounts.close("avant")
    file = make(engine, tmp_path / "backups", lock, tombstones, NOON, 30)
    accounts.close("partie")
    tombstones.sync(engine)
    done = put_back(empty_url, file, lock, known_elsewhere(tombstones), tmp_path)
    assert done.amended.accounts == 1
    again = open_database(empty_url, create=False)
    revived = Accounts(again, keys)
    assert {one.login: one.active for one in revived.all()} == {
        "avant": False, "claire": True, "partie": False,
    }  # fmt: skip
    claire = revived.find("claire")
    assert not passwords.right(secret, claire.password)
    assert not passwords.right("", claire.password)
    assert not claire.second_factor
    with pytest.raises(StaffError, match="Aucun compte ouvert"):
        revived.change_password("partie", passwords.hashed(secret))
    revived.change_password("claire", passwords.hashed(secret))
    assert passwords.right(secret, revived.find("claire").password)
    again.dispose()


# The list: in two places, and how far it goes


def test_each_line_is_elsewhere_at_once(place):
    store, tombstones, _ = place
    agreeing(store, 1)
    store.forget("telegram", "person 1")
    assert tombstones.settled()
    assert read(tombstones.elsewhere) == read(tombstones.file) != {}
    assert tombstones.written
    assert tombstones.elsewhere.stat().st_mode & 0o077 == 0


def test_a_place_that_was_away_is_completed(place, engine, tmp_path):
    """F6: nobody waits for it; it is said, and made good."""
    store, tombstones, _ = place
    (tmp_path / "elsewhere").rename(tmp_path / "away")
    agreeing(store, 1)
    assert store.forget("telegram", "person 1")
    assert len(read(tombstones.file)) == 1
    assert not tombstones.settled()
    assert not tombstones.written
    assert tombstones.sync(engine) == 0
    assert not tombstones.settled()
    assert not (tmp_path / "elsewhere").exists()  # never made: a disk that is away is seen
    (tmp_path / "away").rename(tmp_path / "elsewhere")
    assert tombstones.sync(engine) == 0
    assert tombstones.settled()
    assert tombstones.written
    assert read(tombstones.elsewhere) == read(tombstones.file)
    tombstones.file.unlink()
    with engine.begin() as connection:
        connection.execute(erasures.delete())  # only the other place still knows
    tombstones.sync(engine)
    assert tombstones.settled()
    assert len(read(tombstones.file)) == 1


def test_a_backup_never_shortens_the_list_beside_it(place, engine, tmp_path):
    """A new machine that begins with an empty list does not lose what older backups need."""
    _, tombstones, lock = place
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / NAME).write_text(f"2022-02-01 {'a' * 64}\n")
    make(engine, folder, lock, tombstones, NOON, 30)
    assert "a" * 64 in read(folder / NAME)


def test_only_the_folder_of_backups_is_left(place, engine, keys, tmp_path, empty_url):
    """P9: who was erased since the last backup comes back, and it is known; it was not."""
    store, tombstones, lock = place
    for n in range(3):
        agreeing(store, n)
    folder = tmp_path / "backups"
    file = make(engine, folder, lock, tombstones, NOON, 30)
    store.forget("telegram", "person 1")
    done = put_back(empty_url, file, lock, look(folder / NAME), tmp_path)
    assert done.behind
    assert set(back(empty_url, keys)) == {"c0", "c1", "c2"}
    engine = open_database(empty_url, create=False)
    line = next(one for one in Journal(engine).lines() if one.what == Act.RESTORED)
    engine.dispose()
    assert (line.about["list_behind"], line.about["list_until"]) == (1, "2022-03-01")


@pytest.mark.parametrize("which", ["elsewhere", "beside the next backup"])
def test_a_list_that_lived_on_is_not_behind(which, place, engine, tmp_path, empty_url):
    """The same day, without anybody erased: it still knows that it is newer than the backup."""
    _, tombstones, lock = place
    folder = tmp_path / "backups"
    file = make(engine, folder, lock, tombstones, NOON, 30)
    if which == "elsewhere":
        listed = known_elsewhere(tombstones)
    else:
        make(engine, folder, lock, tombstones, NOON + timedelta(hours=1), 30)
        listed = look(folder / NAME)
    done = put_back(empty_url, file, lock, listed, tmp_path)
    assert not done.behind


def test_no_list_at_all_is_written_down(place, engine, tmp_path, empty_url):
    """29: the journal says that it was done without, for ever."""
    _, tombstones, lock = place
    file = make(engine, tmp_path / "backups", lock, tombstones, NOON, 30)
    put_back(empty_url, file, lock, together([]), tmp_path)
    engine = open_database(empty_url, create=False)
    line = next(one for one in Journal(engine).lines() if one.what == Act.RESTORED)
    engine.dispose()
    assert (line.about["without_list"], line.about["list_behind"]) == (1, 1)
    assert line.about["list_until"] == ""


def test_how_far_a_list_goes(tmp_path: Path) -> None:
    file = tmp_path / NAME
    made = NOON.date()
    name = name_of(Path("parole-20220301T123015Z.db.age"))
    assert name == "20220301T123015Z"
    for written, knows in (
        ("", False),
        (f"2022-02-01 {'a' * 64}\n", False),
        ("2022-03-01 complet\n", False),
        ("2022-03-02 complet\n", True),
        (f"2022-03-01 sauvegarde {name}\n", True),
        ("2022-03-01 sauvegarde 20220228T123015Z\n", False),
        ("2022-03-01 compl2022-03-02 complet\n", True),  # cut short by a crash, then gone on
        ("2022-03-01 complet\n2022-03-02 compl", False),
    ):
        file.write_text(written)
        assert look(file).knows_after(name, made) is knows, written
    file.write_text("2022-03-01 autre chose\n2022-03-01 complet\n")
    with pytest.raises(StorageError, match="ligne 1"):
        look(file)
    assert together([]) == Listed({}, None, frozenset())
