"""Where a database waits a moment as it is: held by who works there, swept after who was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIXES = ("sauvegarde-", "remise-")
PARTIALS = (".parole-*.partial", ".effacements.txt.partial")


@contextmanager
def aside(folder: Path, prefix: str) -> Iterator[Path]:
    """A folder in this one for this account only, gone afterwards. Raises OSError."""
    with tempfile.TemporaryDirectory(prefix=prefix, dir=folder) as made, held(Path(made)):
        yield Path(made)


@contextmanager
def held(place: Path) -> Iterator[None]:
    """Nobody sweeps this file or folder meanwhile."""
    opened = _opened(place)
    try:
        with suppress(OSError):  # a share without locks
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def swept(*folders: Path) -> int:
    """Remove what processes that were killed left in these folders; how many."""
    count = 0
    for folder in dict.fromkeys(folders):
        found = [one for prefix in PREFIXES for one in folder.glob(f"{prefix}*") if one.is_dir()]
        found += [one for pattern in PARTIALS for one in folder.glob(pattern)]
        count += sum(_removed(one) for one in found)
    return count


def _removed(place: Path) -> bool:
    try:
        opened = _opened(place)
    except OSError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()
    except OSError:  # somebody works there
        return False
    finally:
        os.close(opened)
    return True


def _opened(place: Path) -> int:
    """A network share locks only what may be written."""
    return os.open(place, os.O_RDONLY if place.is_dir() else os.O_RDWR)
