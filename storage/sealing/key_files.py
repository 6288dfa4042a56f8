"""Files of keys: read, written whole or not at all, put in place, destroyed."""

from __future__ import annotations

import base64
import errno
import os
import secrets as random
import time
from pathlib import Path
from typing import IO

from bot.errors import DatabaseUnfit
from bot.secret_strength import guessable_key

NEW, OLD = ".new", ".old"
WRITTEN = 44  # signs of a key in base64
BEING_WRITTEN = 1.0  # seconds for another server to write its 44 signs
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def new_master() -> str:
    """A new master key, as it is written in the setting or the file."""
    return base64.b64encode(random.token_bytes(32)).decode()


def decoded(written: str, where: str) -> bytes:
    """The key that is written there, in base64; `where` is for the person. Raises DatabaseUnfit."""
    try:
        key = base64.b64decode(written.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32 or guessable_key(key):
        raise DatabaseUnfit(
            f"{where} ne contient pas une clé de 32 octets au hasard, en base64. "
            "Pour en faire une : openssl rand -base64 32"
        )
    return key


def beside(file: Path, suffix: str) -> Path:
    """Where a change of key keeps the other one."""
    return file.with_name(file.name + suffix)


def read_key(file: Path) -> bytes:
    """The key of a file that only this account reads. Raises DatabaseUnfit."""
    if os.name == "posix" and file.stat().st_mode & 0o077:
        raise DatabaseUnfit(
            f"Le fichier de clé {file} peut être lu par d'autres comptes. Lancez : chmod 600 {file}"
        )
    try:
        written = file.read_text("ascii", "replace")
    except OSError:
        raise DatabaseUnfit(
            f"Le fichier de clé {file} ne peut pas être lu. Vérifiez ses droits, "
            "ou donnez la clé dans PAROLE_MASTER_KEY."
        ) from None
    return decoded(written, str(file))


def read_whole(file: Path) -> bytes:
    """The key of a file that another server may be writing. Raises DatabaseUnfit."""
    until = time.monotonic() + BEING_WRITTEN
    while file.stat().st_size < WRITTEN and time.monotonic() < until:
        time.sleep(0.02)
    return read_key(file)


def write_key(file: Path, written: str) -> None:
    """A new file, for this account only, on the disk before we go on. Raises DatabaseUnfit."""
    if not write_first(file, written):
        raise DatabaseUnfit(f"La clé {file} est déjà là : elle n'est pas remplacée.")


def write_first(file: Path, written: str) -> bool:
    """Write a key where there is none, whole or not at all. False: somebody was quicker.

    Two servers that start together on an empty folder end with the same key.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        made = _linked(file, written)
        _sync(file.parent)
    except OSError:
        raise DatabaseUnfit(
            f"La clé ne peut pas être écrite dans {file.parent}. Donnez un dossier où vous "
            "pouvez écrire (PAROLE_DATA_DIR), ou la clé elle-même (PAROLE_MASTER_KEY)."
        ) from None
    return made


def put_in_place(file: Path) -> None:
    """The new key takes the place of the old one, which stays beside it."""
    old = beside(file, OLD)
    if not old.exists() and not _named_too(file, old):
        write_key(old, file.read_text("ascii").strip())
    if old.samefile(file):
        beside(file, NEW).replace(file)
    else:  # the name goes to the new key, the bytes would stay on the disk
        with file.open("r+b") as served:
            kept = served.read() == old.read_bytes()
            beside(file, NEW).replace(file)
            if kept:
                _wipe(served)
    _sync(file.parent)


def destroyed(file: Path) -> None:
    """Write over a key, then remove it. A disk may keep a copy of its own. Raises DatabaseUnfit."""
    try:
        with file.open("r+b") as opened:
            _wipe(opened)
        file.unlink()
        _sync(file.parent)
    except OSError:
        raise DatabaseUnfit(
            f"La clé {file} ne peut pas être détruite : voyez ses droits."
        ) from None


def _named_too(file: Path, old: Path) -> bool:
    """The very file, under another name too: what is destroyed is what served."""
    try:
        os.link(file, old)
    except OSError:  # a disk without links
        return False
    return True


def _wipe(opened: IO[bytes]) -> None:
    """Write zeros over a file."""
    opened.seek(0)
    opened.write(b"\0" * os.fstat(opened.fileno()).st_size)
    opened.flush()
    os.fsync(opened.fileno())


def _linked(file: Path, written: str) -> bool:
    aside = file.with_name(f".{file.name}.{random.token_hex(8)}")
    _put(aside, written)
    try:
        os.link(aside, file)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
    else:
        return True
    finally:
        aside.unlink()
    try:
        _put(file, written)  # a disk without hard links: who reads waits for the end
    except FileExistsError:
        return False
    return True


def _put(file: Path, written: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(written + "\n")
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    """A file that was made or renamed is found again after a power cut."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
