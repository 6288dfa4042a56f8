"""The themes and the coded passages, in and out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import usage
from bot.commands.line import Data, say

codes = typer.Typer(
    name="codes",
    cls=usage.Group,
    no_args_is_help=True,
    help="Les thèmes, et les passages codés.\n\nExemple : parole codes import codage.qdpx",
)


@codes.command(name="import", cls=usage.Command)
def bring(
    file: Annotated[Path, typer.Argument(help="Un projet .qdpx, un livre de codes .qdc ou .csv.")],
    data: Data = None,
) -> None:
    """Reprend les thèmes et le codage faits dans NVivo, MAXQDA, ATLAS.ti ou QualCoder.

    Chaque passage est comparé à notre texte, au signe près. Tout ce qui n'est pas gardé est
    compté, avec la raison.

    Exemple : parole codes import codage.qdpx
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.app.texts import open_shelf
    from bot.settings import load
    from bot.staff import PAROLE, Act
    from exports.coding.texts import team_records
    from exports.refi.bringing_in import bring_in
    from exports.refi.told import lines
    from storage.desk.journal import Journal
    from storage.moderation.codebook import Codebook
    from storage.moderation.codings import Codings
    from storage.moderation.judgements import Judgements
    from storage.moderation.present import Present

    logs.set_up("ERROR")
    settings = load(data_dir=data)
    memory = open_memory(settings, say, create=False)
    try:
        shelf = open_shelf(settings, memory)
        codebook, codings = Codebook(memory.engine), Codings(memory.engine, memory.keys)
        tally = bring_in(
            file,
            team_records(Present(memory.engine, memory.keys).curated(), shelf.of),
            codebook.codes(),
            codebook.take,
            codings.add,
            Judgements(memory.engine).read,
            datetime.now(UTC).date(),
        )
        Journal(memory.engine).write(PAROLE, Act.IMPORTED, {"contributions": len(tally.places)})
    finally:
        memory.close()
    for line in lines(tally):
        typer.echo(line)


@codes.command(name="export", cls=usage.Command)
def give(
    out: Annotated[Path, typer.Option("--out", help="Le fichier à écrire, .qdc ou .csv.")] = Path(
        "themes.qdc"
    ),
    data: Data = None,
) -> None:
    """Écrit les thèmes seuls : .qdc pour un logiciel d'analyse, .csv pour un tableur.

    Les textes et les passages codés sortent avec : parole export refi-qda

    Exemple : parole codes export --out themes.qdc
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.errors import ExportError
    from bot.settings import load
    from exports.coding.codebook_csv import sheet
    from exports.refi.characters import REPLACED
    from exports.refi.codebook import write_codebook
    from storage.moderation.codebook import Codebook

    logs.set_up("ERROR")
    memory = open_memory(load(data_dir=data), say, create=False)
    try:
        known = Codebook(memory.engine).codes()
    finally:
        memory.close()
    if not known:
        raise ExportError("Il n'y a encore aucun thème. Créez-en à la page « Codage » de l'équipe.")
    replaced = 0
    try:
        with out.open("wb") as file:
            if out.suffix.casefold() == ".csv":
                file.write(sheet(known))
            else:
                replaced = write_codebook(file, known)
    except OSError:
        raise ExportError(f"« {out} » ne peut pas être écrit. Choisissez un autre nom.") from None
    typer.echo(f"{len(known):>8}  thèmes dans {out}")
    if replaced:
        typer.echo(f"{replaced:>8}  {REPLACED}")
