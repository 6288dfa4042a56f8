"""Finds the master key, makes it with a new database, refuses the wrong one."""

from __future__ import annotations

import base64
import errno
import hmac
import os
import secrets as random
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, exists, select

from bot.errors import DatabaseUnfit
from bot.secret_strength import guessable_key
from storage.faults import transaction
from storage.sealing.keys import Keys, check_of
from storage.statements import insert_once
from storage.tables import conversations, meta

LOST = (
    "Cette base a déjà une clé, et la clé n'est pas là. Remettez le fichier de clé d'origine{} "
    "ou donnez la clé dans PAROLE_MASTER_KEY. Sans elle, les réponses ne peuvent plus être lues."
)

ANOTHER = (
    "Cette base a été fermée avec une autre clé. Remettez la clé d'origine "
    "(PAROLE_MASTER_KEY ou le fichier de clé), ou ouvrez une autre base."
)
ELSEWHERE = (
    "La clé de cette base a été changée : la nouvelle est dans {}. Recopiez-la dans "
    "PAROLE_MASTER_KEY, sur tous les serveurs."
)
CHANGED = (
    "La clé maîtresse a été changée pendant que Parole tournait. Redémarrez Parole avec la "
    "nouvelle clé."
)
NEW, OLD = ".new", ".old"
WRITTEN = 44  # signs of a key in base64
BEING_WRITTEN = 1.0  # seconds for another server to write its 44 signs
NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)
SINCE = "key_since"

_names = ["key_check", "hashes", SINCE]
_written = select(meta.c.key, meta.c.value).where(meta.c.key.in_(_names))
_since = select(meta.c.value).where(meta.c.key == SINCE)
_check = select(meta.c.value).where(meta.c.key == "key_check")
_still = _check.with_for_update(read=True)


def open_keys(engine: Engine, *, setting: str | None = None, file: Path | None = None) -> Keys:
    """The keys of this database: from the setting, else from the file, made if all is new.

    Raises DatabaseUnfit, saying what to do.
    """
    with transaction(engine) as connection:
        written = dict(map(tuple, connection.execute(_written).all()))
        used = "key_check" in written or connection.scalar(select(exists(conversations.c.id)))
        master = _master(setting, file, used=bool(used))
        check = written.get("key_check", check_of(master))
        if file is not None and not hmac.compare_digest(check, check_of(master)):
            master = _changed(file, check, master, given=bool(setting))
        return _opened(connection, master, written)


def still_ours(connection: Connection, keys: Keys) -> None:
    """Until this transaction ends, the master key is the one we have. Raises DatabaseUnfit.

    To be asked before anything new is sealed with it.
    """
    if connection.scalar(_still) not in (None, keys.check):
        raise DatabaseUnfit(CHANGED)


def unchanged(engine: Engine, keys: Keys) -> None:
    """The master key is still the one we have. Raises DatabaseUnfit."""
    with transaction(engine, writing=False) as connection:
        if connection.scalar(_check) not in (None, keys.check):
            raise DatabaseUnfit(CHANGED)


def since(connection: Connection) -> date | None:
    """The day on which the master key of now was made, or first known."""
    written = connection.scalar(_since)
    return date.fromisoformat(written) if written else None


def new_master() -> str:
    """A new master key, as it is written in the setting or the file."""
    return base64.b64encode(random.token_bytes(32)).decode()


def _master(setting: str | None, file: Path | None, *, used: bool) -> bytes:
    if setting:
        return _decoded(setting, "PAROLE_MASTER_KEY")
    if file is not None and file.exists():
        return _whole(file)
    if used:
        raise DatabaseUnfit(LOST.format(f" ({file})" if file else ""))
    if file is None:
        raise DatabaseUnfit(
            "Il manque la clé maîtresse. Donnez dans PAROLE_MASTER_KEY 32 octets en base64, "
            "par exemple le résultat de : openssl rand -base64 32"
        )
    _first(file, new_master())
    return _whole(file)


def beside(file: Path, suffix: str) -> Path:
    """Where a change of key keeps the other one."""
    return file.with_name(file.name + suffix)


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


def at_hand(setting: str | None, file: Path) -> list[bytes]:
    """The key of now, then the old one when it is still there. Raises DatabaseUnfit."""
    if not setting and not file.exists():
        raise DatabaseUnfit(LOST.format(f" ({file})"))
    old = beside(file, OLD)
    keys = [_decoded(setting, "PAROLE_MASTER_KEY") if setting else read_key(file)]
    return [*keys, *([read_key(old)] if old.exists() else [])]


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


def forget_new(setting: str | None, file: Path) -> Path | None:
    """The file of a new key that is now in the setting is destroyed; which it was.

    For the server, which starts again with the setting: it is written down where it will stay.
    """
    new = beside(file, NEW)
    if not setting or not new.exists() or read_key(new) != _decoded(setting, "PAROLE_MASTER_KEY"):
        return None
    destroyed(new)
    return new


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
    return _decoded(written, str(file))


def write_key(file: Path, written: str) -> None:
    """A new file, for this account only, on the disk before we go on. Raises DatabaseUnfit."""
    if not _first(file, written):
        raise DatabaseUnfit(f"La clé {file} est déjà là : elle n'est pas remplacée.")


def _first(file: Path, written: str) -> bool:
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


def _whole(file: Path) -> bytes:
    """The key of a file that another server may be writing. Raises DatabaseUnfit."""
    until = time.monotonic() + BEING_WRITTEN
    while file.stat().st_size < WRITTEN and time.monotonic() < until:
        time.sleep(0.02)
    return read_key(file)


def _sync(folder: Path) -> None:
    """A file that was made or renamed is found again after a power cut."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _decoded(written: str, where: str) -> bytes:
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


def _opened(connection: Connection, master: bytes, written: dict[str, str]) -> Keys:
    keys = Keys(master)
    if "key_check" not in written:
        once = insert_once(connection.dialect, meta)
        sealed = base64.b64encode(keys.sealed_hashes()).decode()
        rows = [{"key": "key_check", "value": keys.check}, {"key": "hashes", "value": sealed}]
        for row in rows:
            connection.execute(once, row)
        written = dict(map(tuple, connection.execute(_written).all()))
    if not hmac.compare_digest(written.get("key_check", ""), keys.check):
        raise DatabaseUnfit(ANOTHER)
    if SINCE not in written:
        today = {"key": SINCE, "value": datetime.now(UTC).date().isoformat()}
        connection.execute(insert_once(connection.dialect, meta), today)
    return Keys.opened(master, base64.b64decode(written.get("hashes", "")))


def _changed(file: Path, check: str, master: bytes, *, given: bool) -> bytes:
    """`master` is not the key of this database: the new one, when a change was cut short."""
    new = beside(file, NEW)
    if not new.exists() or check_of(read_key(new)) != check:
        return master
    if given:
        raise DatabaseUnfit(ELSEWHERE.format(new))
    put_in_place(file)
    return read_key(file)
