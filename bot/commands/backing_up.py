"""A closed copy of the database, and putting one back."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.line import Data, private_files, say
from bot.errors import StorageError

Key = Annotated[
    Path | None,
    typer.Option("--key", help="La clé des sauvegardes. Par défaut : PAROLE_BACKUP_KEY."),
]
NO_LIST = (
    "Il manque la liste des effacements (effacements.txt) : sans elle, des personnes effacées "
    "reviendraient. Elle est à côté de chaque sauvegarde, et dans le dossier de la base. "
    "Donnez-la avec --erasures. Si elle est vraiment perdue : --without-erasures"
)


def backup(
    to: Annotated[Path, typer.Option("--to", help="Le dossier des sauvegardes.")],
    keep_days: Annotated[
        int,
        typer.Option(
            min=1,
            max=90,
            show_default=False,
            help="Jours avant d'effacer une sauvegarde : 30 si rien n'est dit.",
        ),
    ] = 30,
    key: Key = None,
    data: Data = None,
) -> None:
    """Sauvegarde la base, fermée par une clé, sans arrêter Parole.

    La clé maîtresse n'y est pas : gardez-en une copie, ailleurs.

    Exemple : parole backup --to /sauvegardes --key /etc/parole/sauvegarde.pub
    """
    from bot import logs
    from bot.app import open_memory
    from bot.settings import load
    from storage import backups
    from storage.sealed_files import lock_of

    logs.set_up("ERROR")
    private_files()
    settings, began = load(data_dir=data), time.monotonic()
    lock = lock_of(key or settings.backup_key)
    memory = open_memory(settings, say, create=False)
    try:
        now = datetime.now(UTC)
        file = backups.make(memory.engine, to, lock, memory.tombstones, now, keep_days)
    finally:
        memory.close()
    size = file.stat().st_size / 1e6
    typer.echo(f"{file}  ({size:.1f} Mo, {time.monotonic() - began:.1f} s)")
    say("Copiez ce dossier sur une autre machine, sans la clé des sauvegardes ni la clé maîtresse.")


def restore(
    file: Annotated[Path, typer.Argument(help="La sauvegarde à remettre en place.")],
    key: Key = None,
    erasures: Annotated[
        list[Path] | None,
        typer.Option("--erasures", help="Une liste des effacements. Peut se répéter."),
    ] = None,
    without: Annotated[
        bool, typer.Option("--without-erasures", help="La liste des effacements est perdue.")
    ] = False,
    data: Data = None,
) -> None:
    """Remet une sauvegarde dans une base vide, puis efface à nouveau ce qui l'a été depuis.

    La clé maîtresse doit être là : PAROLE_MASTER_KEY, ou parole.key dans le dossier.

    Exemple : parole restore /sauvegardes/parole-20260301T020000Z.db.age --key cle.txt --data neuf
    """
    from bot import logs
    from bot.settings import load
    from storage.database import address_of
    from storage.masterkey import at_hand
    from storage.reviving import restore as put_back
    from storage.sealed_files import lock_of

    logs.set_up("ERROR")
    private_files()
    settings, began, now = load(data_dir=data), time.monotonic(), datetime.now(UTC)
    if not file.is_file():
        raise StorageError(f"Il n'y a pas de fichier {file}.")
    lists = _lists(erasures or [], file, settings.data_dir)
    if not lists and not without:
        raise StorageError(NO_LIST)
    erased = _read(lists)
    given = settings.master_key.get_secret_value() if settings.master_key else None
    key_file = settings.data_dir / "parole.key"
    done = put_back(
        address_of(settings.database_url), file, lock_of(key or settings.backup_key), erased,
        at_hand(given, key_file), now, key_file,
    )  # fmt: skip
    typer.echo(f"{done.conversations:>8}  conversations remises en place")
    typer.echo(f"{done.erased_again:>8}  effacées à nouveau ({done.known_erasures} dans la liste)")
    typer.echo(f"{done.codes:>8}  codes de retour et rappels enlevés")
    typer.echo(f"{done.sessions:>8}  sessions de l'équipe fermées")
    if done.made is not None:
        hours = (now - done.made).total_seconds() / 3600
        typer.echo(f"{hours:>8.1f}  heures perdues : la sauvegarde est du {done.made:%d/%m/%Y}")
    typer.echo(f"{time.monotonic() - began:>8.1f}  secondes")
    if done.rotated:
        say("La sauvegarde était fermée par une ancienne clé : elle l'est maintenant par la clé.")
    say("Depuis la sauvegarde, des comptes ont pu être fermés et des accords retirés : ils sont")
    say("comme ce jour-là. Voyez : parole staff list, et docs/backup.md")


def _lists(given: list[Path], file: Path, folder: Path) -> list[Path]:
    from storage.tombstones import NAME

    beside = (file.parent / NAME, folder / NAME)
    return [*given, *(one for one in beside if one.is_file() and one not in given)]


def _read(lists: list[Path]) -> dict[str, date]:
    from storage.tombstones import read

    return {trace: on for one in lists for trace, on in read(one).items()}
