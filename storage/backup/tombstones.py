"""What was erased or taken back, in files outside the database: a restore does it again.

A line is a day and a keyed hash, of a conversation, of a key that was destroyed, of an agreement
taken back, of an account that was closed: it names nobody. Other lines say how far the list goes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, select

from bot.errors import StorageError
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
UNWRITTEN = "La liste {} ne peut pas être écrite."


@dataclass(frozen=True, slots=True)
class Listed:
    """What one list says, or several together."""

    traces: Mapping[str, date]
    until: date | None  # the last day on which anything was written in it; None: nothing is
    backups: frozenset[str]  # made before its last line, as they are named

    def knows_after(self, backup: str, made: date) -> bool:
        """Whether it was written in after this backup. Otherwise it knows no more than it."""
        return backup in self.backups or (self.until is not None and self.until > made)


class Tombstones:
    """The lists of one server: one in its own folder, one elsewhere when there is a place.

    Safe to share between threads and servers: a line is written at once.
    """

    def __init__(self, file: Path, also: Path | None = None) -> None:
        """`also`: a folder on another disk. It is never made: a disk that is away is seen."""
        self.file = file
        self.elsewhere = also / NAME if also else None
        self.written = True  # the last time, everywhere

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.file, self.elsewhere) if self.elsewhere else (self.file,)

    def add(self, traces: Iterable[str], on: date) -> None:
        """Add these. A full disk does not hold an erasure up: the next `sync` adds them."""
        lines = [f"{on.isoformat()} {trace}" for trace in traces]
        for file in self.files:
            try:
                _append(file, lines, make=file == self.file)
            except OSError:
                self.written = False

    def sync(self, engine: Engine, today: date | None = None) -> int:
        """Add what the database or another list knows to each; how many. Raises StorageError."""
        today = today or datetime.now(UTC).date()
        with transaction(engine, writing=False) as connection:
            rows = connection.execute(select(erasures.c.trace, erasures.c.erased_on)).all()
        added = 0
        try:
            lists = {file: _there(file) for file in self.files}
            known = together([*lists.values(), Listed(dict(map(tuple, rows)), None, frozenset())])
            for file, there in lists.items():
                added += _complete(file, there, known, today, make=file == self.file)
        except StorageError:
            self.written = False
            raise
        self.written = True
        return added

    def copy_to(self, folder: Path, today: date) -> None:
        """All of it in another folder too; a line that is only there stays. Raises StorageError."""
        file = folder / NAME
        _complete(file, _there(file), together([_there(one) for one in self.files]), today)

    def backed_up(self, made: str, today: date) -> None:
        """From now on these lists know more than the one beside it. Raises StorageError."""
        for file in self.files:
            try:
                _append(file, [f"{today.isoformat()} {BACKUP} {made}"], make=file == self.file)
            except OSError:
                raise StorageError(UNWRITTEN.format(file)) from None


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
        raise StorageError(f"La liste des effacements {file} ne peut pas être lue.") from None
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


def read(file: Path) -> dict[str, date]:
    """The traces of a list, with their day. Raises StorageError."""
    return dict(look(file).traces)


def _there(file: Path) -> Listed:
    return look(file) if file.exists() else Listed({}, None, frozenset())


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
    try:
        _append(file, lines, make=make)
    except OSError:
        raise StorageError(UNWRITTEN.format(file)) from None
    return len(missing)


def _append(file: Path, lines: Sequence[str], *, make: bool) -> None:
    if not lines:
        return
    if make:
        file.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(opened, "".join(f"{line}\n" for line in lines).encode())
        os.fsync(opened)
    finally:
        os.close(opened)
