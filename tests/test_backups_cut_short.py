"""A backup while people write, and backups that are stopped: nothing open stays (P9, F3, F27)."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StorageError
from storage.backup import backups
from storage.backup.leftovers import aside, swept
from storage.database import open_database
from storage.sealing.masterkey import open_keys
from tests.serving import PAROLE, ROOT, environment, parole

BIG, MANY = 3_000, 40  # rows of 1 kB, and commits: more pages than a step would copy
FILL = (
    "CREATE TABLE ballast (n INTEGER PRIMARY KEY, x BLOB);"
    "WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < {})"
    "INSERT INTO ballast SELECT n, randomblob(1000) FROM one;"
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A database that a pipe does not hold."""
    folder = tmp_path / "data"
    url = f"sqlite:///{folder / 'parole.db'}"
    engine = open_database(url, create=True)
    open_keys(engine, file=folder / "parole.key")
    engine.dispose()
    with closing(sqlite3.connect(folder / "parole.db")) as connection:
        connection.executescript(FILL.format(BIG))
    return folder


class Interrupted(sqlite3.Connection):
    """Somebody writes each time the copy lets others in."""

    steps = 0

    def backup(self, target, *, pages=-1, **more):
        def write(*_: int) -> None:
            type(self).steps += 1
            if self.steps > MANY:
                raise TimeoutError("the copy begins again each time")
            [file] = [row[2] for row in self.execute("PRAGMA database_list")]
            with closing(sqlite3.connect(file)) as other:
                other.execute("INSERT INTO ballast (x) VALUES (randomblob(1000))")
                other.commit()

        super().backup(target, pages=pages, progress=write, **more)


def test_people_who_write_never_make_a_copy_begin_again(data, tmp_path, monkeypatch):
    """P9: SQLite starts a copy again when somebody writes between two steps: there is one step."""
    real = sqlite3.connect

    def connect(file, **more):
        return real(file, factory=Interrupted, **more) if "ro" in str(file) else real(file, **more)

    monkeypatch.setattr(backups.sqlite3, "connect", connect)
    monkeypatch.setattr(Interrupted, "steps", 0)
    engine = open_database(f"sqlite:///{data / 'parole.db'}", create=False)
    with (tmp_path / "copy").open("wb") as out:
        backups.copy_out(engine, out)
    engine.dispose()
    assert Interrupted.steps == 1
    with closing(real(tmp_path / "copy")) as copied:
        assert copied.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copied.execute("SELECT count(*) FROM ballast").fetchone() == (BIG,)


def test_a_backup_ends_under_a_writer_that_never_stops(data, tmp_path):
    """P9: commits as fast as they go; the copy is of one moment, and whole."""
    over, written = threading.Event(), []

    def write() -> None:
        with closing(sqlite3.connect(data / "parole.db", timeout=20)) as mine:
            while not over.is_set():
                mine.execute("INSERT INTO ballast (x) VALUES ('two'), ('two')")
                mine.commit()
                written.append(2)

    writer = threading.Thread(target=write, daemon=True)
    engine = open_database(f"sqlite:///{data / 'parole.db'}", create=False)  # it asks to write
    writer.start()
    try:
        while not written:
            time.sleep(0.01)
        with (tmp_path / "copy").open("wb") as out:
            backups.copy_out(engine, out)
    finally:
        over.set()
        writer.join(20)
        engine.dispose()
    with closing(sqlite3.connect(tmp_path / "copy")) as copied:
        assert copied.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        [count] = copied.execute("SELECT count(*) FROM ballast").fetchone()
    assert count > BIG
    assert count % 2 == BIG % 2


def open_copies(*folders: Path) -> list[str]:
    """Whatever is left that is no closed file: copies, partial files, folders of a restore."""
    found = [one for folder in folders for one in folder.rglob("*") if one.is_file()]
    return sorted(
        one.name
        for one in found
        if "sauvegarde-" in str(one) or "remise-" in str(one) or one.suffix == ".partial"
    )


def blocked(tmp_path: Path, data: Path, kept: Path) -> subprocess.Popen[bytes]:
    """A real `parole backup`, stopped in its middle: a `gpg` that never reads."""
    tools, secret = tmp_path / "tools", tmp_path / "secret"
    tools.mkdir()
    (tools / "gpg").write_text("#!/bin/sh\nexec sleep 300\n")
    (tools / "gpg").chmod(0o755)
    secret.write_text("dW4gc2VjcmV0IGQnZXNzYWksIGphbWFpcyBwdWJsacOp\n")
    secret.chmod(0o600)
    mine = environment({})
    process = subprocess.Popen(
        [*PAROLE, "backup", "--to", str(kept), "--key", str(secret), "--data", str(data)],
        cwd=ROOT, env=mine | {"PATH": f"{tools}:{mine['PATH']}"}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    whole = (data / "parole.db").stat().st_size
    until = time.monotonic() + 60
    while not any(one.stat().st_size >= whole for one in data.glob("sauvegarde-*/copie.db")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)
    return process


def test_a_backup_told_to_stop_clears_what_it_wrote(data, tmp_path):
    """F3: SIGTERM, as a system that stops sends it."""
    kept = tmp_path / "kept"
    process = blocked(tmp_path, data, kept)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert b"Traceback" not in said
    assert open_copies(data, kept) == []
    assert not list(kept.glob("parole-*"))


def test_a_backup_that_is_killed_leaves_nothing_once_the_next_one_ran(data, tmp_path):
    """F3: SIGKILL leaves an open copy, never in the folder that is copied elsewhere."""
    kept = tmp_path / "kept"
    process = blocked(tmp_path, data, kept)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert "copie.db" in open_copies(data)
    assert "copie.db" not in open_copies(kept)
    (kept / "sauvegarde-ancienne").mkdir()  # of an earlier version, which copied there
    (kept / "sauvegarde-ancienne" / "copie.db").write_bytes(b"SQLite format 3\0")
    secret = tmp_path / "secret"
    again = parole("backup", "--to", kept, "--key", secret, "--data", data)
    assert again.returncode == 0, again.stderr
    assert open_copies(data, kept) == []
    assert len(list(kept.glob("parole-*.db.gpg"))) == 1


def test_what_is_in_use_is_never_swept(tmp_path):
    with aside(tmp_path, "remise-") as mine:
        (mine / "copie").write_bytes(b"x")
        (tmp_path / "sauvegarde-morte").mkdir()
        assert swept(tmp_path, tmp_path) == 1
        assert (mine / "copie").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_copy_that_would_fill_the_disk_is_refused(data, tmp_path, monkeypatch):
    """F6: those who write have the disk first."""
    engine = open_database(f"sqlite:///{data / 'parole.db'}", create=False)
    monkeypatch.setattr(backups, "SPARE", 1 << 60)
    with (tmp_path / "copy").open("wb") as out, pytest.raises(StorageError, match="pas assez"):
        backups.copy_out(engine, out)
    engine.dispose()
