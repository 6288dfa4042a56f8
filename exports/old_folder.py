"""A folder of files that appear all together, finished, or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from bot.errors import ExportError
from exports import manifest
from exports.manifest import Written

BEGUN = ".export-"  # the folder where files are written until they are complete


class Sink:
    """A file being written, counted and hashed on the way."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name = name
        self.rows = 0
        self._size = 0
        self._file, self._hash = file, hashlib.sha256()

    def write(self, written: bytes) -> None:
        self._file.write(written)
        self._hash.update(written)
        self._size += len(written)

    def done(self) -> Written:
        """The file, closed, on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Written(self.name, self.rows, self._size, self._hash.hexdigest())


class Folder:
    """Where the files of one export are being written."""

    def __init__(self, out: Path, begun: Path) -> None:
        self._out, self._begun = out, begun
        self._files: list[BinaryIO] = []

    def open(self, name: str) -> Sink:
        file = (self._begun / name).open("xb")
        self._files.append(file)
        return Sink(name, file)

    def publish(self, text: str) -> None:
        """Put every file at its place; the manifest, whose text this is, comes last."""
        sink = self.open(manifest.NAME)
        sink.write(text.encode())
        sink.done()
        (self._out / manifest.NAME).unlink(missing_ok=True)
        for path in sorted(self._begun.iterdir(), key=lambda path: path.name == manifest.NAME):
            path.replace(self._out / path.name)

    def close(self) -> None:
        for file in self._files:
            file.close()
        shutil.rmtree(self._begun, ignore_errors=True)


@contextmanager
def opened(out: Path, profile: str, names: Collection[str]) -> Iterator[Folder]:
    """A folder ready for the files `names`, cleaned of everything if an error happens.

    Raises ExportError when `out` holds something else than an earlier export of this profile,
    or cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        _refuse_strangers(out, profile, {*names, manifest.NAME})
        folder = Folder(out, Path(tempfile.mkdtemp(prefix=BEGUN, dir=out)))
        try:
            yield folder
        finally:
            folder.close()
    except FileExistsError as error:
        raise ExportError(f"« {out} » est un fichier. Donnez un nom de dossier.") from error
    except OSError as error:
        raise ExportError(f"L'export n'a pas pu s'écrire : {_why(error)}") from error


def _refuse_strangers(out: Path, profile: str, names: Collection[str]) -> None:
    here = sorted(path.name for path in out.iterdir() if not path.name.startswith(BEGUN))
    strangers = [name for name in here if name not in names]
    if not strangers and _profile(out / manifest.NAME) in (None, profile):
        return
    what = "un export d'une autre forme" if manifest.NAME in here else "autre chose"
    raise ExportError(
        f"Le dossier « {out} » contient déjà {what} : {', '.join((strangers or here)[:3])}. "
        "Choisissez un dossier vide."
    )


def _profile(path: Path) -> str | None:
    """The profile said in a manifest, None without a manifest."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["profil"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return "?"


def _why(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "il n'y a plus de place sur le disque. Libérez-en, puis recommencez."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "ce dossier est interdit en écriture. Choisissez-en un autre."
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "ce dossier ne peut pas être créé là. Choisissez un autre dossier."
    return f"le disque a refusé (code {error.errno}). Choisissez un autre dossier."
