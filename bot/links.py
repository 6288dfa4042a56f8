"""The links that carry where a person comes from."""

from __future__ import annotations

import re

from bot.errors import SettingsError
from bot.settings import Settings

ORIGIN = re.compile(r"[a-z0-9-]{1,40}")


def web_link(base: str, origin: str, guide: str | None = None) -> str:
    """The page's address for this origin. Raises SettingsError for an odd origin."""
    path = f"/g/{guide}" if guide else "/"
    return f"{base.rstrip('/')}{path}?origine={checked(origin)}"


async def telegram_link(settings: Settings, origin: str) -> str:
    """The bot's deep link for this origin; asks Telegram for the bot's name."""
    from telegram.error import TelegramError

    from bot.channels.telegram_api import Api

    assert settings.telegram_token  # noqa: S101
    api = Api(settings.telegram_token.get_secret_value(), server=settings.telegram_api)
    try:
        name = (await api.bot.get_me()).username
    except TelegramError as error:
        raise SettingsError(
            "PAROLE_TELEGRAM_TOKEN", "Telegram ne répond pas", "Vérifiez le jeton et le réseau"
        ) from error
    finally:
        await api.close()
    return f"https://t.me/{name}?start={checked(origin)}"


def checked(origin: str) -> str:
    if not ORIGIN.fullmatch(origin):
        raise SettingsError(
            "--origin",
            "il faut de 1 à 40 lettres minuscules sans accent, chiffres ou tirets",
            "Par exemple : maison-de-quartier-roubaix",
        )
    return origin
