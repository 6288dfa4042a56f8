"""The journal of the desk, read on the machine."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.line import Data, say


def journal(
    check: Annotated[
        bool, typer.Option("--check", help="Relit tout le journal et vérifie sa chaîne.")
    ] = False,
    count: Annotated[int, typer.Option(help="Combien de lignes montrer.", min=1)] = 20,
    data: Data = None,
) -> None:
    """Montre qui a fait quoi au bureau de l'équipe, ou vérifie que rien n'y a été changé.

    Exemple : parole journal --check
    """
    import json

    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from storage.desk.journal import Journal

    logs.set_up("ERROR")
    memory = open_memory(load(data_dir=data), say, create=False)
    try:
        kept = Journal(memory.engine)
        chain = kept.check() if check else None
        lines = () if check else kept.lines(limit=count)
    finally:
        memory.close()
    for line in reversed(lines):
        about = json.dumps(dict(line.about), ensure_ascii=False)
        typer.echo(f"{line.at}\t{line.who}\t{line.what}\t{about}")
    if chain is None:
        return
    if chain.broken is not None:
        say(f"La chaîne est rompue à la ligne {chain.broken} : le journal a été modifié hors de "
            "Parole, ou la base est abîmée. Gardez une copie de la base.")  # fmt: skip
        raise typer.Exit(1)
    typer.echo(f"{chain.lines:>8}  lignes, {chain.last}")
    say("La chaîne est entière. Notez ce nombre et cette empreinte ailleurs : ils prouveront que "
        "rien n'a été retiré à la fin.")  # fmt: skip
