"""Telegram's Bot API as we use it: opened quietly, set up, spoken through."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import httpx
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot.channels.telegram_text import split
from bot.errors import Blocked, SendingError, SettingsError, TryLater
from bot.model import Choice

OFFICIAL = "https://api.telegram.org"
UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
COMMANDS = (
    ("aide", "Ce que je peux faire"),
    ("retour", "Revenir à la question d'avant"),
    ("passer", "Passer cette question"),
    ("pause", "Faire une pause"),
    ("reprendre", "Reprendre où j'en étais"),
    ("reponses", "Voir mes réponses"),
    ("corriger", "Corriger une réponse"),
    ("simple", "Dire plus simplement"),
    ("pourquoi", "Pourquoi cette question"),
    ("terminer", "Finir maintenant"),
    ("effacer", "Effacer tout ce que j'ai dit"),
    ("personne", "Je change de personne"),
    ("code", "Mettre un code de 4 chiffres"),
    ("donnees", "Ce que deviennent mes réponses"),
    ("humain", "Parler à une personne"),
    ("qui", "Qui êtes-vous"),
)


class Api:
    """One bot's account at Telegram. Its methods raise TelegramError, without our words in logs."""

    def __init__(
        self, token: str, *, server: str = OFFICIAL, patience: float = 8, proxies: bool = True
    ) -> None:
        """`patience`: seconds to wait for an answer. Raises SettingsError for an odd token."""
        if not re.fullmatch(r"\d+:[\w-]{3,}", token, re.ASCII):
            raise wrong_token()
        quiet()
        self._request = HTTPXRequest(
            connection_pool_size=64,
            connect_timeout=min(5, patience),
            read_timeout=patience,
            write_timeout=min(5, patience),
            pool_timeout=2,
            httpx_kwargs={"trust_env": proxies},
        )
        self.bot = Bot(
            token,
            base_url=f"{server}/bot",
            base_file_url=f"{server}/file/bot",
            request=self._request,
        )

    async def name(self) -> str:
        """The bot's user name, whatever else a relay leaves out of its answer."""
        me = await self._request.post(f"{self.bot.base_url}/getMe")
        return str(me.get("username", "")) if isinstance(me, dict) else ""

    async def updates(
        self, offset: int | None, hold: int, *, limit: int = 100
    ) -> list[dict[str, Any]]:
        """Waiting updates, as they came: one that nobody can parse must not hide the others."""
        asked: dict[str, object] = {"timeout": hold, "limit": limit}
        asked["allowed_updates"] = str(list(UPDATES)).replace("'", '"')
        if offset is not None:
            asked["offset"] = offset
        url = f"{self.bot.base_url}/getUpdates?{urlencode(asked)}"
        found = await self._request.post(url, read_timeout=hold + 8)
        return list(found) if isinstance(found, list) else []

    async def answer(self, press: str) -> None:
        """Stop the wheel that turns on a pressed button."""
        await self.bot.answer_callback_query(press)

    async def fetch(self, file: str, at_most: int) -> bytes | None:
        """The bytes of a file; None when it is larger. Raises TryLater."""
        try:
            found = await self.bot.get_file(file)
            if (found.file_size or 0) > at_most:
                return None
            octets = bytes(await found.download_as_bytearray())
        except RetryAfter as error:
            raise TryLater(seconds(error)) from None
        except TelegramError as error:
            if "too big" in error.message.casefold():
                return None
            raise TryLater(3) from None
        except (KeyError, TypeError, ValueError, RuntimeError):  # an answer nobody can read
            raise TryLater(3) from None
        return octets if len(octets) <= at_most else None

    async def close(self) -> None:
        await self._request.shutdown()


class TelegramSpeaker:
    """Says replies on Telegram."""

    def __init__(self, api: Api) -> None:
        self._bot = api.bot

    async def say(self, address: str, text: str, choices: Iterable[Choice]) -> None:
        """Send the text, its buttons under the last part.

        Raises TryLater, Blocked, or SendingError for what Telegram will never take. A long text
        that must not be sent twice is split by the caller, who then knows which parts are gone.
        """
        parts, buttons = split(text), keyboard(choices)
        for part in parts[:-1]:
            await self._say(address, part, None)
        await self._say(address, parts[-1], buttons)

    async def reply(self, address: str, text: str, about: int | None) -> None:
        """Send a short text as a reply to one of their messages, if it is still there."""
        await self._say(address, text, None, about)

    async def _say(
        self,
        address: str,
        text: str,
        buttons: InlineKeyboardMarkup | None,
        about: int | None = None,
    ) -> None:
        if not text.strip() and buttons is None:
            return
        try:
            await self._bot.send_message(
                int(address),
                text,
                reply_markup=buttons,
                reply_parameters=(
                    None
                    if about is None
                    else ReplyParameters(about, allow_sending_without_reply=True)
                ),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
        except TelegramError as error:
            raise _ours(error) from None
        except (KeyError, TypeError, ValueError, OverflowError):
            return  # accepted: only the receipt could not be read, sending again would repeat it


def keyboard(choices: Iterable[Choice]) -> InlineKeyboardMarkup | None:
    """Buttons one a row, two when both are short. Raises SendingError for one beyond 64 bytes."""
    rows: list[list[InlineKeyboardButton]] = []
    for choice in choices:
        if not 0 < len(choice.value.encode()) <= 64:
            raise SendingError("un bouton envoie plus de 64 octets, ou rien")
        button = InlineKeyboardButton(choice.label, callback_data=choice.value)
        if rows and len(rows[-1]) == 1 and all(len(b.text) <= 20 for b in (button, rows[-1][0])):
            rows[-1].append(button)
        else:
            rows.append([button])
    return InlineKeyboardMarkup(rows) if rows else None


async def set_up(api: Api, *, public_url: str | None = None, secret: str = "") -> str:
    """Check the token, set the menu, and the webhook or its absence. The bot's name.

    Raises SettingsError, or TryLater when Telegram cannot be reached.
    """
    try:
        name = await api.name()
        with suppress(NetworkError):  # no menu is no reason to stay away
            await api.bot.set_my_commands([BotCommand(word, what) for word, what in COMMANDS])
        if public_url is None:
            await api.bot.delete_webhook()
            return name
        address = f"{public_url.rstrip('/')}/telegram/webhook"
        await api.bot.set_webhook(
            address, secret_token=check_secret(secret), allowed_updates=UPDATES
        )
    except InvalidToken:
        raise wrong_token() from None
    except BadRequest:
        raise SettingsError(
            "PAROLE_PUBLIC_URL",
            "Telegram refuse cette adresse",
            "Il faut une adresse en https://, sur le port 443, 80, 88 ou 8443",
        ) from None
    except RetryAfter as error:
        raise TryLater(seconds(error)) from None
    except TelegramError:
        raise TryLater(5) from None
    return name


def quiet() -> None:
    """Keep the token and people's words out of what the libraries log, at any level asked."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # It quotes whole answers at ERROR when they are not JSON; every error reaches us raised.
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
    # Durations as its next major version gives them; otherwise each one read is a warning.
    os.environ.setdefault("PTB_TIMEDELTA", "true")


def check_secret(secret: str) -> str:
    """The webhook's secret, if Telegram can send it. Raises SettingsError."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
        raise SettingsError(
            "PAROLE_TELEGRAM_SECRET",
            "ce secret est absent, trop court ou contient un signe interdit",
            "Mettez de 16 à 256 lettres sans accent, chiffres, « - » ou « _ »",
        )
    return secret


def wrong_token() -> SettingsError:
    return SettingsError(
        "PAROLE_TELEGRAM_TOKEN",
        "Telegram ne reconnaît pas ce jeton",
        "Copiez celui que donne @BotFather (/mybots, puis « API Token »), de la forme 123456:ABC…",
    )


def _ours(error: TelegramError) -> SendingError:
    """What a refusal of Telegram means for the sender."""
    if isinstance(error, RetryAfter):
        return TryLater(seconds(error))
    if isinstance(error, Forbidden):
        return Blocked("la personne ne veut plus de nos messages")
    if isinstance(error, BadRequest):
        if "chat not found" in error.message.casefold():
            return Blocked("cette conversation n'existe plus")
        return SendingError("Telegram refuse ce message")
    if isinstance(error, TimedOut):
        unsent = isinstance(error.__cause__, httpx.ConnectTimeout | httpx.PoolTimeout)
        return TryLater(5) if unsent or "Pool" in error.message else TryLater(30, maybe_sent=True)
    if isinstance(error, InvalidToken):
        return TryLater(60)
    if isinstance(error, NetworkError):
        answered = error.__cause__ is None or isinstance(error.__cause__, httpx.ConnectError)
        return TryLater(3) if answered else TryLater(30, maybe_sent=True)
    return TryLater(30, maybe_sent=True)  # an answer, but not one we can read


def seconds(error: RetryAfter) -> float:
    """How long Telegram asks us to wait."""
    after = error.retry_after
    return float(after if isinstance(after, int | float) else after.total_seconds())
