"""Rasa's own environment: finds Python 3.10 and installs the locked requirements, once."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.errors import UnderstandingError

VERSION = "3.10"
STAMP = "parole.lock"
Run = Callable[
    ..., Awaitable[str]
]  # runs a command, gives its output, UnderstandingError if it fails


class NoPython(UnderstandingError):
    """Python 3.10 is not here and cannot be had."""


@asynccontextmanager
async def alone(folder: Path) -> AsyncIterator[None]:
    """Wait until no other process of this machine prepares what is in this folder."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.2)
        yield
    finally:
        os.close(lock)


def is_ready(venv: Path, lock: Path) -> bool:
    """Whether this environment was installed from this very lock."""
    stamp = venv / STAMP
    return (
        (venv / "bin" / "python").exists()
        and stamp.is_file()
        and stamp.read_text(encoding="ascii").strip() == _digest(lock)
    )


async def install(run: Run, uv: str, venv: Path, lock: Path) -> None:
    """Make the environment anew from the lock; the stamp comes last."""
    python = await find_python(run, uv)
    (venv / STAMP).unlink(missing_ok=True)
    await run(uv, "venv", "--quiet", "--clear", "--python", python, str(venv))
    target = str(venv / "bin" / "python")
    await run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", target, str(lock))
    (venv / STAMP).write_text(_digest(lock) + "\n", encoding="ascii")


async def find_python(run: Run, uv: str) -> str:
    """A Python 3.10 that really runs. Raises NoPython."""
    for candidate in _candidates():
        if await _runs(run, candidate):
            return candidate
    try:
        await run(uv, "python", "install", "--quiet", VERSION)
        found = await run(uv, "python", "find", "--managed-python", VERSION)
    except UnderstandingError:
        raise NoPython(
            "Python 3.10 est introuvable et n'a pas pu être téléchargé : "
            "l'assistant continue avec ses règles seules."
        ) from None
    return found.strip()


def _candidates() -> Iterator[str]:
    if on_path := shutil.which(f"python{VERSION}"):
        yield on_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for folder in sorted((pyenv / "versions").glob(f"{VERSION}*"), reverse=True):
        yield str(folder / "bin" / f"python{VERSION}")


async def _runs(run: Run, candidate: str) -> bool:
    """A pyenv shim is on PATH even where the version it stands for is not chosen."""
    try:
        said = await run(candidate, "-c", "import sys, venv; print(*sys.version_info[:2])")
    except UnderstandingError:
        return False
    return said.split() == VERSION.split(".")


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()
