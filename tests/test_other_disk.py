"""The list of erasures on another disk: away, refusing or hanging, it holds nobody up (F6, P9)."""

from __future__ import annotations

import base64
import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from talks import NOON
from test_backups import lock_with, speak

from bot.errors import StorageError
from bot.staff import Act
from storage.backup.backups import make, name_of
from storage.backup.other_disk import OtherDisk
from storage.backup.tombstones import NAME, Tombstones, look, look_if_there, read
from storage.conversations import SqlStore
from storage.desk.journal import Journal
from storage.sealing.keys import Keys
from storage.sealing.masterkey import open_keys
from storage.tables import erasures
from tests.serving import parole, serving
from tests.test_start import opened, tells

MASTER = sha256(b"master").digest()
GPG = "dW4gc2VjcmV0IGQnZXNzYWksIGphbWFpcyBwdWJsacOp\n"


@pytest.fixture
def hanging(tmp_path: Path) -> Iterator[Path]:
    """A share that hangs, as NFS does: whoever opens the list waits, here for the other end."""
    folder = tmp_path / "share"
    folder.mkdir()
    os.mkfifo(folder / NAME)
    yield folder
    comes_back(folder)  # no thread of a test waits for ever


def comes_back(folder: Path) -> None:
    """The share answers again: who waited for the list fails, an empty folder is there."""
    file = folder / NAME
    if file.is_fifo():
        other_end = os.open(file, os.O_RDWR | os.O_NONBLOCK)
        file.unlink()
        os.close(other_end)


def store_with(engine: Engine, tombstones: Tombstones) -> SqlStore:
    keys = Keys(MASTER)
    open_keys(engine, setting=base64.b64encode(MASTER).decode())
    return SqlStore(engine, keys, remembered=0, tombstones=tombstones)


# Erasing


def test_nobody_waits_for_a_share_that_hangs(engine, tmp_path, hanging):
    """F6: erased, in our list, while the other one hangs; it is said, then made good."""
    said: list[str] = []
    tombstones = Tombstones(tmp_path / NAME, hanging, said.append, patience=0.2)
    store = store_with(engine, tombstones)
    for n in range(3):
        speak(store, n)
        assert store.forget("telegram", f"person {n}")
        assert len(read(tombstones.file)) == n + 1  # before the person is told
    assert tombstones.sync(engine) == 0
    with engine.connect() as connection:
        assert len(connection.execute(select(erasures)).all()) == 3
    assert not tombstones.settled()
    assert not tombstones.written
    tombstones.close()
    tombstones.close()
    assert said[0] == f"La liste {hanging / NAME} attend : son disque ne répond pas."
    assert len(said) == 2
    comes_back(hanging)
    again = Tombstones(tmp_path / NAME, hanging)
    again.sync(engine)
    assert again.settled()
    assert read(hanging / NAME) == read(tombstones.file)


def test_the_same_server_makes_it_good_within_the_hour(engine, tmp_path, hanging):
    tombstones = Tombstones(tmp_path / NAME, hanging, patience=0.2)
    store = store_with(engine, tombstones)
    speak(store, 1)
    store.forget("telegram", "person 1")
    assert not tombstones.settled()
    comes_back(hanging)
    wait = threading.Event()
    for _ in range(200):  # what hung is over; the next hour completes
        tombstones.sync(engine)
        if tombstones.settled():
            break
        wait.wait(0.05)
    assert tombstones.written
    assert len(read(hanging / NAME)) == 1


def test_many_erasures_take_no_room_while_it_hangs():
    """What could not wait is counted as missing, and the next hour adds it."""
    disk = OtherDisk(most=2)
    go_on, done = threading.Event(), list[int]()
    assert disk.ask(lambda: (go_on.wait(), done.append(1), None)[-1])
    assert disk.ask(lambda: done.append(2))
    assert not disk.ask(lambda: done.append(3))
    go_on.set()
    assert disk.settled()
    assert done == [1, 2]


# A disk that refuses


@pytest.fixture
def refusing(tmp_path: Path) -> Path:
    """A place where even asking whether the list is there is an error, as EACCES and ESTALE are."""
    return tmp_path / ("x" * 300)


def test_a_disk_that_refuses_is_an_error_of_storage(refusing):
    """It was an OSError, which ended the hourly task for ever."""
    with pytest.raises(StorageError, match=r"ne peut pas être (lue|écrite)"):
        look_if_there(refusing / NAME)


def test_a_disk_that_refuses_holds_up_nothing_of_ours(engine, tmp_path, refusing):
    tombstones = Tombstones(tmp_path / NAME, refusing)
    store = store_with(engine, tombstones)
    speak(store, 1)
    assert store.forget("telegram", "person 1")
    tombstones.file.unlink()
    assert tombstones.sync(engine) == 1
    assert not tombstones.settled()
    assert not tombstones.written


# A backup meanwhile


@pytest.mark.parametrize("how", ["away", "hanging"])
def test_a_backup_goes_on_without_the_other_disk(how, engine, tmp_path, hanging):
    """P9: the list beside it is fresh, the journal tells, the old ones leave."""
    elsewhere = hanging if how == "hanging" else tmp_path / "away"
    tombstones = Tombstones(tmp_path / "data" / NAME, elsewhere, patience=0.2)
    store = store_with(engine, tombstones)
    speak(store, 1)
    store.forget("telegram", "person 1")
    folder, lock = tmp_path / "backups", lock_with("gpg", tmp_path / "lock")
    first = make(engine, folder, lock, tombstones, NOON, 30)
    assert read(folder / NAME) == read(tombstones.file) != {}
    second = make(engine, folder, lock, tombstones, NOON + timedelta(days=31), 30)
    assert not first.exists()
    assert look(tombstones.file).backups == {name_of(first), name_of(second)}
    lines = [one for one in Journal(engine).lines() if one.what == Act.BACKED_UP]
    assert [one.about.get("list_behind") for one in lines] == [1, 1]


def test_a_backup_takes_what_only_the_other_place_knew(engine, tmp_path):
    """P9: a machine that began afresh; the journal has nothing to say."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / NAME).write_text(f"2022-02-01 {'a' * 64}\n")
    tombstones = Tombstones(tmp_path / "data" / NAME, tmp_path / "elsewhere")
    store_with(engine, tombstones)
    folder, lock = tmp_path / "backups", lock_with("gpg", tmp_path / "lock")
    make(engine, folder, lock, tombstones, NOON, 30)
    assert "a" * 64 in read(folder / NAME)
    [line] = [one for one in Journal(engine).lines() if one.what == Act.BACKED_UP]
    assert "list_behind" not in line.about


def test_the_command_says_it_and_is_not_a_failure(tmp_path):
    """P9: a night without the other disk is a backup, and a warning."""
    secret, data = tmp_path / "secret", tmp_path / "data"
    secret.write_text(GPG)
    secret.chmod(0o600)
    parole("talk", "--guide", "assises", typed="[Oui, gardez-les]\n", data_dir=data)
    made = parole(
        "backup", "--to", tmp_path / "kept", "--key", secret, data_dir=data,
        erasures_dir=tmp_path / "away",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert f"La liste {tmp_path / 'away' / NAME} ne peut pas être écrite." in made.stderr
    assert (tmp_path / "kept" / NAME).exists()
    assert not (tmp_path / "away").exists()


# The whole service


def test_the_service_serves_erases_and_stops(tmp_path, hanging):
    """F6: started, asked, erased, then stopped by systemd, while the share hangs all along."""
    with serving(tmp_path / "d", erasures_dir=hanging) as served:
        token = opened(served.url)
        assert tells(served.url, token, "m1", text="tout effacer").status_code == 200
        gone = tells(served.url, token, "m2", choice="?erase:yes")
        assert gone.status_code == 200, gone.text
        assert len(read(tmp_path / "d" / NAME)) == 1
        assert served.answers("/readyz").json()["status"] == "ready"
        assert served.stop(signal.SIGTERM) == 0
    assert "attend : son disque ne répond pas" in served.said
