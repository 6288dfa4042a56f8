"""The command line, `parole`."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import usage
from bot.errors import GuideError, ParoleError

if TYPE_CHECKING:
    from bot.model import Event, Given, Said
    from bot.settings import Settings

app = typer.Typer(
    name="parole",
    cls=usage.Group,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Parole : contribuer à une consultation publique en discutant, en français simple.\n\n"
    "Les réglages viennent de l'environnement (PAROLE_…) ou du fichier .env.\n\n"
    "Exemple : parole serve --port 8080",
)
Data = Annotated[Path | None, typer.Option("--data", help="Dossier de la base, de la clé et du "
                                           "modèle de langue. Par défaut : data.")]  # fmt: skip


def say(line: str) -> None:
    """One line for the person at the terminal."""
    typer.echo(line, err=True)


@app.command(cls=usage.Command)
def serve(
    host: Annotated[str | None, typer.Option(help="Adresse où écouter.")] = None,
    port: Annotated[int | None, typer.Option(help="Port où écouter. 0 : un port libre.")] = None,
    data: Data = None,
) -> None:
    """Démarre l'assistant : la page, l'API, Telegram s'il est réglé.

    Exemple : parole serve --host 0.0.0.0 --port 8080 --data /var/lib/parole
    """
    import uvicorn

    from bot import logs
    from bot.app import make_app, open_memory
    from bot.settings import load
    from bot.sockets import listen

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped by systemd: all is well
    settings = load(host=host, port=port, data_dir=data)
    logs.set_up(settings.log_level)
    with contextlib.ExitStack() as opened:
        listening = opened.enter_context(listen(settings.host, settings.port))
        memory = open_memory(settings, say)
        opened.callback(memory.close)
        service = make_app(settings, memory, say)
        address = f"http://{settings.host}:{listening.getsockname()[1]}"
        say(f"Parole est prête : {settings.public_url or address}")
        if settings.public_url:
            say(f"Elle écoute sur {address}")
        if settings.telegram_token is None:
            say(
                "Telegram n'est pas branché. Pour l'ajouter : "
                "PAROLE_TELEGRAM_TOKEN (docs/channels.md)"
            )
        if missing := service.state.parts.settings.to_change:
            say(f"Textes à écrire avant d'ouvrir : {', '.join(missing)} (docs/operate.md)")
        say("Pour arrêter : Ctrl-C")
        config = uvicorn.Config(
            service,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=10,
        )
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
    say("Parole est arrêtée.")


@app.command(cls=usage.Command)
def talk(
    guide: Annotated[str | None, typer.Option(help="Le guide à suivre.")] = None,
    name: Annotated[str, typer.Option("--as", help="Qui parle ; le même nom reprend.")] = "moi",
    data: Data = None,
) -> None:
    """Discute dans le terminal, au format que les tests rejouent.

    Écrivez vos mots, ou [un bouton] entre crochets. Ctrl-D pour sortir.

    Exemple : parole talk --guide assises
    """
    from bot import logs
    from bot.app import make_parts, open_memory
    from bot.channels.terminal import converse

    settings = _settings_beside(data)
    logs.set_up("ERROR")
    memory = open_memory(settings, say)
    happened: list[Event] = []

    async def note(event: Event, conversation: str) -> None:  # noqa: ARG001
        happened.append(event)

    parts = make_parts(settings, memory, say, also=(note,))
    if guide is not None and guide not in parts.shelf:
        raise GuideError(guide, "ce guide n'existe pas", "Voyez : parole check")

    def words(given: Given) -> list[Said]:
        at = parts.shelf.of(given.guide, given.version)
        return [parts.wording.say(reply, at) for reply in given.replies]

    try:
        asyncio.run(
            converse(parts.reception.receive, words, sys.stdin, sys.stdout, name, guide, happened)
        )
    finally:
        parts.threads.close()
        memory.close()


@app.command(cls=usage.Command)
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
    from bot.app import guide_files, make_wording
    from bot.settings import load

    if schema:
        typer.echo(guide_file.schema(), nl=False)
        return
    settings = load()
    read = files or guide_files(settings)
    wording = make_wording(settings)
    found = [*checking.guides(read), *checking.sentences(wording)]
    if plain or strict:
        found += checking.plain(read, None if files else wording, strict=strict)
    for sign, said in found:
        typer.echo(f"{sign} {said}")
    raise typer.Exit(1 if any(sign == "✗" for sign, _ in found) else 0)


@app.command(cls=usage.Command)
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
    from bot.app import understanding_of
    from bot.settings import load
    from bot.sockets import rasa_beside

    kind = understood.checked(asked)
    logs.set_up("ERROR")
    settings = load(data_dir=data)
    if settings.rasa_url is None and (beside := rasa_beside(settings.data_dir)) != "off":
        settings = load(data_dir=data, rasa_url=beside)

    raise typer.Exit(understood.read_all(understanding_of(settings, say), kind))


@app.command(cls=usage.Command)
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


@app.command(cls=usage.Command)
def voices(
    out: Annotated[Path, typer.Option("--out", help="Un dossier vide, à remplir.")],
    every: Annotated[
        bool, typer.Option("--all", help="Aussi les messages qui ont déjà un texte.")
    ] = False,
    data: Data = None,
) -> None:
    """Écrit les messages vocaux à transcrire, et le tableau où mettre leurs mots.

    Exemple : parole voices --out exports/voix
    """
    from bot import logs
    from bot.app import open_memory
    from bot.settings import load
    from exports.voices import TABLE, write

    logs.set_up("ERROR")
    memory = open_memory(load(data_dir=data), say, create=False)
    try:
        count = write(out, memory.voices.kept(), memory.store.participations(), every=every)
    finally:
        memory.close()
    typer.echo(f"{count:>8}  messages vocaux dans {out}")
    say(f"Écrivez leurs mots dans {TABLE}, puis : parole transcribed {out / TABLE}")


@app.command(cls=usage.Command)
def transcribed(
    file: Annotated[Path, typer.Argument(help="Le tableau de « parole voices », rempli.")],
    data: Data = None,
) -> None:
    """Met dans les réponses les mots entendus dans les messages vocaux.

    Les mots que la personne a donnés ou confirmés elle-même ne changent pas.

    Exemple : parole transcribed exports/voix/a-transcrire.csv
    """
    from bot import logs
    from bot.app import open_memory
    from bot.settings import load
    from exports.voices import read
    from nlu.understand import without_names

    logs.set_up("ERROR")
    lines = list(read(file))
    memory = open_memory(load(data_dir=data), say, create=False)
    try:
        refused = [
            line.file
            for line in lines
            if not memory.voices.write_down(
                line.reference, line.number, line.words, without_names(line.words)
            )
        ]
    finally:
        memory.close()
    typer.echo(f"{len(lines) - len(refused):>8}  transcriptions gardées")
    for name in refused:
        say(f"{name} : pas gardée. Ce message n'est plus là, ou la personne a donné ses mots.")


@app.command(cls=usage.Command)
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
    from bot.app import guide_files, introduced
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


@app.command(cls=usage.Command)
def origins(data: Data = None) -> None:
    """Compte les participations par lien partagé et par public : ce qui marche, qui manque.

    Un nombre de 1 à 4 est écrit « < 5 », pour que personne ne soit reconnu.

    Exemple : parole origins
    """
    from bot import logs
    from bot.app import open_memory, open_shelf
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


@app.command(cls=usage.Command)
def migrate(data: Data = None) -> None:
    """Met la base de données à la version du programme, ou la crée.

    Exemple : parole migrate --data /var/lib/parole
    """
    from bot import logs
    from bot.settings import load
    from storage.database import migrate as bring_up_to_date

    logs.set_up("ERROR")
    bring_up_to_date(load(data_dir=data).database_url)
    typer.echo("La base de données est à jour.")


def _settings_beside(data: Path | None) -> Settings:
    """The settings; understanding is that of a `parole serve` beside us, or rules alone."""
    from bot.settings import load
    from bot.sockets import rasa_beside

    settings = load(data_dir=data)
    return load(data_dir=data, rasa_url=settings.rasa_url or rasa_beside(settings.data_dir))


def main() -> None:
    """Run a command; an error of ours is a sentence, not a traceback."""
    try:
        sys.exit(app(standalone_mode=False))
    except ParoleError as error:
        say(usage.told(error, sys.argv))
    except typer.TyperException as error:
        say(error.message if "\n" in error.message else usage.problem(error))
    sys.exit(2)


if __name__ == "__main__":
    main()
