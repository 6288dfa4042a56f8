"""Finds the master key, makes it with a new database, refuses the wrong one."""

from __future__ import annotations

import base64
import hmac
import os
import secrets as random
from pathlib import Path

from sqlalchemy import Connection, Engine, exists, select

from bot.errors import DatabaseUnfit
from bot.secret_strength import guessable_key
from storage.faults import transaction
from storage.keys import Keys
from storage.statements import insert_once
from storage.tables import conversations, meta

LOST = (
    "Cette base a déjà une clé, et la clé n'est pas là. Remettez le fichier de clé d'origine{} "
    "ou donnez la clé dans PAROLE_MASTER_KEY. Sans elle, les réponses ne peuvent plus être lues."
)


def open_keys(engine: Engine, *, setting: str | None = None, file: Path | None = None) -> Keys:
    """The keys of this database: from the setting, else from the file, made if all is new.

    Raises DatabaseUnfit, saying what to do.
    """
    with transaction(engine) as connection:
        written = connection.scalar(select(meta.c.value).where(meta.c.key == "key_check"))
        used = written is not None or connection.scalar(select(exists(select(conversations.c.id))))
        keys = Keys(_master(setting, file, used=bool(used)))
        _check(connection, keys, written)
    return keys


def new_master() -> str:
    """A new master key, as it is written in the setting or the file."""
    return base64.b64encode(random.token_bytes(32)).decode()


def _master(setting: str | None, file: Path | None, *, used: bool) -> bytes:
    if setting:
        return _decoded(setting, "PAROLE_MASTER_KEY")
    if file is not None and file.exists():
        if os.name == "posix" and file.stat().st_mode & 0o077:
            raise DatabaseUnfit(
                f"Le fichier de clé {file} peut être lu par d'autres comptes. "
                f"Lancez : chmod 600 {file}"
            )
        try:
            written = file.read_text("ascii", "replace")
        except OSError:
            raise DatabaseUnfit(
                f"Le fichier de clé {file} ne peut pas être lu. Vérifiez ses droits, "
                "ou donnez la clé dans PAROLE_MASTER_KEY."
            ) from None
        return _decoded(written, str(file))
    if used:
        raise DatabaseUnfit(LOST.format(f" ({file})" if file else ""))
    if file is None:
        raise DatabaseUnfit(
            "Il manque la clé maîtresse. Donnez dans PAROLE_MASTER_KEY 32 octets en base64, "
            "par exemple le résultat de : openssl rand -base64 32"
        )
    return _made(file)


def _made(file: Path) -> bytes:
    written = new_master()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(written + "\n")
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        raise DatabaseUnfit(
            f"La clé ne peut pas être écrite dans {file.parent}. Donnez un dossier où vous "
            "pouvez écrire (PAROLE_DATA_DIR), ou la clé elle-même (PAROLE_MASTER_KEY)."
        ) from None
    return _decoded(written, str(file))


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


def _check(connection: Connection, keys: Keys, written: str | None) -> None:
    if written is None:
        once = insert_once(connection.dialect, meta)
        connection.execute(once, {"key": "key_check", "value": keys.check})
        written = connection.scalar(select(meta.c.value).where(meta.c.key == "key_check"))
    if not hmac.compare_digest(written or "", keys.check):
        raise DatabaseUnfit(
            "Cette base a été fermée avec une autre clé. Remettez la clé d'origine "
            "(PAROLE_MASTER_KEY ou le fichier de clé), ou ouvrez une autre base."
        )
