"""Files closed and opened by a tool that every Debian has: `age`, or `gpg`.

The key is a file. What it holds says which tool: public keys of `age` close, its secret key opens
(the server that makes backups cannot read them); any other long secret closes and opens with `gpg`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.errors import StorageError
from storage.backup.leftovers import held

SECRET = 32  # characters, at least, of a secret for gpg
PUBLIC = re.compile(r"^(age1[0-9a-z]{50,}|ssh-(ed25519|rsa) \S+)", re.MULTILINE)
PRIVATE = re.compile(r"^AGE-SECRET-KEY-1[0-9A-Z]{50,}", re.MULTILINE)
ABSENT = "Il manque {0}. Installez-le : sudo apt-get install -y {1}"
MAKE_ONE = (
    "Pour en faire une avec age : age-keygen -o cle.txt, puis age-keygen -y cle.txt > cle.pub "
    "(la sauvegarde prend cle.pub, la remise en place cle.txt). Avec gpg : "
    "openssl rand -base64 32 > cle.secret"
)
REFUSED = (
    "Le fichier {} ne s'ouvre pas avec cette clé, ou il est abîmé. Prenez la clé avec laquelle "
    "il a été fait, ou une autre sauvegarde."
)


@dataclass(frozen=True, slots=True)
class Lock:
    """A tool and the file of its key."""

    tool: str  # "age", "gpg"
    key: Path
    opens: bool
    closes: bool

    @property
    def suffix(self) -> str:
        return f".{self.tool}"


def lock_of(key: Path | None) -> Lock:
    """The tool this key is for. Raises StorageError, saying what to install or to make."""
    if key is None:
        raise StorageError(f"Il manque la clé des sauvegardes : PAROLE_BACKUP_KEY. {MAKE_ONE}")
    try:
        written = key.read_text("utf-8", "replace")
        shared = key.stat().st_mode & 0o077
    except OSError:
        raise StorageError(f"La clé des sauvegardes {key} ne peut pas être lue.") from None
    private = bool(PRIVATE.search(written))
    if private or PUBLIC.search(written):
        lock = Lock("age", key, opens=private, closes=True)
    elif len(written.strip()) >= SECRET and "\n" not in written.strip():
        lock = Lock("gpg", key, opens=True, closes=True)
    else:
        raise StorageError(f"{key} ne contient pas une clé de sauvegarde. {MAKE_ONE}")
    if lock.opens and shared and os.name == "posix":
        raise StorageError(
            f"La clé des sauvegardes {key} peut être lue par d'autres comptes. "
            f"Lancez : chmod 600 {key}"
        )
    if shutil.which(lock.tool) is None:
        raise StorageError(ABSENT.format(lock.tool, {"gpg": "gnupg"}.get(lock.tool, lock.tool)))
    return lock


@contextmanager
def closing_file(lock: Lock, file: Path) -> Iterator[IO[bytes]]:
    """A pipe; what is written to it is in the file, closed, once left without an exception.

    The file appears whole, or not at all. Raises StorageError.
    """
    aside = file.with_name(f".{file.name}.partial")
    with _gpg_home() as home:
        try:
            opened = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(opened, "wb") as o, held(aside):
                tool = subprocess.Popen(  # noqa: S603 (our words, and a file of the operator)
                    _command(lock, home, closes=True),
                    stdin=subprocess.PIPE,
                    stdout=o,
                    stderr=subprocess.DEVNULL,
                )
                try:
                    assert tool.stdin is not None  # noqa: S101
                    with tool.stdin:
                        yield tool.stdin
                except BaseException:
                    tool.kill()  # what it wrote is thrown away
                    raise
                finally:
                    failed = tool.wait()
                os.fsync(o.fileno())
            if failed:
                raise StorageError(f"{lock.tool} n'a pas pu fermer la sauvegarde (code {failed}).")
            aside.replace(file)
        except BrokenPipeError:
            raise StorageError(f"{lock.tool} n'a pas pu fermer la sauvegarde.") from None
        except OSError as error:
            why = os.strerror(error.errno or 0)
            raise StorageError(f"La sauvegarde ne peut pas être écrite : {why}.") from None
        finally:
            aside.unlink(missing_ok=True)


def open_into(lock: Lock, file: Path, out: Path) -> None:
    """What a closed file holds, in clear, for this account only. Raises StorageError."""
    if not lock.opens:
        raise StorageError(f"{lock.key} ferme les sauvegardes mais ne les ouvre pas. {MAKE_ONE}")
    with (
        _gpg_home() as home,
        file.open("rb") as closed,
        os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as clear,
    ):
        done = subprocess.run(  # noqa: S603
            _command(lock, home, closes=False),
            stdin=closed,
            stdout=clear,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode:
        out.unlink(missing_ok=True)
        raise StorageError(REFUSED.format(file))


def _command(lock: Lock, home: Path, *, closes: bool) -> Sequence[str]:
    if lock.tool == "age":
        if not closes:
            return ("age", "--decrypt", "--identity", str(lock.key))
        return ("age", "--encrypt", "--identity" if lock.opens else "-R", str(lock.key))
    quiet = ("gpg", "--homedir", str(home), "--batch", "--no-tty", "--quiet", "--no-options",
             "--no-symkey-cache", "--pinentry-mode", "loopback", "--passphrase-file",
             str(lock.key))  # fmt: skip
    if not closes:
        return (*quiet, "--decrypt")
    return (*quiet, "--symmetric", "--cipher-algo", "AES256", "--s2k-mode", "3",
            "--s2k-digest-algo", "SHA512", "--s2k-count", "65011712",
            "--compress-algo", "none")  # fmt: skip


@contextmanager
def _gpg_home() -> Iterator[Path]:
    """A home of its own for gpg: nothing of it stays, nor the process that it leaves behind."""
    with tempfile.TemporaryDirectory(prefix="parole-gpg-") as home:
        try:
            yield Path(home)
        finally:
            if any(Path(home).iterdir()) and shutil.which("gpgconf"):
                stop = ("gpgconf", "--homedir", home, "--kill", "all")
                subprocess.run(stop, check=False, capture_output=True)  # noqa: S603
