"""Puts an archive back into an empty database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.line import Data, say


def bring_back(
    file: Annotated[Path, typer.Argument(help="Le fichier archive.jsonl d'un export interne.")],
    data: Data = None,
) -> None:
    """Remet une archive dans une base vide : réponses, contributions, décisions, codage.

    Les références restent les mêmes. Personne ne peut continuer ces conversations.

    Exemple : parole import exports/avril/archive/archive.jsonl --data data-copie
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.app.texts import open_shelf
    from bot.settings import load
    from exports.archive.reading import GivenArchive
    from storage.importing import bring_in, refuse_what_is_there

    logs.set_up("ERROR")
    archive = GivenArchive(file)
    settings = load(data_dir=data)
    memory = open_memory(settings, say)
    try:
        refuse_what_is_there(memory.engine)
        shelf = open_shelf(settings, memory)
        for guide, version, sha256, source in archive.missing(shelf.of):
            memory.guides.publish(guide, version, sha256, source)
        done = bring_in(
            memory.engine, memory.keys, archive.codes, archive.participations(),
            archive.curations(), datetime.now(UTC), _tell,
        )  # fmt: skip
    finally:
        memory.close()
    typer.echo(f"{done.participations:>8}  participations")
    typer.echo(f"{done.contributions:>8}  contributions")
    typer.echo(f"{done.curations:>8}  contributions vues par l'équipe")
    if done.unjoined:
        say(f"{done.unjoined} contributions étaient jointes à une autre, qui n'est pas là.")
    if done.uncoded:
        say(f"{done.uncoded} passages codés n'ont plus de contribution ou de thème.")


def _tell(done: int) -> None:
    if done % 5000 == 0:
        say(f"{done} participations")
