"""The sheet of the main platform: what a mapping file will do, before anything is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot import usage
from bot.commands.line import Data, say

fusion = typer.Typer(
    name="fusion",
    cls=usage.Group,
    no_args_is_help=True,
    help="La feuille de la plateforme principale.\n\n"
    "Exemple : parole fusion model plateforme --out mes-colonnes.yml",
)


@fusion.command(name="check", cls=usage.Command)
def check(
    mapping: Annotated[Path, typer.Argument(help="Votre fichier de colonnes.")],
    profile: Annotated[
        str, typer.Option("--profile", help="interne, partenaire ou public.")
    ] = "public",
    snapshot: Annotated[
        str | None, typer.Option("--snapshot", help="Un instantané. Par défaut : le dernier.")
    ] = None,
    data: Data = None,
) -> None:
    """Dit ce qu'un fichier de colonnes fera, montre les premières lignes, compte les refus.

    Exemple : parole fusion check mes-colonnes.yml
    """
    import tempfile

    from bot import logs
    from bot.app.memory import open_memory
    from bot.app.texts import open_shelf
    from bot.errors import ExportError
    from bot.settings import load
    from bot.staff import PAROLE, Act
    from exports.confidentiality import Profile
    from exports.fusion.mapping_file import read_mapping, text_of
    from exports.fusion.preview import said, tried
    from exports.leaving.filters import Filters
    from exports.leaving.outgoing import outgoing
    from storage.desk.journal import Journal

    logs.set_up("ERROR")
    ours = read_mapping(text_of(mapping), mapping.name)
    if profile not in ours.profiles:
        possible = ", ".join(ours.profiles)
        raise ExportError(f"Le profil « {profile} » n'est pas permis ici. Possibles : {possible}.")
    chosen = Profile(profile)
    for line in said(ours, chosen):
        typer.echo(line)
    memory = open_memory(load(data_dir=data), say, create=False)
    try:
        known = [one.id for one in memory.snapshots.every()]
        if snapshot is None and not known:
            say("Pas encore d'instantané : « parole snapshots --take », puis recommencez.")
            return
        source = memory.snapshots.open(
            snapshot or known[-1], open_shelf(load(data_dir=data), memory).of
        )
        about: dict[str, str | int] = {
            "format": "fusion", "profile": profile, "snapshot": source.snapshot.id,
        }  # fmt: skip
        Journal(memory.engine).write(PAROLE, Act.CONTRIBUTION_READ, about)  # its first lines
        themes = {one.id: one.name for one in source.snapshot.codebook}
        with (
            tempfile.TemporaryDirectory() as aside,
            outgoing(source, chosen, Filters(), Path(aside)) as leaving,
        ):
            typer.echo(f"Instantané {source.snapshot.id} :")
            for line in tried(ours, chosen, leaving.records(), themes):
                typer.echo(line)
    finally:
        memory.close()


@fusion.command(name="model", cls=usage.Command)
def model(
    name: Annotated[str, typer.Argument(help="plateforme, ou cap-collectif.")],
    out: Annotated[Path, typer.Option("--out", help="Le fichier à écrire ; il est à vous.")],
) -> None:
    """Écrit un fichier de colonnes prêt, à régler.

    Exemple : parole fusion model cap-collectif --out cap-collectif.yml
    """
    from exports.fusion.mapping_file import ready_text

    _write(out, ready_text(name))


@fusion.command(name="schema", cls=usage.Command)
def schema(
    out: Annotated[Path, typer.Option("--out", help="Le fichier à écrire.")],
) -> None:
    """Écrit le schéma JSON des fichiers de colonnes : un éditeur dit alors ce qui est possible.

    Exemple : parole fusion schema --out colonnes.schema.json
    """
    from exports.fusion.mapping_file import schema

    _write(out, schema())


def _write(out: Path, text: str) -> None:
    from bot.errors import ExportError

    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ExportError(f"« {out} » est déjà là. Choisissez un autre nom.") from None
    except OSError:
        raise ExportError(f"« {out} » ne peut pas être écrit. Choisissez un autre nom.") from None
    typer.echo(str(out))
