"""Values put aside on the disk and read back in the order of their keys, as often as wanted."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, TypeVar

T = TypeVar("T")
WIDTH = 48  # bits of a place in the file


class Spool(Generic[T]):
    """Only a number for each value stays in memory. The file has no name: it ends with us."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._places: list[int] = []
        self._end = 0

    def __len__(self) -> int:
        return len(self._places)

    def add(self, key: int, value: T) -> None:
        packed = pickle.dumps(value, protocol=5)
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
