"""What several commands share: an option, and a word to the person at the terminal."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

Data = Annotated[Path | None, typer.Option("--data", help="Dossier de la base, de la clé et du "
                                           "modèle de langue. Par défaut : data.")]  # fmt: skip


def say(line: str) -> None:
    """One line for the person at the terminal."""
    typer.echo(line, err=True)


def open_private(path: Path) -> BinaryIO:
    """A file to write words in, for this account only. Raises OSError."""
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
    os.fchmod(file.fileno(), 0o600)  # one that was there already
    return file


def end_when_told() -> None:
    """`kill` ends this command as an error does: what is half done is cleared away."""

    def ended(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, ended)


def other_owner(folder: Path) -> str | None:
    """The account of this folder, when it is not ours; None when it is, or is not there yet."""
    if os.name != "posix" or not folder.exists() or folder.stat().st_uid == os.geteuid():
        return None
    try:
        return folder.owner()
    except KeyError:  # an account that is gone
        return str(folder.stat().st_uid)


def private_files() -> None:
    """From now on, what is written is for this account only: it holds people's words."""
    os.umask(0o077)
