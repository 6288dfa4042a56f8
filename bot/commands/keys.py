"""The master key: changed, then the old one destroyed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot import usage
from bot.commands.line import Data, say
from bot.errors import StorageError

key = typer.Typer(
    name="key",
    cls=usage.Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Change la clé maîtresse, celle qui ferme les réponses. docs/backup.md\n\n"
    "Exemple : parole key rotate",
)
STILL_THERE = (
    "L'ancienne clé est encore là : {}. Elle ouvre les sauvegardes d'avant. Quand ces sauvegardes "
    "sont effacées, détruisez-la : parole key destroy. Ensuite, changez la clé."
)


@key.command(cls=usage.Command)
def rotate(data: Data = None) -> None:
    """Fait une nouvelle clé et ferme tout avec elle. Arrêtez d'abord Parole.

    Les réponses ne sont pas réécrites : seules les clés des conversations le sont.

    Exemple : parole key rotate --data /var/lib/parole
    """
    from bot import logs
    from bot.app import open_memory
    from bot.settings import load
    from storage.arrivals import Arrivals
    from storage.keys import Keys, check_of
    from storage.masterkey import NEW, OLD, beside, new_master, put_in_place, read_key, write_key
    from storage.rotation import rotate as close_again

    logs.set_up("ERROR")
    settings, now = load(data_dir=data), datetime.now(UTC)
    file = settings.data_dir / "parole.key"
    new, old = beside(file, NEW), beside(file, OLD)
    memory = open_memory(settings, say, create=False)  # ends a change that was cut short
    try:
        if old.exists() and check_of(read_key(old)) == memory.keys.check:
            old.unlink()  # of a change that changed nothing
        if old.exists():
            raise StorageError(STILL_THERE.format(old))
        new.unlink(missing_ok=True)
        if settings.master_key:
            write_key(old, settings.master_key.get_secret_value())
        write_key(new, new_master())
        done = close_again(memory.engine, memory.keys, Keys(read_key(new), memory.keys.hashes), now)
        Arrivals(settings.data_dir / "arrivals", memory.keys).empty()
        shutil.rmtree(settings.data_dir / "exports", ignore_errors=True)  # closed with the old one
    finally:
        memory.close()
    if not settings.master_key:
        put_in_place(file)
    typer.echo(f"{done.conversations:>8}  conversations")
    typer.echo(f"{done.others:>8}  autres valeurs")
    say("Les exports faits au bureau sont effacés : l'ancienne clé les fermait. Refaites-les là.")
    if settings.master_key:
        say(f"La nouvelle clé est dans {new}. Recopiez-la dans PAROLE_MASTER_KEY, sur tous les")
        say("serveurs, effacez ce fichier, puis relancez Parole.")
    else:
        say(f"La nouvelle clé est dans {file}. Copiez-la à l'endroit sûr où vous gardiez l'autre.")
    say(f"L'ancienne est dans {old} : elle ouvre encore les sauvegardes d'avant.")
    say("Quand ces sauvegardes sont effacées : parole key destroy")


@key.command(cls=usage.Command)
def destroy(
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander.")] = False,
    data: Data = None,
) -> None:
    """Détruit l'ancienne clé : les sauvegardes d'avant ne s'ouvrent plus, ni ce qui y est effacé.

    Exemple : parole key destroy --yes
    """
    from bot import logs
    from bot.app import open_memory
    from bot.settings import load
    from bot.staff import PAROLE, Act
    from storage.journal import Journal
    from storage.masterkey import OLD, beside, destroyed

    logs.set_up("ERROR")
    settings = load(data_dir=data)
    old = beside(settings.data_dir / "parole.key", OLD)
    if not old.exists():
        raise StorageError("Il n'y a pas d'ancienne clé à détruire.")
    memory = open_memory(settings, say, create=False)  # the key of now opens the database
    try:
        if not yes and not typer.confirm("Les sauvegardes d'avant le changement seront perdues. "
                                         "Continuer ?"):  # fmt: skip
            raise StorageError("L'ancienne clé est toujours là.")
        destroyed(old)
        Journal(memory.engine).write(PAROLE, Act.OLD_KEY_DESTROYED)
    finally:
        memory.close()
    say("L'ancienne clé est détruite ici. Détruisez aussi ses copies, là où vous les gardiez.")
