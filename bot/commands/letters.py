"""Messages that broke the program: listed, received again after a repair, or thrown away."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.line import Data, say
from bot.errors import ParoleError, StorageError, TooFast
from bot.set_aside import WHY, Again

if TYPE_CHECKING:
    from bot.app.memory import Memory
    from bot.model import Letter
    from bot.settings import Settings

ALL = "tout"
THEN = {  # what can be done of a letter that was not received again
    Again.REPEATED: ". Vous pouvez l'écarter",
    Again.WORDLESS: ". Vous pouvez l'écarter",
    Again.GONE_ON: ", ses mots répondraient à celle-là",
    Again.CLOSED: ". Reprenez-le quand elle sera revenue",
    Again.BREAKS: ". Il reste là",
}


def letters(
    replay: Annotated[
        str | None, typer.Option("--replay", help="Reprendre ce message (M12), ou « tout ».")
    ] = None,
    discard: Annotated[
        str | None, typer.Option("--discard", help="Écarter ce message ou cette réponse (M12, R3).")
    ] = None,
    data: Data = None,
) -> None:
    """Montre les messages qui ont mis le programme en panne, et les réponses abandonnées.

    Jamais les mots : le numéro, le jour, l'endroit du programme.
    Après une mise à jour, --replay les reprend. Un message déjà reçu ne l'est pas deux fois.

    Exemple : parole letters
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.settings import load
    from bot.sockets import rasa_beside

    if replay and discard:
        raise ParoleError("Choisissez : --replay ou --discard.")
    settings = load(data_dir=data)
    settings = load(data_dir=data, rasa_url=settings.rasa_url or rasa_beside(settings.data_dir))
    logs.set_up("ERROR")
    memory = open_memory(settings, say, create=False)
    try:
        if replay:
            asyncio.run(_replay(settings, memory, replay))
        elif discard:
            _discard(memory, discard)
        else:
            _show(memory)
    finally:
        memory.close()


def _show(memory: Memory) -> None:
    kept, given_up = memory.letters.all(), memory.letters.given_up()
    for one in kept:
        words = "mots gardés" if one.kept else "sans les mots"
        tried = f"repris {one.tried} fois en vain" if one.tried else ""
        line = (f"M{one.number}", f"{one.on:%Y-%m-%d}", one.channel, one.place, words, tried)
        typer.echo("\t".join(line).rstrip())
    for number, channel, why in given_up:
        typer.echo(f"R{number}\t\t{channel}\t{why}")
    say(f"{len(kept)} messages mis de côté, {len(given_up)} réponses abandonnées.")
    if any(one.kept for one in kept):
        say("Après une mise à jour : parole letters --replay tout")


async def _replay(settings: Settings, memory: Memory, which: str) -> None:
    from bot.app.talk import dead_letters, make_parts
    from bot.staff import PAROLE, Act
    from storage.desk.journal import Journal

    numbers = [one.number for one in _chosen(memory, which)]
    parts = make_parts(settings, memory, say)
    journal, again = Journal(memory.engine), dead_letters(parts)
    try:
        for number in numbers:
            letter = memory.letters.open(number)
            if letter is None:  # thrown away, or erased, in between
                continue
            try:
                done = await again.again(letter, partial(parts.reception.receive, may_open=False))
            except (StorageError, TooFast) as error:
                say(f"M{number} : pas repris, à refaire. {error}")
                continue
            journal.write(
                PAROLE, Act.LETTER_REPLAYED, {"letter": f"M{number}", "outcome": done.value}
            )
            typer.echo(f"M{number}\t{_told(done)}")
    finally:
        if parts.rasa:
            await parts.rasa.close()
        parts.threads.close()


def _told(done: Again) -> str:
    if done is Again.RECEIVED:
        return WHY[done]
    return f"pas repris : {WHY[done]}{THEN.get(done, '')}"


def _discard(memory: Memory, which: str) -> None:
    from bot.staff import PAROLE, Act
    from storage.desk.journal import Journal

    kind, number = which[:1].upper(), which[1:]
    known = kind in ("M", "R") and number.isascii() and number.isdigit()
    remove = memory.letters.remove if kind == "M" else memory.letters.forget_reply
    if not known or not remove(int(number)):
        raise ParoleError(f"Rien ne porte le numéro {which}. Voyez : parole letters")
    Journal(memory.engine).write(PAROLE, Act.LETTER_DISCARDED, {"letter": f"{kind}{number}"})
    typer.echo(f"{kind}{number}\técarté")


def _chosen(memory: Memory, which: str) -> list[Letter]:
    kept = memory.letters.all()
    if which == ALL:
        return kept
    found = [one for one in kept if f"M{one.number}" == which.upper()]
    if not found:
        raise ParoleError(f"Aucun message ne porte le numéro {which}. Voyez : parole letters")
    return found
