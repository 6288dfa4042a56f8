"""Links for partners, and what each of them brought."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.commands.line import Data, say
from bot.errors import GuideError


def link(
    origin: Annotated[
        str | None, typer.Option(help="D'où viennent les personnes, en minuscules.")
    ] = None,
    origins: Annotated[
        Path | None,
        typer.Option(
            help="Un fichier, une origine par ligne. --qr et --poster sont alors des dossiers."
        ),
    ] = None,
    guide: Annotated[str | None, typer.Option(help="Un autre guide que celui par défaut.")] = None,
    qr: Annotated[
        Path | None, typer.Option(help="Écrit le QR code du lien : un fichier .svg ou .png.")
    ] = None,
    poster: Annotated[
        Path | None, typer.Option(help="Écrit une affiche A4 à imprimer : un fichier .pdf.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Remplace un fichier existant.")] = False,
) -> None:
    """Donne le lien à partager avec un partenaire : la page, et Telegram s'il est branché.

    Exemple : parole link --origin maison-de-quartier-roubaix --poster ./affiche.pdf
    """
    from bot.app.texts import guide_files, introduced
    from bot.links import bot_name, is_local, named, ways
    from bot.settings import load, variable
    from bot.sharing import planned, write
    from bot.shelf import Shelf

    settings = load()
    shelf = Shelf(guide_files(settings), settings.guide, lambda *_: None)
    if guide is not None and guide not in shelf:
        raise GuideError(guide, "ce guide n'existe pas", "Voyez : parole check")
    asked = named(origin, origins)
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    telegram = asyncio.run(bot_name(settings))
    every = [ways(base, telegram, one, guide) for one in asked]
    current = shelf.current(guide)
    known = introduced(settings, current)
    organiser = "" if variable("organiser_name") in known.to_change else known.organiser_name
    files = planned(every, current, organiser, qr, poster, several=origins is not None)
    for one in every:
        links = [way.link for way in (one.web, one.telegram) if way]
        typer.echo("\t".join((one.origin, *links)) if origins else "\n".join(links))
    if files and is_local(base):
        say("Attention : cette adresse s'ouvre sur cette machine seulement. "
            "Réglez PAROLE_PUBLIC_URL avant d'imprimer.")  # fmt: skip
    write(files, say, force=force)


def origins(data: Data = None) -> None:
    """Compte les participations par lien partagé et par public : ce qui marche, qui manque.

    Un nombre de 1 à 4 est écrit « < 5 », pour que personne ne soit reconnu.

    Exemple : parole origins
    """
    from bot import logs
    from bot.app.memory import open_memory
    from bot.app.texts import open_shelf
    from bot.settings import load
    from exports.outreach import counted, lines

    logs.set_up("ERROR")
    settings = load(data_dir=data)
    memory = open_memory(settings, say, create=False)
    try:
        shelf = open_shelf(settings, memory)
        guides = {key: shelf.of(*key) for key in memory.guides.published()}
        tallies = counted(memory.store.participations(), guides)
    finally:
        memory.close()
    for line in lines(tallies):
        typer.echo(line)
