"""The master key once it is changed: the bytes of the old one go, its age is known (P1)."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from talks import NOON

from storage.database import open_database
from storage.faults import transaction
from storage.sealing.key_files import (
    NEW,
    OLD,
    beside,
    destroyed,
    new_master,
    put_in_place,
    read_key,
    write_key,
)
from storage.sealing.keys import Keys
from storage.sealing.masterkey import forget_new, open_keys, since
from storage.sealing.rotation import rotate
from storage.tables import meta
from tests.serving import parole, serving


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A key, and the new one beside it."""
    file = tmp_path / "parole.key"
    write_key(file, new_master())
    write_key(beside(file, NEW), new_master())
    return file


@contextmanager
def held(file: Path):
    """The bytes of this very file, whatever becomes of its names."""
    opened = os.open(file, os.O_RDONLY)
    try:
        yield lambda: os.pread(opened, 100, 0)
    finally:
        os.close(opened)


def no_links(*_: object) -> None:
    raise PermissionError(1, "no links on this disk")


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_the_very_bytes_of_the_key_that_served_are_overwritten(file, links, monkeypatch):
    """P1: not a copy of it. What is freed without that stays on the disk."""
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    served, new = read_key(file), read_key(beside(file, NEW))
    with held(file) as bytes_of_it:
        put_in_place(file)
        assert read_key(file) == new
        assert read_key(beside(file, OLD)) == served  # old backups still open
        assert not beside(file, NEW).exists()
        if not links:
            assert set(bytes_of_it()) == {0}
        with held(beside(file, OLD)) as of_the_old:
            destroyed(beside(file, OLD))
            assert set(of_the_old()) == {0}
        assert set(bytes_of_it()) == {0}
    assert read_key(file) == new
    assert not beside(file, OLD).exists()


def test_a_change_cut_short_between_the_two_names_goes_on(file):
    """F3: killed once the key had its second name, before the first became the new key's."""
    served, new = read_key(file), read_key(beside(file, NEW))
    os.link(file, beside(file, OLD))
    put_in_place(file)
    assert (read_key(file), read_key(beside(file, OLD))) == (new, served)


def test_the_key_that_serves_is_never_destroyed(tmp_path):
    """A change that changed nothing left its second name: `destroy` refuses."""
    data = tmp_path / "data"
    url = f"sqlite:///{data / 'parole.db'}"
    engine = open_database(url, create=True)
    open_keys(engine, file=data / "parole.key")
    engine.dispose()
    before = read_key(data / "parole.key")
    os.link(data / "parole.key", data / "parole.key.old")
    told = parole("key", "destroy", "--yes", "--data", data)
    assert (told.returncode, "clé de maintenant" in told.stderr) == (2, True)
    assert read_key(data / "parole.key") == before
    assert parole("key", "rotate", "--data", data).returncode == 0
    assert read_key(data / "parole.key.old") == before
    assert parole("key", "destroy", "--yes", "--data", data).returncode == 0


def test_the_age_of_a_key_begins_again_when_it_is_changed(engine, file):
    keys = open_keys(engine, file=file)
    with transaction(engine) as connection:
        first = since(connection)
    assert first is not None
    later = NOON + timedelta(days=20_000)
    rotate(engine, keys, Keys(read_key(beside(file, NEW)), keys.hashes), later)
    put_in_place(file)
    open_keys(engine, file=file)
    with transaction(engine) as connection:
        assert since(connection) == later.date()


def aged(data: Path, days: int) -> None:
    engine = open_database(f"sqlite:///{data / 'parole.db'}", create=False)
    with engine.begin() as connection:
        day = (since(connection) - timedelta(days=days)).isoformat()
        connection.execute(meta.update().where(meta.c.key == "key_since").values(value=day))
    engine.dispose()


def test_status_says_when_to_change_the_key(tmp_path):
    """P1: each key lives 15 days, then 15 more beside the next one: 30 at most."""
    data = tmp_path / "data"
    assert parole("staff", "list", "--data", data).returncode == 0
    fresh = parole("key", "status", "--data", data)
    assert (fresh.returncode, "À changer dans 15 jours" in fresh.stderr) == (0, True)
    aged(data, 15)
    due = parole("key", "status", "--data", data)
    assert "15  jours" in due.stdout
    assert "À changer maintenant" in due.stderr
    assert "lisible" not in due.stderr
    assert parole("key", "rotate", "--data", data).returncode == 0
    assert "oui  l'ancienne clé" in parole("key", "status", "--data", data).stdout
    aged(data, 16)
    late = parole("key", "status", "--data", data)
    assert "parole key destroy, puis parole key rotate" in late.stderr
    assert "lisible" in late.stderr


def test_a_new_key_that_is_in_the_setting_stays_in_no_file(file):
    """The file of a change goes when the server starts with what it held, and not before."""
    other = new_master()
    new, written = beside(file, NEW), beside(file, NEW).read_text("ascii").strip()
    assert forget_new(None, file) is None
    assert forget_new(other, file) is None
    assert new.exists()
    with held(new) as bytes_of_it:
        assert forget_new(written, file) == new
        assert set(bytes_of_it()) == {0}
    assert not new.exists()


def test_a_change_with_the_key_in_the_setting_ends_at_the_start(tmp_path):
    """As docs/backup.md says for containers: rotate, copy, start."""
    data, first = tmp_path / "data", new_master()
    assert parole("staff", "list", data_dir=data, master_key=first).returncode == 0
    assert parole("key", "rotate", data_dir=data, master_key=first).returncode == 0
    new = data / "parole.key.new"
    second = new.read_text("ascii").strip()
    early = parole("serve", "--port", "0", data_dir=data, master_key=first)
    assert (early.returncode, str(new) in early.stderr) == (2, True)
    assert parole("staff", "list", data_dir=data, master_key=second).returncode == 0
    assert new.exists()  # a command tells nothing of where the setting is written
    with serving(data, master_key=second) as served:
        assert f"{new} est effacé" in served.said
    assert not new.exists()
