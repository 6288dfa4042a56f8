"""Runs the assistant: the service, a conversation in the terminal, the database."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.line import Data, say
from bot.errors import GuideError

if TYPE_CHECKING:
    from bot.model import Event, Given, Said
    from bot.settings import Settings


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
    from bot.app.memory import open_memory
    from bot.metrics import Meters
    from bot.settings import load
    from bot.sockets import listen
    from storage.sealing.masterkey import forget_new

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped by systemd: all is well
    settings = load(host=host, port=port, data_dir=data)
    meters = Meters()
    logs.set_up(settings.log_level, meters.logged)
    with contextlib.ExitStack() as opened:
        listening = opened.enter_context(listen(settings.host, settings.port))
        memory = open_memory(settings, say)
        opened.callback(memory.close)
        if copied := forget_new(settings.given_key, settings.data_dir / "parole.key"):
            say(f"La nouvelle clé est dans PAROLE_MASTER_KEY : {copied} est effacé.")
        from bot.app.service import make_app  # long: after all that may be refused

        service = make_app(settings, memory, say, meters)
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
            say(f"À remplir avant d'ouvrir : {', '.join(missing)} (docs/operate.md)")
        if (settings.public_url or "").startswith("https:") and not settings.proxies:
            say("Le serveur web qui porte le https se dit dans PAROLE_PROXIES (docs/operate.md)")
        say("Pour arrêter : Ctrl-C")
        config = uvicorn.Config(
            service,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",  # no door of ours is a WebSocket
            timeout_graceful_shutdown=10,
        )
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
    say("Parole est arrêtée.")


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
    from bot.app.memory import open_memory
    from bot.app.talk import make_parts
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
