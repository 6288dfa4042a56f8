"""What was erased or taken back, in files outside the database: a restore does it again.

A line is a day and a keyed hash, of a conversation, of a key that was destroyed, of an agreement
taken back, of an account that was closed: it names nobody. Other lines say how far the list goes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Engine, select

from bot.errors import StorageError
from storage.backup.other_disk import PATIENCE, OtherDisk
from storage.faults import transaction
from storage.tables import erasures

NAME = "effacements.txt"
COMPLETE, BACKUP = "complet", "sauvegarde"  # that day nothing was missing; after that backup
LINE = re.compile(
    rf"(\d{{4}}-\d\d-\d\d) (?:([0-9a-f]{{64}})|{COMPLETE}|{BACKUP} (\d{{8}}T\d{{6}}Z))$"
)
UNREADABLE = (
    "La liste des effacements {} ne se lit pas (ligne {}). Prenez-en une autre copie : elle est "
    "à côté de chaque sauvegarde."
)
UNREAD = "La liste des effacements {} ne peut pas être lue."
UNWRITTEN = "La liste {} ne peut pas être écrite."
SLOW = "La liste {} attend : son disque ne répond pas."
LATER = "Elle sera complétée dans l'heure qui suit le retour de ce disque, si Parole tourne."
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """What one list says, or several together."""

    traces: Mapping[str, date]
    until: date | None  # the last day on which anything was written in it; None: nothing is
    backups: frozenset[str]  # made before its last line, as they are named

    def knows_after(self, backup: str, made: date) -> bool:
        """Whether it was written in after this backup. Otherwise it knows no more than it."""
        return backup in self.backups or (self.until is not None and self.until > made)


@dataclass(slots=True)
class Place:
    """One list, and whether all of it is there."""

    file: Path
    missed: int = 0  # how many times something could not be written
    mended: int = 0  # how many of these were made good since

    @property
    def whole(self) -> bool:
        return self.mended >= self.missed


class Tombstones:
    """The lists of one server: one in its own folder, one elsewhere when there is a place.

    Safe to share between threads and servers. A line is in the first list when a call returns; the
    other place, which may be away or hang, is written a moment after and holds nobody up.
    """

    def __init__(
        self,
        file: Path,
        also: Path | None = None,
        say: Callable[[str], None] = lambda _: None,
        *,
        patience: float = PATIENCE,
    ) -> None:
        """`also`: a folder on another disk. It is never made: a disk that is away is seen."""
        self.file = file
        self.elsewhere = also / NAME if also else None
        self._here = Place(file)
        self._there = Place(self.elsewhere) if self.elsewhere else None
        self._disk, self._fault, self._say = OtherDisk(patience=patience), "", say
        self._closed = False

    @property
    def written(self) -> bool:
        """Whether nothing is missing anywhere, as far as is known now."""
        return self._here.whole and not self._disk.late and (not self._there or self._there.whole)

    def settled(self) -> bool:
        """Whether the other place has everything, once it had some seconds to write it."""
        return self._there is None or (self._disk.settled() and self._there.whole)

    def close(self) -> None:
        """Give the other place its time, once, and say so if it is behind."""
        closed, self._closed = self._closed, True
        if self._there is not None and not closed and not self.settled():
            self._say(self._fault if not self._there.whole else SLOW.format(self._there.file))
            self._say(LATER)

    def add(self, traces: Iterable[str], on: date) -> None:
        """Add these. A full disk does not hold an erasure up: the next `sync` adds them."""
        lines = [f"{on.isoformat()} {trace}" for trace in traces]
        try:
            _append(self.file, lines, make=True)
        except StorageError:
            self._here.missed += 1
        self._also(lambda place: _append(place.file, lines))

    def sync(self, engine: Engine, today: date | None = None) -> int:
        """Add what the database knows to our list; how many. Raises StorageError.

        The other place is then completed, and tells what only it knows.
        """
        today, missed = today or datetime.now(UTC).date(), self._here.missed
        before = self._there.missed if self._there else 0
        with transaction(engine, writing=False) as connection:
            rows = connection.execute(select(erasures.c.trace, erasures.c.erased_on)).all()
        try:
            here = look_if_there(self.file)
            known = together([here, Listed(dict(map(tuple, rows)), None, frozenset())])
            added = _complete(self.file, here, known, today, make=True)
        except StorageError:
            self._here.missed += 1
            raise
        self._here.mended = missed
        if not self._disk.late:  # one is enough
            self._also(partial(self._both, known=known, today=today, before=before))
        return added

    def copy_to(self, folder: Path, today: date) -> None:
        """Our list in another folder too; a line that is only there stays. Raises StorageError."""
        file = folder / NAME
        _complete(file, look_if_there(file), look_if_there(self.file), today)

    def backed_up(self, made: str, today: date) -> None:
        """From now on these lists know more than the one beside it. Raises StorageError."""
        lines = [f"{today.isoformat()} {BACKUP} {made}"]
        _append(self.file, lines, make=True)
        self._also(lambda place: _append(place.file, lines))

    def _both(self, place: Place, known: Listed, today: date, before: int) -> None:
        there = look_if_there(place.file)
        _complete(place.file, there, known, today)
        if there.traces.keys() - known.traces.keys() or there.backups - known.backups:
            _complete(self.file, look_if_there(self.file), there, today, make=True)
        place.mended = max(place.mended, before)

    def _also(self, write: Callable[[Place], None]) -> None:
        """Have this written in the other place, by its own thread."""
        place = self._there
        if place is None:
            return

        def safely() -> None:
            try:
                write(place)
            except Exception as error:  # whatever it is, the next ones are written
                self._behind(place, error)

        if not self._disk.ask(safely):
            self._behind(place, StorageError(SLOW.format(place.file)))

    def _behind(self, place: Place, error: Exception) -> None:
        if place.whole:  # the first time: a disk that is away fails at each erasure
            log.warning("erasures_list_behind", error=type(error).__name__)
        known = isinstance(error, StorageError)
        self._fault = str(error) if known else UNWRITTEN.format(place.file)
        place.missed += 1


def together(lists: Sequence[Listed]) -> Listed:
    """Several lists as one."""
    days = [one.until for one in lists if one.until is not None]
    return Listed(
        {trace: on for one in lists for trace, on in one.traces.items()},
        max(days, default=None),
        frozenset().union(*(one.backups for one in lists)),
    )


def look(file: Path) -> Listed:
    """What a list says. Raises StorageError.

    A last line cut short by a crash is left out: the database still has it.
    """
    try:
        text = file.read_text("ascii", "replace")
    except OSError:
        raise StorageError(UNREAD.format(file)) from None
    *lines, last = text.split("\n")
    traces: dict[str, date] = {}
    days, backups = set[date](), set[str]()
    for number, line in enumerate([*lines, last], 1):
        # After a line cut short, the next one begins in its middle: the whole one is at the end.
        match = LINE.search(line) if line else None
        if line and match is None and number <= len(lines):
            raise StorageError(UNREADABLE.format(file, number))
        if match is None:
            continue
        on = date.fromisoformat(match[1])
        days.add(on)
        if match[2]:
            traces[match[2]] = on
        elif match[3]:
            backups.add(match[3])
    return Listed(traces, max(days, default=None), frozenset(backups))


def look_if_there(file: Path) -> Listed:
    """What a list says, nothing when it is not there. Raises StorageError: a disk may refuse."""
    try:
        exists = file.exists()
    except OSError:
        raise StorageError(UNREAD.format(file)) from None
    return look(file) if exists else Listed({}, None, frozenset())


def read(file: Path) -> dict[str, date]:
    """The traces of a list, with their day. Raises StorageError."""
    return dict(look(file).traces)


def _complete(
    file: Path, there: Listed, known: Listed, today: date, *, make: bool = False
) -> int:  # fmt: skip
    """Write in a list what it lacks, then that nothing is missing today; how many."""
    unknown = known.traces.keys() - there.traces.keys()
    missing = [f"{known.traces[trace].isoformat()} {trace}" for trace in sorted(unknown)]
    gone = sorted(known.backups - there.backups)
    lines = [*missing, *(f"{today.isoformat()} {BACKUP} {one}" for one in gone)]
    if lines or there.until != today:
        lines.append(f"{today.isoformat()} {COMPLETE}")
    _append(file, lines, make=make)
    return len(missing)


def _append(file: Path, lines: Sequence[str], *, make: bool = False) -> None:
    """`make`: its folder too. Raises StorageError."""
    if not lines:
        return
    try:
        if make:
            file.parent.mkdir(parents=True, exist_ok=True)
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(opened, "".join(f"{line}\n" for line in lines).encode())
            os.fsync(opened)
        finally:
            os.close(opened)
    except OSError:
        raise StorageError(UNWRITTEN.format(file)) from None
