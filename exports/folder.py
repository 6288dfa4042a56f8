"""The files of one format: counted and hashed while they are written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

from exports.manifest import Written

PAGE = 1 << 16  # bytes put together before they are written: each write has its cost


class Sink:
    """A file being written, counted and hashed on the way."""

    def __init__(self, name: str, file: BinaryIO, *, of_rows: bool = True) -> None:
        self.name = name
        self.rows = 0
        self._of_rows = of_rows
        self._size = self._waiting = 0
        self._pieces: list[bytes] = []
        self._file, self._hash = file, hashlib.sha256()
        self._done: Written | None = None

    def write(self, written: bytes) -> None:
        self._pieces.append(written)
        self._waiting += len(written)
        if self._waiting >= PAGE:
            self._put()

    def _put(self) -> None:
        page = b"".join(self._pieces)
        self._pieces.clear()
        self._size += len(page)
        self._waiting = 0
        self._file.write(page)
        self._hash.update(page)

    def done(self) -> Written:
        """The file, closed, on the disk. May be asked for again."""
        if self._done is None:
            self._put()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            rows = self.rows if self._of_rows else None
            self._done = Written(self.name, rows, self._size, self._hash.hexdigest())
        return self._done

    def close(self) -> None:
        self._file.close()


class Folder:
    """Where a format puts its files; `/` in a name makes a folder inside it."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._sinks: dict[str, Sink] = {}
        self._placed: dict[str, int | None] = {}

    def open(self, name: str, *, of_rows: bool = True) -> Sink:
        """A file to write bytes in; whoever writes counts its rows, if it is made of rows."""
        sink = Sink(name, self._new(name).open("xb"), of_rows=of_rows)
        self._sinks[name] = sink
        return sink

    def place(self, name: str) -> Path:
        """The path of a file that a library writes by itself, with `counted` after."""
        self._placed[name] = None
        return self._new(name)

    def counted(self, name: str, rows: int) -> None:
        """How many rows such a file holds."""
        self._placed[name] = rows

    @property
    def aside(self) -> Path:
        """Where a format may put what it writes later, in a file that goes by itself."""
        self._place.mkdir(parents=True, exist_ok=True)
        return self._place

    def _new(self, name: str) -> Path:
        path = self._place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def written(self) -> tuple[Written, ...]:
        """Every file, closed and on the disk, in the order of their names."""
        found = [sink.done() for sink in self._sinks.values()]
        found += [_measured(self._place / name, name, n) for name, n in self._placed.items()]
        return tuple(sorted(found, key=lambda one: one.name))

    def close(self) -> None:
        """Close what an error left open."""
        for sink in self._sinks.values():
            sink.close()


def _measured(path: Path, name: str, rows: int | None) -> Written:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(name, rows, path.stat().st_size, sha256)
