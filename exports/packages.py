"""What an export format is. Each has its file, and its line in `packages_list.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.source import Leaving


class Package(Protocol):
    """One way to write a snapshot. Holds nothing between two calls: same input, same bytes.

    A library that is slow to import is imported in `write`: the list of formats is read often.
    """

    name: str  # on the command line and in the folder: "xlsx", "iramuteq"
    title: str  # in French, for staff
    profiles: tuple[Profile, ...]  # who it may be made for

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        """Write its files in the folder, streamed; yield what their reader has to know.

        `records` is `source.records`. `progress` is told how many records have been written.
        Raises ExportError.
        """
        ...
