"""Voice messages that a person writes down: out, and back in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.line import Data, private_files, say


def voices(
    out: Annotated[Path, typer.Option("--out", help="Un dossier vide, à remplir.")],
    every: Annotated[
        bool, typer.Option("--all", help="Aussi les messages qui ont déjà un texte.")
    ] = False,
    data: Data = None,
) -> None:
    """Écrit les messages vocaux à transcrire, et le tableau où mettre leurs mots.

    Exemple : parole voices --out exports/voix
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from bot.staff import PAROLE, Act
    from exports.voices import TABLE, write
    from storage.desk.journal import Journal

    logs.set_up("ERROR")
    private_files()
    memory = open_memory(load(data_dir=data), say, create=False)
    try:
        journal = Journal(memory.engine)
        journal.write(PAROLE, Act.EXPORT_ASKED, {"format": "voices"})  # before anything leaves
        count = write(out, memory.voices.kept(), memory.store.participations(), every=every)
        journal.write(PAROLE, Act.EXPORT_MADE, {"format": "voices", "voices": count})
    finally:
        memory.close()
    typer.echo(f"{count:>8}  messages vocaux dans {out}")
    say(f"Écrivez leurs mots dans {TABLE}, puis : parole transcribed {out / TABLE}")


def transcribed(
    file: Annotated[Path, typer.Argument(help="Le tableau de « parole voices », rempli.")],
    data: Data = None,
) -> None:
    """Met dans les réponses les mots entendus dans les messages vocaux.

    Les mots que la personne a donnés ou confirmés elle-même ne changent pas.

    Exemple : parole transcribed exports/voix/a-transcrire.csv
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from bot.staff import PAROLE, Act
    from exports.voices import read
    from nlu.understand import without_names
    from storage.desk.journal import Journal

    logs.set_up("ERROR")
    lines = list(read(file))
    memory = open_memory(load(data_dir=data), say, create=False)
    try:
        refused = [
            line.file
            for line in lines
            if not memory.voices.write_down(
                line.reference, line.number, line.words, without_names(line.words)
            )
        ]
        told: dict[str, str | int] = {"format": "voices", "changed": len(lines) - len(refused)}
        Journal(memory.engine).write(PAROLE, Act.IMPORTED, told)
    finally:
        memory.close()
    typer.echo(f"{len(lines) - len(refused):>8}  transcriptions gardées")
    for name in refused:
        say(f"{name} : pas gardée. Ce message n'est plus là, ou la personne a donné ses mots.")
