"""What several commands share: an option, and a word to the person at the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path | None, typer.Option("--data", help="Dossier de la base, de la clé et du "
                                           "modèle de langue. Par défaut : data.")]  # fmt: skip


def say(line: str) -> None:
    """One line for the person at the terminal."""
    typer.echo(line, err=True)
