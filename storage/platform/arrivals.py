"""Files of another platform while staff look at them: sealed on the disk, gone within the hour."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bot.errors import StorageError
from storage.sealing.keys import Keys

KEPT = 3600  # seconds
NAME = re.compile(r"[0-9a-f]{32}\.(csv|xlsx)")
GONE = "Ce fichier n'est plus là : il est gardé une heure. Envoyez-le à nouveau."


class Arrivals:
    """A folder that only this account reads. Blocking calls."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder, self._cipher = folder, keys.outside

    def put(self, octets: bytes, *, workbook: bool, now: datetime) -> str:
        """Keep a file for an hour: its name here. Raises StorageError."""
        self.tidy(now)
        name = f"{uuid.uuid4().hex}.{'xlsx' if workbook else 'csv'}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._folder.chmod(0o700)
            with os.fdopen(os.open(self._folder / name, os.O_CREAT | os.O_WRONLY | os.O_EXCL,
                                   0o600), "wb") as file:  # fmt: skip
                file.write(self._cipher.seal(octets, _where(name)))
            os.utime(self._folder / name, (now.timestamp(), now.timestamp()))
        except OSError as error:
            raise StorageError(f"Le fichier ne peut pas être gardé (code {error.errno}).") from None
        return name

    @contextmanager
    def open(self, name: str) -> Iterator[Path]:
        """The file in clear, while it is read. Raises StorageError when it is gone."""
        if not NAME.fullmatch(name):
            raise StorageError(GONE)
        try:
            sealed = (self._folder / name).read_bytes()
        except OSError:
            raise StorageError(GONE) from None
        with tempfile.TemporaryDirectory(dir=self._folder) as aside:
            file = Path(aside) / f"export{Path(name).suffix}"
            file.write_bytes(self._cipher.unseal(sealed, _where(name)))
            yield file

    def drop(self, name: str) -> None:
        """Forget a file."""
        if NAME.fullmatch(name):
            (self._folder / name).unlink(missing_ok=True)

    def empty(self) -> None:
        """Forget them all: another key would not open them."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def tidy(self, now: datetime) -> None:
        """Forget those that are too old, and what a crash left."""
        if self._folder.is_dir():
            for path in self._folder.iterdir():
                if now.timestamp() - path.stat().st_mtime > KEPT:
                    if path.is_dir():
                        shutil.rmtree(path, ignore_errors=True)
                    else:
                        path.unlink(missing_ok=True)


def _where(name: str) -> str:
    return f"arrivals|{name}"
