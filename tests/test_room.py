"""R4, F6: on a full disk what is there can be erased; on a nearly full one nobody new begins."""

from __future__ import annotations

import asyncio
import shutil
from collections import namedtuple
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from test_reception import NOON, reception, says

from bench.faults.full_disk import Filler, small_disk
from bot import health
from bot.channels.web_problems import of_storage
from bot.errors import DatabaseFull, ErasedConversation, NoRoom, UnknownConversation
from storage.conversations import SqlStore
from storage.database import open_database
from storage.erasure.erasing import sweep
from storage.erasure.purging import purge
from storage.room import MEGABYTE, NO_ROOM_KEPT, Room, room_of
from storage.sealing.keys import Keys
from storage.threads import Threads

Disk = namedtuple("Disk", "total used free")
PEOPLE = ("one", "two", "three", "four", "five")
LONG = "Les nuits sont longues au foyer. " * 8
AGREED = ("bonjour", "J'habite ici", "oui", "59", "3", "30", "non", "arbres", "la nature")


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk() as folder:
        if folder is None:
            why = "a small disk (tmpfs) can be made by root only"
            print(f"skipped: {why}")
            pytest.skip(why)
        yield folder


class Full:
    """Five persons who said something, then not a byte left beside the reserve."""

    def __init__(self, disk: Path, keys: Keys, reserve: int) -> None:
        self.engine: Engine = open_database(f"sqlite:///{disk / 'parole.db'}", create=True)
        self.keys, self.filler = keys, Filler(disk)
        self.room = room_of(self.engine, reserve, 0)
        assert self.room.fill() is bool(reserve)
        self.store = SqlStore(self.engine, keys, clock=lambda: NOON, room=self.room)
        self.desk = reception(self.store)
        self.references = []
        for who in PEOPLE:
            for n, text in enumerate((*AGREED, LONG)):
                asyncio.run(self.desk.receive(says(text, f"m{n}", who)))
            self.references.append(self.store.thread("web", who)[0].reference)
        assert sweep(self.engine)  # else the journal has room of its own
        self.filler.fill()

    def says(self, who: str, text: str, id: str) -> object:
        return asyncio.run(self.desk.receive(says(text, id, who)))


def test_without_a_reserve_even_erasing_waits_for_room(disk: Path, keys: Keys) -> None:
    """F6: what the reserve is for."""
    full = Full(disk, keys, 0)
    with pytest.raises(DatabaseFull):
        full.says("one", LONG, "more")
    with pytest.raises(DatabaseFull):
        full.store.forget("web", "one")
    with pytest.raises(DatabaseFull):
        purge(full.engine, keys, NOON.date(), NOON, room=full.room)
    full.filler.free()
    assert full.store.forget("web", "one")
    full.engine.dispose()


def test_on_a_full_disk_everybody_can_leave(disk: Path, keys: Keys) -> None:
    """R4: by a message, by the page's button, by a written request, by the purge."""
    full = Full(disk, keys, 4)
    with pytest.raises(DatabaseFull):
        full.says("one", LONG, "more")
    assert full.room.file is not None
    assert full.room.file.exists(), "an ordinary message does not take the reserve"
    assert full.store.forget("web", "two")
    full.filler.fill()
    assert full.store.erase(full.references[2])
    full.filler.fill()
    gone = purge(full.engine, keys, NOON.date() - timedelta(days=1), NOON, room=full.room)
    assert gone == 0
    for who in ("two", "three"):
        with pytest.raises((ErasedConversation, UnknownConversation)):
            full.store.thread("web", who)
    for who in ("one", "four", "five"):
        talk, _ = full.store.thread("web", who)
        assert any(LONG.strip() in answer.text for answer in talk.answers.values())
    full.filler.free()
    assert full.room.fill()
    full.says("one", "effacer", "ask")
    assert sweep(full.engine)
    full.filler.fill()
    erased = full.says("one", "oui", "yes")
    assert getattr(erased, "erased", False)
    full.filler.fill()
    assert purge(full.engine, keys, NOON.date() + timedelta(days=9000), NOON, room=full.room) == 2
    assert full.engine.connect().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    full.filler.free()
    assert full.room.fill(), "made again once there is room"
    full.engine.dispose()


def test_the_reserve_is_made_when_it_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(tmp_path / "parole.db", reserve=2)
    assert room.file == tmp_path / "parole.db-reserve"
    assert not room.release()
    assert room.fill()
    assert room.fill()
    status = room.file.stat()
    assert (status.st_size, status.st_blocks * 512 >= 2 * MEGABYTE) == (2 * MEGABYTE, True)
    assert status.st_mode & 0o077 == 0
    assert Room(tmp_path / "parole.db", reserve=3).fill(), "another size: made again"
    assert room.file.stat().st_size == 3 * MEGABYTE
    assert room.release()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(10**9, 0, MEGABYTE + 7))
    assert not room.fill(), "as much as fits"
    assert room.file.stat().st_size == MEGABYTE
    monkeypatch.undo()

    def no(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("os.posix_fallocate", "os.write"):
        monkeypatch.setattr(name, no)
    assert not room.fill()
    assert room.file.stat().st_size == MEGABYTE, "what was there stays, nothing is half made"
    monkeypatch.undo()
    assert room.fill()
    assert Room(tmp_path / "parole.db", reserve=1).fill(), "a smaller one"
    assert room.file.stat().st_size == MEGABYTE


def test_a_disk_that_cannot_allocate_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.posix_fallocate", no)
    assert Room(tmp_path / "parole.db", reserve=2).fill()
    assert (tmp_path / "parole.db-reserve").stat().st_size == 2 * MEGABYTE


def test_zero_and_postgresql_keep_nothing(tmp_path: Path, engine: Engine) -> None:
    for room in (NO_ROOM_KEPT, Room(tmp_path / "parole.db"), Room(None, 64, 512)):
        assert (room.file, room.short(), room.fill(), room.release()) == (None, False, False, False)
    kept = room_of(engine, 64, 512)
    assert (kept.file is None) == (engine.dialect.name == "postgresql")


@pytest.mark.parametrize(
    ("total", "free", "short"),
    [
        (10_000, 499, True), (10_000, 500, False),  # 5 %
        (1_000_000, 511, True), (1_000_000, 512, False),  # a large disk: so many MB
    ],
)  # fmt: skip
def test_short_below_five_percent_or_so_many_megabytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total: int, free: int, short: bool
) -> None:
    usage = Disk(total * MEGABYTE, 0, free * MEGABYTE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert Room(tmp_path / "parole.db", least=512).short() is short
    assert not Room(tmp_path / "parole.db").short()


def test_nobody_new_begins_and_who_is_there_goes_on(store: SqlStore) -> None:
    """F6: a conversation that began is finished, or erased; a new one is refused."""
    desk = reception(store)
    for n, text in enumerate(AGREED):
        asyncio.run(desk.receive(says(text, f"m{n}")))
    desk.short = lambda: True
    with pytest.raises(NoRoom):
        asyncio.run(desk.receive(says("bonjour", "m1", "a stranger")))
    with pytest.raises(UnknownConversation):
        store.thread("web", "a stranger")
    for n, text in enumerate(("Une idée", "j'ai fini", "effacer", "oui")):
        given = asyncio.run(desk.receive(says(text, f"more{n}")))
    assert given.erased


def test_it_is_said_in_french_with_when_to_come_back() -> None:
    told = of_storage(NoRoom("…"), "")
    assert (told.status, told.headers["Retry-After"]) == (503, "600")
    assert "vous pouvez continuer" in told.detail
    full = of_storage(DatabaseFull("…"), "")
    assert (full.status, full.headers["Retry-After"]) == (503, "5")


def test_readyz_says_so() -> None:
    """R10: not ready for somebody new; red, though the database answers."""
    short, app, threads = [True], FastAPI(), Threads(1)
    app.include_router(health.routes(threads, lambda: 0.0, lambda: "rules", lambda: short[0]))

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://parole") as client:
            return await client.get("/readyz")

    red = asyncio.run(asked())
    assert (red.status_code, red.json()["status"], red.json()["database"]) == (503, "no_room", "ok")
    short[0] = False
    assert asyncio.run(asked()).status_code == 200
    threads.close()
