"""Telegram at work: the door and the outbox, from the token to the last reply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

import structlog

from bot.ceiling import Window
from bot.channels.telegram_api import Api, TelegramSpeaker, set_up
from bot.channels.telegram_doors import Door, Polling, webhook
from bot.channels.telegram_floods import Floods
from bot.channels.telegram_text import split
from bot.channels.telegram_voices import Fetching
from bot.errors import SettingsError, TooFast, TryLater
from bot.listening import Listening
from bot.model import Given, Message, Parcel, Said
from bot.patience import Patience
from bot.ports import Outbox, Threads
from bot.sender import Sender

log = structlog.get_logger("parole.telegram")


class Receiving(Protocol):
    """What the door hands messages to."""

    async def receive(self, message: Message, *, may_open: bool = True) -> Given: ...

    def left(self, channel: str, sender: str) -> None: ...


class Telegram:
    """Started and stopped with the server. Until Telegram answers, the other doors serve alone."""

    def __init__(
        self,
        api: Api,
        reception: Receiving,
        outbox: Outbox,
        render: Callable[[Parcel], Said],
        threads: Threads,
        say: Callable[[str], None],
        sentence: Callable[[str], str],
        set_aside: Callable[[str, Message | None, str], Awaitable[bool]],
        look: Callable[[], object],
        *,
        public_url: str | None = None,
        secret: str = "",
        listening: Listening,
        fetching: Fetching,
    ) -> None:
        """With `public_url` Telegram brings the updates there; without, they are asked for.

        `sentence` words the keys of what is told without being kept; `set_aside` keeps what the
        program breaks on; `look` raises StorageError when the memory itself is not well.

        Raises SettingsError for a secret that Telegram could not send.
        """
        self._api, self._reception, self._threads, self._say = api, reception, threads, say
        self._public_url, self._secret, self._set_aside = public_url, secret, set_aside
        self._floods = Floods(self._flooded)
        self._door = Door(
            self._receive,
            gone=self._gone,
            aside=self._aside,
            answer=self._api.answer,
            tell=self._tell,
            patience=Patience(partial(threads.run, look)),
            sounded=fetching.sounded,
            refused=self._floods.refused,
        )
        self._listening = listening
        self._sentence, self._speaker = sentence, TelegramSpeaker(api)
        self._told = Window(1)
        self._polling = Polling(api, self._door)
        self._sender = Sender("telegram", outbox, self._speaker, render, threads, split=split)
        self.router = webhook(self._door, secret) if public_url else None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin in the background."""
        self._tasks.append(asyncio.create_task(self._run()))

    async def stop(self) -> None:
        """Finish what is in hand, then close."""
        self._polling.stop()
        self._listening.stop()
        self._floods.stop()
        await self._sender.stop()
        await self._door.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._api.close()

    async def _run(self) -> None:
        try:
            name = await self._set_up()
            self._say(f"Telegram : https://t.me/{name}")
            self._tasks.append(asyncio.create_task(self._sender.run()))
            self._tasks.append(asyncio.create_task(self._listening.run(self._heard)))
            if self._public_url is None:
                await self._polling.run()
        except SettingsError as error:
            self._say(f"Telegram n'est pas branché. {error}")
        except Exception as error:  # not foreseen: said, or nobody would know
            log.error("telegram_stopped", error=type(error).__name__)
            self._say("Telegram s'est arrêté, la page continue. Relancez Parole.")

    async def _set_up(self) -> str:
        while True:
            try:
                return await set_up(self._api, public_url=self._public_url, secret=self._secret)
            except TryLater as wait:
                log.warning("telegram_unreachable", seconds=wait.after)
                await asyncio.sleep(wait.after)

    async def _receive(self, message: Message) -> None:
        await self._reception.receive(message)
        self._sender.wake()
        if message.sound:
            self._listening.wake()

    async def _heard(self, message: Message) -> None:
        """The words of a voice message: they begin no conversation."""
        await self._reception.receive(message, may_open=False)
        self._sender.wake()

    async def _gone(self, chat: str) -> None:
        await self._threads.run(self._reception.left, "telegram", chat)

    async def _tell(self, chat: str, key: str) -> None:
        """Once a minute: a flood of ours would answer theirs."""
        with suppress(TooFast):
            self._told.check((key, chat))
            self._told.count((key, chat))
            await self._speaker.say(chat, self._sentence(key), ())

    async def _flooded(self, chat: str, about: int | None) -> None:
        await self._speaker.reply(chat, self._sentence("too_fast"), about)

    async def _aside(self, update: int | None, message: Message | None, place: str) -> bool:
        log.error("telegram_update_set_aside", update=update)
        return await self._set_aside("telegram", message, place)
