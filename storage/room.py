"""Room on the disk of an SQLite database: a reserve for erasing, a mark for who is not there yet.

Erasing writes before it frees, so that a full disk would hold it up. A file of zeros is kept beside
the database: it is removed when an erasure finds no room, and made again at once, as far
as it fits.
PostgreSQL keeps its files elsewhere: nothing of this is for it (docs/operate.md).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TypeVar

from sqlalchemy import Engine

from bot.errors import DatabaseFull

MEGABYTE = 1024 * 1024
PAGE = 64 * 1024
SHARE = 0.05  # of the disk: below it, nobody new begins
SUFFIX = "-reserve"

T = TypeVar("T")


class Room:
    """Safe to share between threads."""

    def __init__(self, database: Path | None, reserve: int = 0, least: int = 0) -> None:
        """`database`: its file; None for PostgreSQL. In megabytes: the `reserve`, and the `least`
        that has to be free for somebody new, at most. 0 turns either off."""
        self._folder = database.parent if database else None
        self._size, self._least = reserve * MEGABYTE, least * MEGABYTE
        self._lock = Lock()
        self.file = database.with_name(database.name + SUFFIX) if database and reserve else None

    def short(self) -> bool:
        """Whether there is too little for a new conversation; those that began may go on."""
        if self._folder is None or not self._least:
            return False
        try:
            disk = shutil.disk_usage(self._folder)
        except OSError:
            return False
        return disk.free < min(disk.total * SHARE, self._least)

    def release(self) -> bool:
        """Give the reserve up. False when there was none."""
        with self._lock:
            try:
                if self.file is not None:
                    self.file.unlink()
                    return True
            except OSError:
                pass
            return False

    def fill(self) -> bool:
        """Make the reserve, or as much of it as fits; whether it is whole."""
        if self.file is None:
            return False
        with self._lock:
            try:
                return self._filled(self.file)
            except OSError:
                return False

    def _filled(self, file: Path) -> bool:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            there = os.fstat(opened).st_size
            fits = min(self._size, there + shutil.disk_usage(file.parent).free)
            fits -= fits % PAGE
            if there > self._size:  # it was larger
                os.truncate(opened, self._size)
            elif fits > there:
                _allocate(opened, there, fits)
            return os.fstat(opened).st_size == self._size
        finally:
            os.close(opened)


NO_ROOM_KEPT = Room(None)


def room_of(engine: Engine, reserve: int, least: int) -> Room:
    """That of this database."""
    embedded = engine.dialect.name == "sqlite"
    written = str(engine.url.database).removeprefix("file:")
    return Room(Path(written) if embedded else None, reserve, least)


def with_room(room: Room, work: Callable[[], T]) -> T:
    """Work that frees room, on a full disk too: once more, on the reserve."""
    try:
        return work()
    except DatabaseFull:
        if not room.release():
            raise
    try:
        return work()
    finally:
        room.fill()


def _allocate(file: int, there: int, size: int) -> None:
    """From `there` to `size`, or not at all."""
    try:
        try:
            os.posix_fallocate(file, there, size - there)
        except (AttributeError, OSError):  # not on this system, or not on this kind of disk
            os.lseek(file, there, os.SEEK_SET)
            for at in range(there, size, PAGE):
                os.write(file, bytes(min(PAGE, size - at)))
        os.fsync(file)
    except OSError:  # somebody was quicker
        os.truncate(file, there)
        raise
