"""Telegram's door, with what fetches and writes down voice messages."""

from __future__ import annotations

from bot.app.talk import Parts, dead_letters
from bot.app.texts import Say
from bot.channels.telegram_api import Api
from bot.channels.telegram_service import Telegram
from bot.channels.telegram_voices import Fetching
from bot.errors import SettingsError
from bot.listening import A_PERSON, Listening
from bot.model import Reply
from bot.ports import Transcriber
from bot.settings import Settings
from bot.transcribing import chosen
from storage.wellness import well


def make_telegram(settings: Settings, parts: Parts, say: Say) -> Telegram | None:
    """Telegram's door, when there is a token. Raises SettingsError for an odd one."""
    if settings.telegram_token is None:
        return None
    secret = settings.telegram_secret
    api = Api(settings.telegram_token.get_secret_value(), server=settings.telegram_api)
    transcriber = _transcriber(settings, say)
    listening = Listening(parts.memory.voices, transcriber, parts.threads, say)
    fetching = Fetching(
        api.fetch,
        parts.reception.takes_voice,
        seconds=settings.max_voice_seconds,
        kilobytes=settings.max_voice_kb,
        listening=lambda: listening.active,
    )
    return Telegram(
        api,
        parts.reception,
        parts.memory.outbox,
        parts.render,
        parts.threads,
        say,
        lambda key: parts.wording.say(Reply(key), parts.shelf.current()).text,
        dead_letters(parts).set_aside,
        lambda: well(parts.memory.engine, parts.memory.keys),
        public_url=settings.public_url if settings.telegram_mode == "webhook" else None,
        secret=secret.get_secret_value() if secret else "",
        listening=listening,
        fetching=fetching,
    )


def _transcriber(settings: Settings, say: Say) -> Transcriber | None:
    """What writes down voice messages; without it a person does, and nothing else stops."""
    try:
        return chosen(settings)
    except SettingsError as error:
        say(f"{error} {A_PERSON}")
        return None
