"""A ZIP of as many files as there are contributions, its list of them on the disk meanwhile."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from exports.on_disk.spool import Spool


class _List(list[zipfile.ZipInfo]):
    """What `ZipFile` keeps of each file that it wrote, and goes through again at the end."""

    def __init__(self, spool: Spool[zipfile.ZipInfo]) -> None:
        super().__init__()
        self._spool = spool

    def append(self, entry: zipfile.ZipInfo) -> None:
        self._spool.add(len(self._spool), entry)

    def __len__(self) -> int:
        return len(self._spool)

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        self._spool.sort()
        return iter(self._spool)


class _Names(dict[str, zipfile.ZipInfo]):
    """No name is looked for: whoever writes gives each file its own."""

    def __setitem__(self, name: str, entry: zipfile.ZipInfo) -> None:
        pass


@contextmanager
def open_zip(path: Path, folder: Path) -> Iterator[zipfile.ZipFile]:
    """The ZIP at `path`, to write; what waits meanwhile is in `folder`, without a name."""
    with (
        closing(Spool[zipfile.ZipInfo](folder)) as spool,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        archive.filelist = _List(spool)
        archive.NameToInfo = _Names()
        yield archive
