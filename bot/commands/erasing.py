"""A written request: one participation erased, by its reference."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import Annotated

import typer

from bot.commands.line import Data, say
from bot.errors import ParoleError

SIGNS = 8


def written(reference: str) -> str:
    """The reference as it is kept, however it is typed: « k7qf 3m2p » is K7QF-3M2P."""
    signs = re.sub(r"[^0-9A-Z]", "", reference.upper())
    return f"{signs[:4]}-{signs[4:]}" if len(signs) == SIGNS else reference


def erase(
    reference: Annotated[str, typer.Argument(help="La référence donnée à la personne.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Ne pas demander la référence deux fois.")
    ] = False,
    data: Data = None,
) -> None:
    """Efface une participation, quand la personne le demande par écrit.

    Exemple : parole erase K7QF-3M2P
    """
    from actions import journal
    from bot import logs, our_words
    from bot.app.memory import open_memory
    from bot.model import Event
    from bot.settings import load

    logs.set_up("INFO")
    logs.knows(about=our_words.CODES)
    reference = written(reference)
    if not yes:
        say("Tout sera effacé : réponses, messages vocaux, contributions. C’est définitif.")
        say("Tapez encore la référence :")
        if written(sys.stdin.readline().strip()) != reference:
            raise ParoleError("Les deux références ne sont pas les mêmes. Rien n’est effacé.")
    memory = open_memory(load(data_dir=data), say, create=False)
    try:
        found = memory.store.erase(reference)
    finally:
        memory.close()
    if found is None:
        raise ParoleError("Aucune participation n’a cette référence. Elle est peut-être effacée.")
    asyncio.run(journal.asked(Event("erased", about="request"), found))
    say("La participation est effacée. Elle reste dans les sauvegardes et les exports déjà faits.")
