"""The master key: changed, then the old one destroyed."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot import usage
from bot.commands.line import Data, other_owner, say
from bot.errors import StorageError

key = typer.Typer(
    name="key",
    cls=usage.Group,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Change la clé maîtresse, celle qui ferme les réponses. docs/backup.md\n\n"
    "Exemple : parole key rotate",
)
EVERY, LATE = 15, 30  # days between two changes of key; after which nobody erased is readable
STILL_THERE = (
    "L'ancienne clé est encore là : {}. Elle ouvre les sauvegardes d'avant le dernier "
    "changement. Détruisez-la : parole key destroy. Ensuite, changez la clé."
)
NOT_YOURS = (
    "Le dossier {} est au compte « {} » : la nouvelle clé serait à vous, et Parole ne pourrait "
    "plus la lire. Lancez la commande avec ce compte : sudo parole key rotate (docs/operate.md)."
)
STILL_OURS = (
    "{} est la clé de maintenant : un changement de clé a été arrêté avant la fin. Rien n'est "
    "détruit. Recommencez : parole key rotate"
)


@key.command(cls=usage.Command)
def status(data: Data = None) -> None:
    """Dit l'âge de la clé maîtresse, et ce qu'il faut faire.

    Exemple : parole key status
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from storage.faults import transaction
    from storage.sealing.key_files import NEW, OLD, beside
    from storage.sealing.masterkey import since

    logs.set_up("ERROR")
    settings, today = load(data_dir=data), datetime.now(UTC).date()
    file = settings.data_dir / "parole.key"
    memory = open_memory(settings, say, create=False)
    try:
        with transaction(memory.engine, writing=False) as connection:
            made = since(connection) or today
    finally:
        memory.close()
    age, old, new = (today - made).days, beside(file, OLD).exists(), beside(file, NEW)
    typer.echo(f"{age:>8}  jours : la clé est du {made:%d/%m/%Y}")
    typer.echo(f"{'oui' if old else 'non':>8}  l'ancienne clé est encore là")
    if new.exists():
        say(f"La nouvelle clé est encore dans {new}. Une fois recopiée, effacez ce fichier.")
    if age < EVERY:
        say(f"À changer dans {EVERY - age} jours.")
        return
    first = "parole key destroy, puis " if old else ""
    say(f"À changer maintenant, Parole arrêtée : {first}parole key rotate")
    if age > EVERY:
        say(f"Qui s'est fait effacer il y a plus de {LATE} jours peut être encore lisible dans de")
        say("vieilles sauvegardes, avec l'une de ces clés.")


@key.command(cls=usage.Command)
def rotate(data: Data = None) -> None:
    """Fait une nouvelle clé et ferme tout avec elle. Arrêtez d'abord Parole.

    Les réponses ne sont pas réécrites : seules les clés des conversations le sont.

    Exemple : parole key rotate --data /var/lib/parole
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from storage.platform.arrivals import Arrivals
    from storage.sealing.key_files import (
        NEW,
        OLD,
        beside,
        new_master,
        put_in_place,
        read_key,
        write_key,
    )
    from storage.sealing.keys import Keys, check_of
    from storage.sealing.rotation import rotate as close_again

    logs.set_up("ERROR")
    settings, now = load(data_dir=data), datetime.now(UTC)
    if owner := other_owner(settings.data_dir):
        raise StorageError(NOT_YOURS.format(settings.data_dir, owner))
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
        say("Si Parole tournait, relancez-la : avec l'ancienne clé, elle ne peut plus rien lire.")
    say(f"L'ancienne est dans {old} : elle ouvre encore les sauvegardes d'avant.")
    say(f"Dans {EVERY} jours : parole key destroy, puis encore parole key rotate")


@key.command(cls=usage.Command)
def destroy(
    yes: Annotated[bool, typer.Option("--yes", help="Ne pas demander.")] = False,
    data: Data = None,
) -> None:
    """Détruit l'ancienne clé : les sauvegardes d'avant ne s'ouvrent plus, ni ce qui y est effacé.

    Exemple : parole key destroy --yes
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from bot.staff import PAROLE, Act
    from storage.desk.journal import Journal
    from storage.sealing.key_files import OLD, beside, destroyed, read_key
    from storage.sealing.keys import check_of

    logs.set_up("ERROR")
    settings = load(data_dir=data)
    old = beside(settings.data_dir / "parole.key", OLD)
    if not old.exists():
        raise StorageError("Il n'y a pas d'ancienne clé à détruire.")
    memory = open_memory(settings, say, create=False)  # the key of now opens the database
    try:
        if check_of(read_key(old)) == memory.keys.check:
            raise StorageError(STILL_OURS.format(old))
        if not yes and not typer.confirm("Les sauvegardes d'avant le changement seront perdues. "
                                         "Continuer ?"):  # fmt: skip
            raise StorageError("L'ancienne clé est toujours là.")
        destroyed(old)
        Journal(memory.engine).write(PAROLE, Act.OLD_KEY_DESTROYED)
    finally:
        memory.close()
    say("L'ancienne clé est détruite ici. Détruisez aussi ses copies, là où vous les gardiez.")
