"""A closed copy of the database, and putting one back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.line import Data, end_when_told, private_files, say
from bot.errors import StorageError

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.backup.tombstones import Listed

Key = Annotated[
    Path | None,
    typer.Option("--key", help="La clé des sauvegardes. Par défaut : PAROLE_BACKUP_KEY."),
]
NO_LIST = (
    "Il manque la liste des effacements (effacements.txt), ou elle est vide : sans elle, des "
    "personnes effacées reviendraient. Elle est à côté de chaque sauvegarde, dans le dossier de la "
    "base, et dans PAROLE_ERASURES_DIR s'il est réglé. "
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
    from bot.app.memory import open_memory
    from bot.settings import load
    from storage.backup import backups
    from storage.backup.sealed_files import lock_of

    logs.set_up("ERROR")
    private_files()
    end_when_told()
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
        typer.Option(
            "--erasures", metavar="<path>", help="Une liste des effacements. Peut se répéter."
        ),
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
    from storage.backup import reviving
    from storage.backup.sealed_files import lock_of
    from storage.database import address_of
    from storage.sealing.masterkey import at_hand

    logs.set_up("ERROR")
    private_files()
    end_when_told()
    settings, began, now = load(data_dir=data), time.monotonic(), datetime.now(UTC)
    if not file.is_file():
        raise StorageError(f"Il n'y a pas de fichier {file}.")
    listed = _listed(erasures or [], file, settings)
    if listed.until is None and not without:
        raise StorageError(NO_LIST)
    key_file = settings.data_dir / "parole.key"
    done = reviving.restore(
        address_of(settings.database_url), file, lock_of(key or settings.backup_key), listed,
        at_hand(settings.given_key, key_file), now, key_file,
    )  # fmt: skip
    made = done.amended
    typer.echo(f"{made.conversations:>8}  conversations remises en place")
    typer.echo(f"{made.erased_again:>8}  effacées à nouveau")
    typer.echo(f"{made.taken_back:>8}  avec un accord retiré à nouveau")
    typer.echo(f"{made.codes:>8}  codes de retour enlevés")
    typer.echo(f"{made.unsent:>8}  messages en attente enlevés")
    typer.echo(f"{made.sessions:>8}  sessions de l'équipe fermées")
    typer.echo(f"{made.accounts:>8}  comptes de l'équipe à rouvrir")
    if done.made is not None:
        hours = (now - done.made).total_seconds() / 3600
        typer.echo(f"{hours:>8.1f}  heures perdues : la sauvegarde est du {done.made:%d/%m/%Y}")
    typer.echo(f"{time.monotonic() - began:>8.1f}  secondes")
    if done.rotated:
        say("La sauvegarde était fermée par une ancienne clé : elle l'est maintenant par la clé.")
    for line in _what_comes_back(listed.until, done.behind, done.made, now.date()):
        say(line)
    if made.accounts:
        say("Aucun compte de l'équipe ne s'ouvre. Relisez les rôles : parole staff list. Puis,")
        say("pour chacun : parole staff password, et parole staff second-factor")


def _listed(given: list[Path], file: Path, settings: Settings) -> Listed:
    """Every list that can be found: those given, and where they usually are."""
    from storage.backup.tombstones import NAME, look, look_if_there, together

    usual = (file.parent, settings.data_dir, settings.erasures_dir)
    beside = [look_if_there(folder / NAME) for folder in usual if folder is not None]
    return together([*map(look, given), *beside])


def _what_comes_back(
    until: date | None, behind: bool, made: datetime | None, today: date
) -> Iterator[str]:
    """How far the list goes, and who may therefore be there again."""
    if until is None:
        yield "ATTENTION : il n'y avait aucune liste des effacements. Toutes les personnes effacées"
        yield "depuis la sauvegarde sont revenues, avec les accords retirés depuis."
    elif behind:
        when = f"du {made:%d/%m/%Y}" if made else "sans date"
        yield f"ATTENTION : la liste des effacements s'arrête le {until:%d/%m/%Y}. Elle ne sait"
        yield f"rien de plus que la sauvegarde ({when}) : qui s'est fait effacer depuis est"
        yield "revenu, et les accords retirés depuis aussi. Cherchez une liste plus récente (celle"
        yield "de PAROLE_ERASURES_DIR, ou du disque de l'ancienne machine) et recommencez dans un"
        yield "autre dossier. S'il n'y en a pas, écrivez-le dans votre registre et prévenez."
    elif until < today:
        yield f"La liste des effacements va jusqu'au {until:%d/%m/%Y}. Si Parole a servi après ce"
        yield "jour, qui s'est fait effacer après est revenu."
