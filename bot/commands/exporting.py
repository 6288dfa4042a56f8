"""Takes what people gave out of the database."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.line import Data, say


def export(
    profile: Annotated[
        str,
        typer.Argument(
            help="csv-excel (tableur), csv (données ouvertes), jsonl (programmes) ou archive "
            "(interne, avec les mots exacts)."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Le dossier à remplir.")],
    data: Data = None,
) -> None:
    """Écrit les participations, les réponses et les contributions, avec leur dictionnaire.

    Exemple : parole export csv-excel --out exports/avril
    """
    from bot import logs
    from bot.app import open_memory, open_shelf
    from bot.settings import load
    from exports.export import write

    logs.set_up("ERROR")
    settings = load(data_dir=data)
    memory = open_memory(settings, say, create=False)
    shelf = open_shelf(settings, memory)
    try:
        manifest = write(
            profile,
            out,
            memory.store.participations,
            {key: shelf.of(*key) for key in memory.guides.published()},
            datetime.now(UTC),
            version("parole"),
            lambda count: say(f"{count} participations écrites…") if count % 1000 == 0 else None,
        )
    finally:
        memory.close()
    for file in manifest.files:
        typer.echo(f"{file.rows:>8}  {out / file.name}")
    for warned in manifest.warnings:
        where = f"{warned.file}, {warned.column}" if warned.column else warned.file
        say(f"Attention, {where} : {warned.problem} ({warned.count} fois)")
