"""Runs pg_dump and pg_restore."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import IO

from sqlalchemy.engine import URL

from bot.errors import StorageError
from storage.backup.sealed_files import ABSENT


def run(
    command: tuple[str, ...],
    where: URL,
    *,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
) -> None:
    """A program of PostgreSQL, its password in the environment: never on a command line."""
    if shutil.which(command[0]) is None:
        raise StorageError(ABSENT.format(command[0], "postgresql-client"))
    query = {name: str(value) for name, value in where.query.items()}
    told = {
        "PGHOST": where.host or query.get("host"),
        "PGPORT": str(where.port) if where.port else query.get("port"),
        "PGUSER": where.username or query.get("user"),
        "PGPASSWORD": where.password,
        "PGDATABASE": where.database,
        "PGSSLMODE": query.get("sslmode"),
        "PGAPPNAME": "parole",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run(  # noqa: S603 (the programs of PostgreSQL)
        command,
        env={**kept, **{name: str(value) for name, value in told.items() if value}},
        stdin=stdin or subprocess.DEVNULL,
        stdout=stdout or subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise StorageError(
            f"{command[0]} n'a pas réussi (code {done.returncode}). Vérifiez l'adresse et le "
            f"compte de PAROLE_DATABASE_URL, et que {command[0]} est au moins de la version du "
            "serveur."
        )
