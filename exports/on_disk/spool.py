"""Values put aside on the disk and read back in the order of their keys, as often as wanted."""

from __future__ import annotations

import heapq
import io
import os
import pickle
import tempfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from operator import attrgetter
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

T = TypeVar("T")
ENTRY = Struct(">QQI")  # key, place and size of a value: as bytes, in the order of keys
RUN = 4_096  # entries in memory at a time
AHEAD = 128  # entries of a run read at a time while runs are put together
BLOCK = 4_096  # bytes of values read at a time
NUMBERED = 3  # the last protocol of pickle that numbers what is said again


class _Reducers(dict[type, Callable[[Any], Any]]):
    """How a value is taken apart: a dataclass in one go, where the standard way looks at fields."""

    def __missing__(self, kind: type) -> Callable[[Any], Any]:
        self[kind] = _reducer(kind)
        return self[kind]


def _reducer(kind: type) -> Callable[[Any], Any]:
    if issubclass(kind, type):
        return attrgetter("__qualname__")  # a class, found by its name
    if issubclass(kind, tuple):
        return lambda value: (kind, tuple(value))
    if not is_dataclass(kind):
        return lambda value: value.__reduce_ex__(5)  # found at once, instead of by an error
    names = [one.name for one in fields(kind)]
    if len(names) == 1:
        [name] = names
        return lambda value: (kind, (getattr(value, name),))
    values = attrgetter(*names)
    return lambda value: (kind, values(value))


class Spool(Generic[T]):
    """As large in memory with a million values as with a thousand.

    Its files have no name: they end with us. `known`: what is in most values, the very same
    object; written once, then only by a number.
    """

    def __init__(self, folder: Path, known: Iterable[object] = ()) -> None:
        self._packed = io.BytesIO()
        self._pickler = pickle.Pickler(self._packed, NUMBERED)
        self._pickler.dispatch_table = _Reducers()
        first = pickle.Pickler(self._packed, NUMBERED)
        first.dispatch_table = self._pickler.dispatch_table
        first.dump(list(known))
        self._known = first.memo
        self._values = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._runs = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115
        self._order = self._runs  # where all entries are in order
        self._folder = folder
        self._run: list[bytes] = []
        self._count = 0
        self._first = self._end = self._values.write(self._packed.getvalue())

    def __len__(self) -> int:
        return self._count

    @property
    def size(self) -> int:
        """Bytes of values on the disk."""
        return self._end

    def __contains__(self, key: int) -> bool:
        """Whether there is a value with this key, once all is there and sorted."""
        at = bisect_left(range(self._count), key, key=self._key)
        return at < self._count and self._key(at) == key

    def _key(self, n: int) -> int:
        entry = os.pread(self._order.fileno(), ENTRY.size, n * ENTRY.size)
        return int.from_bytes(entry[:8], "big")

    def add(self, key: int, value: T) -> None:
        self._packed.seek(0)
        self._packed.truncate()
        self._pickler.memo = self._known  # a copy: what this value adds to it is forgotten
        self._pickler.dump(value)
        packed = self._packed.getvalue()
        self._values.write(packed)
        self._run.append(ENTRY.pack(key, self._end, len(packed)))
        self._end += len(packed)
        self._count += 1
        if len(self._run) == RUN:
            self._end_run()

    def sort(self) -> None:
        """All is there: from now on it is only read."""
        self._values.flush()
        self._end_run()
        self._runs.flush()
        if self._count > RUN:
            self._order = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
            runs = (
                _entries(self._runs, first, min(first + RUN, self._count), AHEAD)
                for first in range(0, self._count, RUN)
            )
            self._order.writelines(heapq.merge(*runs))
            self._order.flush()
            self._runs.close()

    def _end_run(self) -> None:
        self._run.sort()
        self._runs.write(b"".join(self._run))
        self._run.clear()

    def __iter__(self) -> Iterator[T]:
        with io.BufferedReader(_Stream(self._pieces()), BLOCK) as stream:
            unpickler = pickle.Unpickler(stream)  # noqa: S301 - ours alone
            unpickler.load()  # from now on it remembers what is known
            for _ in range(self._count):
                value: T = unpickler.load()
                yield value

    def _pieces(self) -> Iterator[bytes]:
        """What is known, then every value in order; neighbours are read together."""
        file, place, size = self._values.fileno(), 0, self._first
        for entry in _entries(self._order, 0, self._count, RUN // 4):
            _, there, more = ENTRY.unpack(entry)
            if there == place + size and size < BLOCK:
                size += more
            else:
                yield os.pread(file, size, place)
                place, size = there, more
        yield os.pread(file, size, place)

    def close(self) -> None:
        for file in (self._values, self._runs, self._order):
            file.close()


class _Stream(io.RawIOBase):
    """Pieces one after the other, as a file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, room: WriteableBuffer) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._pieces, b""))
        asked = memoryview(room)
        read = min(len(asked), len(self._rest))
        asked[:read] = self._rest[:read]
        self._rest = self._rest[read:]
        return read


def _entries(file: BinaryIO, first: int, last: int, together: int) -> Iterator[bytes]:
    """Those of a file from one to another, some of them in memory."""
    size = ENTRY.size
    for start in range(first, last, together):
        count = min(together, last - start)
        read = os.pread(file.fileno(), count * size, start * size)
        yield from (read[n * size : (n + 1) * size] for n in range(count))
