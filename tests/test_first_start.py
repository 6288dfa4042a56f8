"""Several servers started at once on an empty folder agree on one key, and it is whole."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import DatabaseUnfit
from storage.database import migrate
from storage.sealing.key_files import decoded, new_master, read_key, write_key
from storage.sealing.keys import check_of
from storage.sealing.masterkey import master_key

SERVER = """
import sys
from pathlib import Path
from storage.database import open_database
from storage.sealing.masterkey import open_keys
print("ready", flush=True)
sys.stdin.readline()
engine = open_database(sys.argv[1], create=True, patience=20)
print(open_keys(engine, file=Path(sys.argv[2])).check, flush=True)
"""


def test_servers_started_together_have_one_key(blank_url: str, tmp_path: Path) -> None:
    """Real processes, both databases: each ends with the key that the database was closed with."""
    if blank_url.startswith("postgres"):
        migrate(blank_url)
    file = tmp_path / "shared" / "parole.key"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", SERVER, blank_url, str(file)], env=os.environ, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(4)
    ]  # fmt: skip
    for one in started:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("now\n")
        one.stdin.flush()
    told = [one.communicate(timeout=60) for one in started]
    assert [one.returncode for one in started] == [0] * 4, told
    assert {out.strip() for out, _ in told} == {check_of(read_key(file))}
    assert [path.name for path in file.parent.iterdir()] == ["parole.key"], "nothing is left beside"


def race(folder: Path, times: int = 40, servers: int = 4) -> set[int]:
    """How many different keys were had in each race."""
    found = set()
    with ThreadPoolExecutor(servers) as pool:
        for n in range(times):
            file, gate = folder / f"{n}" / "parole.key", threading.Barrier(servers)

            def starts(file: Path = file, gate: threading.Barrier = gate) -> bytes:
                gate.wait()
                return master_key(None, file, used=False)

            found.add(len({one.result() for one in [pool.submit(starts) for _ in range(servers)]}))
    return found


def test_forty_races_of_threads(tmp_path: Path) -> None:
    assert race(tmp_path) == {1}


def test_on_a_disk_without_hard_links_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is then written in place: who comes meanwhile waits for its end."""

    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuses)
    assert race(tmp_path, times=20) == {1}
    assert not list(tmp_path.glob("*/.*"))


def test_a_key_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    file, key = tmp_path / "parole.key", new_master()
    file.touch(0o600)

    def later() -> None:
        time.sleep(0.2)
        file.write_text(key + "\n")

    writing = threading.Thread(target=later)
    writing.start()
    assert master_key(None, file, used=True) == decoded(key, "")
    writing.join()


def test_a_key_cut_short_is_refused_and_stays(tmp_path: Path) -> None:
    """What a crash left is for a person to look at: it is not replaced."""
    file = tmp_path / "parole.key"
    file.touch(0o600)
    with pytest.raises(DatabaseUnfit, match="32 octets"):
        master_key(None, file, used=False)
    with pytest.raises(DatabaseUnfit, match="déjà là"):
        write_key(file, new_master())
    assert file.read_bytes() == b""


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnfit, match="ne peut pas être écrite"):
        write_key(tmp_path / "file" / "parole.key", new_master())
