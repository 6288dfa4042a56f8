"""Values put aside on the disk and read back in the order of their keys, as often as wanted."""

from __future__ import annotations

import io
import os
import pickle
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")
WIDTH = 48  # bits of a place in the file


class _Reducers(dict[type, Callable[[Any], Any]]):
    """How a dataclass is taken apart: in one go, where the standard way looks at every field."""

    def __missing__(self, kind: type) -> Callable[[Any], Any]:
        if not is_dataclass(kind):
            raise KeyError(kind)
        names = [one.name for one in fields(kind)]
        if len(names) == 1:
            [name] = names
            self[kind] = lambda value: (kind, (getattr(value, name),))
        else:
            values = attrgetter(*names)
            self[kind] = lambda value: (kind, values(value))
        return self[kind]


class Spool(Generic[T]):
    """Only a number for each value stays in memory. The file has no name: it ends with us."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._places: list[int] = []
        self._end = 0
        self._packed = io.BytesIO()
        self._pickler = pickle.Pickler(self._packed, 5)
        self._pickler.dispatch_table = _Reducers()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, key: int, value: T) -> None:
        self._packed.seek(0)
        self._packed.truncate()
        self._pickler.clear_memo()
        self._pickler.dump(value)
        packed = self._packed.getvalue()
        self._file.write(len(packed).to_bytes(4, "big") + packed)
        self._places.append(key << WIDTH | self._end)
        self._end += 4 + len(packed)

    def sort(self) -> None:
        """All is there: from now on it is only read."""
        self._file.flush()
        self._places.sort()

    def __iter__(self) -> Iterator[T]:
        file = self._file.fileno()
        for place in self._places:
            start = place & ((1 << WIDTH) - 1)
            size = int.from_bytes(os.pread(file, 4, start), "big")
            value: T = pickle.loads(os.pread(file, size, start + 4))  # noqa: S301 - ours alone
            yield value

    def close(self) -> None:
        self._file.close()
