"""The links that carry where a person comes from."""

from __future__ import annotations

from bot.errors import SettingsError
from bot.origins import RULE, is_name, joined
from bot.settings import Settings


def web_link(base: str, origin: str, guide: str | None = None) -> str:
    """The page's address for this origin. Raises SettingsError for an odd origin."""
    path = f"/g/{guide}" if guide else "/"
    return f"{base.rstrip('/')}{path}?origine={checked(origin)}"


async def telegram_link(settings: Settings, origin: str, guide: str | None = None) -> str:
    """The bot's deep link for this origin; asks Telegram for the bot's name.

    Raises SettingsError for an odd origin, names too long together, or a bot that cannot be asked.
    """
    from telegram.error import TelegramError

    from bot.channels.telegram_api import Api

    payload = joined(checked(origin), guide)
    if payload is None:
        raise SettingsError(
            "--origin",
            "avec le nom du guide, ce mot est trop long pour un lien Telegram",
            "Choisissez un mot plus court",
        )
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
    return f"https://t.me/{name}?start={payload}"


def checked(origin: str) -> str:
    if not is_name(origin):
        raise SettingsError(
            "--origin", f"il faut {RULE}", "Par exemple : maison-de-quartier-roubaix"
        )
    return origin
