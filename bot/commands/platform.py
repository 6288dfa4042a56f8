"""The contributions of another platform: read, counted and compared with ours."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot import usage
from bot.commands.line import Data, open_private, say

platform = typer.Typer(
    name="platform",
    cls=usage.Group,
    no_args_is_help=True,
    help="Les contributions de la plateforme principale, à côté des nôtres.\n\n"
    "Exemple : parole platform import export.csv --columns plateforme.yml",
)


@platform.command(name="model", cls=usage.Command)
def model(
    out: Annotated[Path, typer.Option("--out", help="Le fichier à écrire ; il est à vous.")],
) -> None:
    """Écrit un fichier qui dit quelles colonnes lire, à régler.

    Exemple : parole platform model --out plateforme.yml
    """
    from bot.errors import ExportError
    from exports.fusion.arriving import model_text

    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(model_text())
    except FileExistsError:
        raise ExportError(f"« {out} » est déjà là. Choisissez un autre nom.") from None
    except OSError:
        raise ExportError(f"« {out} » ne peut pas être écrit. Choisissez un autre nom.") from None
    typer.echo(str(out))


@platform.command(name="import", cls=usage.Command)
def bring(
    file: Annotated[Path, typer.Argument(help="L'export de la plateforme, CSV ou XLSX.")],
    columns: Annotated[
        Path, typer.Option("--columns", help="Quelles colonnes lire. Voyez parole platform model.")
    ],
    only_check: Annotated[
        bool, typer.Option("--check", help="Dit ce qui serait lu, sans rien garder.")
    ] = False,
    data: Data = None,
) -> None:
    """Lit l'export d'une autre plateforme. Relire le même fichier ne change rien.

    Exemple : parole platform import export.csv --columns plateforme.yml --check
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.curated import Taken
    from bot.settings import load
    from bot.staff import PAROLE, Act
    from exports.fusion.arriving import Reading, contributions, read_arriving
    from exports.fusion.mapping_file import text_of
    from storage.desk.journal import Journal
    from storage.platform.outside import Outsides

    logs.set_up("ERROR")
    mapping, reading, taken = read_arriving(text_of(columns), columns.name), Reading(), Taken()
    found = contributions(file, mapping, reading)
    if only_check:
        for _ in found:
            pass
    else:
        memory = open_memory(load(data_dir=data), say, create=False)
        try:
            outsides = Outsides(memory.engine, memory.keys)
            taken = outsides.take(mapping.source, found, datetime.now(UTC).date())
            counts = {"new": taken.new, "changed": taken.changed, "same": taken.same}
            Journal(memory.engine).write(PAROLE, Act.IMPORTED, {"source": mapping.source, **counts})
        finally:
            memory.close()
    typer.echo(f"Lignes : {reading.lines}. Contributions lues : {reading.read}.")
    for why, count in sorted(reading.left.items()):
        typer.echo(f"  {why} : {count} (la première : ligne {reading.first[why]})")
    if not only_check:
        typer.echo(
            f"Nouvelles : {taken.new}. Modifiées : {taken.changed}. Pareilles : {taken.same}. "
            f"Absentes de ce fichier, gardées : {taken.absent}."
        )


@platform.command(name="compare", cls=usage.Command)
def compare(
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Un rapport CSV des textes presque identiques, à lire."),
    ] = None,
    data: Data = None,
) -> None:
    """Compte les deux côtés par canal, et trouve les textes presque identiques.

    Exemple : parole platform compare --out memes-textes.csv
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.app.texts import open_shelf
    from bot.errors import ExportError
    from bot.settings import load
    from bot.staff import PAROLE, Act
    from exports.coding.texts import team_records
    from exports.fusion.comparing import Sides, counts, write
    from storage.desk.journal import Journal
    from storage.moderation.present import Present
    from storage.platform.outside import Outsides

    logs.set_up("ERROR")
    settings = load(data_dir=data)
    memory = open_memory(settings, say, create=False)
    try:
        shelf = open_shelf(settings, memory)
        if out is not None:  # before anything leaves
            Journal(memory.engine).write(PAROLE, Act.EXPORT_ASKED, {"format": "compare"})
        sides = Sides.of(
            team_records(Present(memory.engine, memory.keys).curated(), shelf.of),
            Outsides(memory.engine, memory.keys).every(),
        )
    finally:
        memory.close()
    found = sides.alike()
    for line in counts(sides, found):
        typer.echo(line)
    if out is not None:
        try:
            with open_private(out) as file:
                write(file, sides, found)
        except OSError:
            raise ExportError(
                f"« {out} » ne peut pas être écrit. Choisissez un autre nom."
            ) from None
        typer.echo(f"{len(found):>8}  lignes dans {out}. Ce fichier contient des réponses.")


@platform.command(name="forget", cls=usage.Command)
def forget(
    source: Annotated[str, typer.Argument(help="Le nom court de la plateforme.")],
    data: Data = None,
) -> None:
    """Efface tout ce qui a été lu d'une plateforme. Nos contributions restent.

    Exemple : parole platform forget plateforme
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from bot.staff import PAROLE, Act
    from storage.desk.journal import Journal
    from storage.platform.outside import Outsides

    logs.set_up("ERROR")
    memory = open_memory(load(data_dir=data), say, create=False)
    try:
        count = Outsides(memory.engine, memory.keys).forget(source)
        if count:
            about: dict[str, str | int] = {"source": source, "contributions": count}
            Journal(memory.engine).write(PAROLE, Act.ERASURE, about)
    finally:
        memory.close()
    typer.echo(f"Effacées : {count}.")
