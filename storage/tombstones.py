"""What was erased, in a file outside the database: a backup put back in place erases it again.

A line is a day and a keyed hash, of a conversation or of a key that was destroyed: it names nobody.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path

from sqlalchemy import Engine, select

from bot.errors import StorageError
from storage.faults import transaction
from storage.tables import erasures

NAME = "effacements.txt"
LINE = re.compile(r"(\d{4}-\d\d-\d\d) ([0-9a-f]{64})")
UNREADABLE = (
    "La liste des effacements {} ne se lit pas (ligne {}). Prenez-en une autre copie : elle est "
    "à côté de chaque sauvegarde."
)


class Tombstones:
    """The list of one server. Safe to share between threads: a line is written at once."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def add(self, traces: Iterable[str], on: date) -> None:
        """Add these. A full disk does not hold an erasure up: the next `sync` adds them."""
        with suppress(OSError):
            self._write(dict.fromkeys(traces, on))

    def sync(self, engine: Engine) -> int:
        """Add what the database knows and the list does not; how many. Raises StorageError."""
        there = read(self.file) if self.file.exists() else {}
        with transaction(engine, writing=False) as connection:
            rows = connection.execute(select(erasures.c.trace, erasures.c.erased_on)).all()
        missing = {trace: on for trace, on in rows if trace not in there}
        try:
            self._write(missing)
        except OSError:
            raise StorageError(f"La liste {self.file} ne peut pas être écrite.") from None
        return len(missing)

    def copy_to(self, folder: Path) -> None:
        """The whole list, in another place too. Raises StorageError."""
        whole = self.file.read_bytes() if self.file.exists() else b""
        aside = folder / f".{NAME}.partial"
        try:
            with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as o:
                o.write(whole)
                o.flush()
                os.fsync(o.fileno())
            aside.replace(folder / NAME)
        except OSError:
            raise StorageError(f"La liste {folder / NAME} ne peut pas être écrite.") from None

    def _write(self, erased: Mapping[str, date]) -> None:
        if not erased:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{on.isoformat()} {trace}\n" for trace, on in erased.items())
        file = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, lines.encode())
            os.fsync(file)
        finally:
            os.close(file)


def read(file: Path) -> dict[str, date]:
    """The traces of a list, with their day. Raises StorageError.

    A last line cut short by a crash is left out: the database still has it.
    """
    try:
        *lines, last = file.read_text("ascii", "replace").split("\n")
    except OSError:
        raise StorageError(f"La liste des effacements {file} ne peut pas être lue.") from None
    found: dict[str, date] = {}
    for number, line in enumerate(lines, 1):
        # After a line cut short, the next one begins in its middle: the whole one is at the end.
        match = LINE.search(line) if line else None
        if line and match is None:
            raise StorageError(UNREADABLE.format(file, number))
        if match:
            found[match[2]] = date.fromisoformat(match[1])
    if match := LINE.fullmatch(last):
        found[match[2]] = date.fromisoformat(match[1])
    return found
