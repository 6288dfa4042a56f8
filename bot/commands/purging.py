"""Erases what has been kept long enough."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.commands.line import Data, say


def purge(
    go: Annotated[bool, typer.Option("--go", help="Effacer. Sans cela, rien ne change.")] = False,
    data: Data = None,
) -> None:
    """Efface les réponses gardées assez longtemps ; dit d'abord combien.

    La durée vient de PAROLE_CLOSING_DATE et de PAROLE_KEEP_MONTHS.

    Exemple : parole purge --go
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from storage.erasure import purging

    logs.set_up("ERROR")
    settings, now = load(data_dir=data), datetime.now(UTC)
    closing, months = settings.closing_date, settings.keep_months
    if closing is None:
        say("Rien n'est effacé : réglez PAROLE_CLOSING_DATE, le dernier jour de la consultation.")
        return
    day = purging.until(now.date(), closing, months)
    if day is None:
        say(f"La consultation finit le {closing:%d/%m/%Y}. Tout est gardé {months} mois après.")
        return
    memory = open_memory(settings, say, create=False)
    try:
        due = purging.due(memory.engine, day)
        typer.echo(f"Sans activité depuis le {day:%d/%m/%Y} : {months} mois ou plus.")
        typer.echo(f"{due.conversations:>8}  conversations à effacer")
        typer.echo(f"{due.contributions:>8}  contributions, dans ces conversations")
        typer.echo(f"{due.staying:>8}  conversations gardées")
        if not go:
            say("Rien n'est effacé. Pour effacer : parole purge --go")
            return
        gone = purging.purge(
            memory.engine, memory.keys, day, now, memory.tombstones, _tell, memory.room
        )
    finally:
        memory.close()
    typer.echo(f"{gone:>8}  conversations effacées")
    say("Les exports déjà faits et les sauvegardes ne changent pas.")


def _tell(done: int) -> None:
    if done % 5000 == 0 and done:
        say(f"{done} conversations effacées")
