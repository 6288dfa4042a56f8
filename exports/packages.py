"""What an export format is. Each has its file beside this one, and a line in `FORMATS`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.source import Source


class Package(Protocol):
    """One way to write a snapshot. Holds nothing between two calls: same input, same bytes."""

    name: str  # on the command line and in the folder: "xlsx", "iramuteq"
    title: str  # in French, for staff
    profiles: tuple[Profile, ...]  # who it may be made for

    def names(self, source: Source) -> Iterable[str]:
        """The files it will write."""
        ...

    def write(
        self,
        folder: Folder,
        source: Source,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        """Write its files in the folder, streamed; yield what their reader has to know.

        `records` gives the contributions that may leave, streamed, in order of reference; each
        call starts again. `progress` is told how many have been written.
        """
        ...
