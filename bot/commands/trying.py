"""Tries what was written and what is understood, before a respondent does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.commands.line import Data, say


def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Des fichiers de guide. Sans rien : tous.")
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Écrit le schéma JSON.")] = False,
    plain: Annotated[
        bool,
        typer.Option(
            "--plain",
            help="Mesure aussi le français : phrases de 15 mots, de 12 dans les variantes simples, "
            "mots courants, indice de lecture, sigles, négations, parenthèses. Dit la phrase, la "
            "règle et un conseil.",
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", help="Refuse aussi un guide à vous qui n'est pas en français simple."
        ),
    ] = False,
) -> None:
    """Vérifie les guides et les phrases : fichier, ligne, ce qui ne va pas, quoi changer.

    « ✗ » est une faute, « ! » un avertissement. Les règles et leurs exceptions sont expliquées
    dans docs/write-a-guide.md.

    Exemple : parole check --plain mon-guide.yml
    """
    from bot import checking, guide_file
    from bot.app.texts import guide_files, make_wording
    from bot.settings import load

    if schema:
        typer.echo(guide_file.schema(), nl=False)
        return
    settings = load()
    read = files or guide_files(settings)
    wording = make_wording(settings)
    found = [*checking.guides(read), *checking.sentences(wording)]
    if plain or strict:
        from bot.commands.said_elsewhere import texts

        found += (
            checking.plain(read, strict=strict)
            if files
            else checking.plain(read, wording, texts(), strict=strict)
        )
    for sign, said in found:
        typer.echo(f"{sign} {said}")
    raise typer.Exit(1 if any(sign == "✗" for sign, _ in found) else 0)


def understand(
    asked: Annotated[
        str | None,
        typer.Option(
            metavar="GENRE",
            help="Le genre de question posée : dit aussi ce que les mots y veulent dire. open, "
            "yes_no, consent, choice, choices, number, place ou read_back.",
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Dit ce qui est compris : un texte par ligne en entrée, un objet JSON par ligne en sortie.

    Le modèle de langue est démarré s'il ne tourne pas déjà, puis arrêté. Avec PAROLE_RASA_URL=off,
    les règles comprennent seules.

    Exemple : echo "jsuis perdu" | parole understand --asked open
    """
    from bot import logs, understood
    from bot.app.understanding import understanding_of
    from bot.settings import load
    from bot.sockets import rasa_beside

    kind = understood.checked(asked)
    logs.set_up("ERROR")
    settings = load(data_dir=data)
    if settings.rasa_url is None and (beside := rasa_beside(settings.data_dir)) != "off":
        settings = load(data_dir=data, rasa_url=beside)

    raise typer.Exit(understood.read_all(understanding_of(settings, say), kind))
