"""Finds the master key, makes it with a new database, refuses the wrong one."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, exists, select

from bot.errors import DatabaseUnfit
from storage.faults import transaction
from storage.sealing.key_files import (
    NEW,
    OLD,
    beside,
    decoded,
    destroyed,
    new_master,
    put_in_place,
    read_key,
    read_whole,
    write_first,
)
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
        master = master_key(setting, file, used=bool(used))
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


def unchanged(connection: Connection, keys: Keys) -> None:
    """The master key is still the one we have. Raises DatabaseUnfit."""
    if connection.scalar(_check) not in (None, keys.check):
        raise DatabaseUnfit(CHANGED)


def since(connection: Connection) -> date | None:
    """The day on which the master key of now was made, or first known."""
    written = connection.scalar(_since)
    return date.fromisoformat(written) if written else None


def master_key(setting: str | None, file: Path | None, *, used: bool) -> bytes:
    """The key of the setting, else of the file, which is made unless a key was `used` already.

    Raises DatabaseUnfit.
    """
    if setting:
        return decoded(setting, "PAROLE_MASTER_KEY")
    if file is not None and file.exists():
        return read_whole(file)
    if used:
        raise DatabaseUnfit(LOST.format(f" ({file})" if file else ""))
    if file is None:
        raise DatabaseUnfit(
            "Il manque la clé maîtresse. Donnez dans PAROLE_MASTER_KEY 32 octets en base64, "
            "par exemple le résultat de : openssl rand -base64 32"
        )
    write_first(file, new_master())
    return read_whole(file)


def at_hand(setting: str | None, file: Path) -> list[bytes]:
    """The key of now, then the old one when it is still there. Raises DatabaseUnfit."""
    if not setting and not file.exists():
        raise DatabaseUnfit(LOST.format(f" ({file})"))
    old = beside(file, OLD)
    keys = [decoded(setting, "PAROLE_MASTER_KEY") if setting else read_key(file)]
    return [*keys, *([read_key(old)] if old.exists() else [])]


def forget_new(setting: str | None, file: Path) -> Path | None:
    """The file of a new key that is now in the setting is destroyed; which it was.

    For the server, which starts again with the setting: it is written down where it will stay.
    """
    new = beside(file, NEW)
    if not setting or not new.exists() or read_key(new) != decoded(setting, "PAROLE_MASTER_KEY"):
        return None
    destroyed(new)
    return new


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
