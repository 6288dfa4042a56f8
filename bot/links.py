"""The links that carry where a person comes from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.origins import RULE, is_name, joined
from bot.settings import Settings

LOCAL = {"127.0.0.1", "localhost", "0.0.0.0", "::1"}  # noqa: S104 (recognised, never listened on)


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: the link that a QR code carries, and the address that a hand can copy."""

    link: str
    address: str  # short: no scheme


@dataclass(frozen=True, slots=True)
class Ways:
    """What one partner shares."""

    origin: str
    web: Way
    telegram: Way | None = None


def ways(base: str, bot: str | None, origin: str, guide: str | None = None) -> Ways:
    """Every way in from this origin; `bot` is the name of the Telegram bot, if there is one.

    Raises SettingsError for an odd origin, or names too long together for Telegram.
    """
    start = web_link(base, origin, guide)
    web = Way(start, start.partition("://")[2])
    if bot is None:
        return Ways(origin, web)
    link = telegram_link(bot, origin, guide)
    # The bot alone would open the default guide: another one has to stay in the address.
    short = f"t.me/{bot}" if guide is None else link.partition("://")[2]
    return Ways(origin, web, Way(link, short))


def web_link(base: str, origin: str, guide: str | None = None) -> str:
    """The page's address for this origin. Raises SettingsError for an odd origin."""
    path = f"/g/{guide}" if guide else ""
    return f"{base.rstrip('/')}{path}/o/{checked(origin)}"


def telegram_link(bot: str, origin: str, guide: str | None = None) -> str:
    """The bot's deep link for this origin. Raises SettingsError, as `ways` does."""
    payload = joined(checked(origin), guide)
    if payload is None:
        raise SettingsError(
            f"--origin {origin}",
            "avec le nom du guide, ce mot est trop long pour un lien Telegram",
            "Choisissez un mot plus court",
        )
    return f"https://t.me/{bot}?start={payload}"


async def bot_name(settings: Settings) -> str | None:
    """The name of our Telegram bot, asked of Telegram; None when there is no bot.

    Raises SettingsError for a bot that cannot be asked.
    """
    from telegram.error import TelegramError

    from bot.channels.telegram_api import Api

    if settings.telegram_token is None:
        return None
    api = Api(settings.telegram_token.get_secret_value(), server=settings.telegram_api)
    try:
        return (await api.bot.get_me()).username
    except TelegramError as error:
        raise SettingsError(
            "PAROLE_TELEGRAM_TOKEN", "Telegram ne répond pas", "Vérifiez le jeton et le réseau"
        ) from error
    finally:
        await api.close()


def checked(origin: str) -> str:
    if not is_name(origin):
        raise SettingsError(
            "--origin", f"il faut {RULE}", "Par exemple : maison-de-quartier-roubaix"
        )
    return origin


def named(origin: str | None, file: Path | None) -> tuple[str, ...]:
    """The origins asked for: one, or those of a file. Raises SettingsError."""
    if origin is not None and file is not None:
        raise SettingsError("--origin", "il y a déjà --origins", "Gardez l'un des deux")
    if file is not None:
        return read_list(file)
    if origin is None:
        remedy = "Par exemple : --origin maison-de-quartier-roubaix"
        raise SettingsError("--origin", "il manque une origine", remedy)
    return (checked(origin),)


def read_list(file: Path) -> tuple[str, ...]:
    """The origins of a file, one a line; empty lines and « # … » are left out.

    Raises SettingsError with the line that does not fit.
    """
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"--origins {file}", "ce fichier ne se lit pas", "Vérifiez son nom et l'UTF-8"
        ) from error
    found: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        origin = line.partition("#")[0].strip()
        if not origin:
            continue
        where = f"{file}, ligne {number}"
        if not is_name(origin):
            remedy = "Par exemple : maison-de-quartier-roubaix"
            raise SettingsError(where, f"il faut {RULE}", remedy)
        if origin in found:
            problem = f"la même origine est déjà ligne {found[origin]}"
            raise SettingsError(where, problem, "Gardez-en une")
        found[origin] = number
    if not found:
        raise SettingsError(
            f"--origins {file}", "ce fichier est vide", "Écrivez une origine par ligne"
        )
    return tuple(found)


def is_local(base: str) -> bool:
    """Whether this address opens on this machine only: nothing to print."""
    return urlsplit(base).hostname in LOCAL
