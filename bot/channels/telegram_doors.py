"""Telegram's two doors, webhook and polling, onto the same code."""

from __future__ import annotations

import asyncio
import hmac
import json
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from itertools import groupby
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut

from bot.channels.telegram import left, number, press, read
from bot.channels.telegram_api import Api, check_secret, seconds, wrong_token
from bot.errors import (
    DatabaseDamaged,
    GuideError,
    NoRoom,
    SettingsError,
    StorageError,
    TooFast,
    TryLater,
    place_of,
)
from bot.model import Message
from bot.patience import Patience

LARGEST_BODY = 256 * 1024
AGAIN = (StorageError, TryLater)
AT_ONCE = 8  # persons served at the same time by the polling door

_log = structlog.get_logger("parole.telegram")


class Door:
    """What becomes of an update, whichever way it came."""

    def __init__(
        self,
        receive: Callable[[Message], Awaitable[object]],
        *,
        gone: Callable[[str], Awaitable[object]],
        aside: Callable[[int | None, Message | None, str], Awaitable[bool]],
        answer: Callable[[str], Awaitable[object]],
        tell: Callable[[str, str], Awaitable[object]],
        patience: Patience,
        sounded: Callable[[Message, object], Awaitable[Message]] | None = None,
        refused: Callable[[Message, float], Awaitable[object]] | None = None,
    ) -> None:
        """`receive` commits a message, `gone` pauses a person who blocked us, `aside` keeps an
        update that always fails (its number, what it says, where it fails) and tells whether the
        words are kept, `answer` stops the wheel on a pressed button,
        `tell` says to a person, at once, why their message is not kept: a key of the sentences,
        `patience` tells when to stop asking for an update again, `sounded` fetches a voice
        message, `refused` says from which message on a flood is not kept, and for how many
        seconds."""
        self._receive, self._gone, self._aside, self._answer = receive, gone, aside, answer
        self._tell, self._sounded, self._refused = tell, sounded, refused
        self._patience = patience
        self._under_way: set[asyncio.Task[None]] = set()

    async def accept(self, update: object) -> None:
        """Commit one update. Raises StorageError or TryLater, only: deliver it again later."""
        message, person = None, ""
        try:
            if message := read(update):
                person = message.sender
                if message.media == "voice" and self._sounded:
                    message = await self._sounded(message, update)
                await self._receive(message)
            elif person := left(update) or "":
                await self._gone(person)
        except NoRoom:  # those already there go on; a newcomer is told, and comes back
            self._explain(update, "no_room")
        except AGAIN as error:
            if not await self._patience.is_over(number(update), person, error):
                raise
            _log.error("update_set_aside", update=number(update), error=place_of(error))
            await self._set_aside(update, message, error)
            self._patience.given_up(number(update), person, error)
        except TooFast as error:  # confirmed: the others are not held up for one person
            if message and self._refused:
                self._beside(self._told("too_fast", self._refused(message, error.after)))
            else:
                self._explain(update, "too_fast")
        except GuideError as error:
            _log.error("guide_unusable", update=number(update), guide=error.where)
            await self._set_aside(update, message, error)
        except Exception as error:  # one bad update may not block its person for 24 hours
            _log.error("update_set_aside", update=number(update), error=place_of(error))
            await self._set_aside(update, message, error)
        else:
            self._patience.went(number(update), person)
        if (identity := press(update)) is not None:
            self._beside(self._answer_press(identity))

    async def close(self) -> None:
        """Let the last button presses be answered."""
        await asyncio.gather(*self._under_way)

    def _beside(self, call: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(call)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _explain(self, update: object, key: str) -> None:
        if message := read(update):
            self._beside(self._told(key, self._tell(message.sender, key)))

    async def _told(self, key: str, telling: Awaitable[object]) -> None:
        try:
            await telling
        except Exception as error:  # unreachable too: nothing more can be done at this door
            _log.warning("not_told", key=key, error=type(error).__name__)

    async def _set_aside(self, update: object, message: Message | None, error: Exception) -> None:
        kept = False
        try:
            kept = await self._aside(number(update), message, place_of(error))
        except StorageError:
            raise
        except Exception as lost:
            _log.error("update_lost", update=number(update), error=place_of(lost))
        if isinstance(error, DatabaseDamaged):  # the next message is not kept either
            self._explain(update, "damaged")
        else:
            self._explain(update, "set_aside" if kept else "not_kept")

    async def _answer_press(self, identity: str) -> None:
        try:
            await self._answer(identity)
        except Exception as error:  # too old or unreachable: the answer itself was stored
            _log.info("press_not_answered", error=type(error).__name__)


def webhook(door: Door, secret: str, *, path: str = "/telegram/webhook") -> APIRouter:
    """The route Telegram posts to. Raises SettingsError for a secret Telegram could not send."""
    expected = check_secret(secret).encode()
    router = APIRouter(include_in_schema=False)

    @router.post(path)
    async def receive_update(request: Request) -> Response:
        shown = request.headers.get("x-telegram-bot-api-secret-token", "").encode("latin-1")
        if not hmac.compare_digest(shown, expected):
            return _problem(401, "Secret absent ou faux", "Cette adresse est réservée à Telegram.")
        body = await _body(request)
        if body is None:
            return _problem(413, "Message trop gros", "256 Ko au plus.")
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            _log.warning("update_unreadable", bytes=len(body))
            return Response()
        try:
            await door.accept(update)
        except AGAIN:
            problem = _problem(
                503, "Base de données ou fichier indisponible", "Renvoyez ce message dans 5 s."
            )
            problem.headers["Retry-After"] = "5"
            return problem
        return Response()

    return router


class Polling:
    """Asks Telegram for updates, for a machine that Telegram cannot reach."""

    def __init__(
        self, api: Api, door: Door, *, hold: int = 25, settle: float = 30, pause: float = 1
    ) -> None:
        """`hold`: seconds Telegram keeps a question open. During the first `settle` seconds
        another reader makes us give way; later we are the one in place. `pause`: after a fault."""
        self._api, self._door = api, door
        self._hold, self._settle, self._pause = hold, settle, pause
        self._stopping = asyncio.Event()
        self._kept: set[int] = set()  # committed, but after one that was not: they come again

    def stop(self) -> None:
        """Finish the updates in hand, then let `run` return."""
        self._stopping.set()

    async def run(self) -> None:
        """Until `stop`. Raises SettingsError for a refused token or a bot already read."""
        started, faults, conflicts = asyncio.get_running_loop().time(), 0, 0
        offset: int | None = None
        while not self._stopping.is_set():
            try:
                updates = await self._ask(offset)
            except Conflict:
                conflicts += 1
                settled = asyncio.get_running_loop().time() - started >= self._settle
                if not settled or conflicts > 5:
                    raise already_read() from None
                await self._rest(self._pause)
                continue
            except InvalidToken:
                raise wrong_token() from None
            except RetryAfter as error:
                await self._rest(seconds(error))
                continue
            except TimedOut:
                continue
            except TelegramError as error:
                faults += 1
                _log.warning("telegram_unreachable", error=type(error).__name__, times=faults)
                await self._rest(min(60, self._pause * 2 ** min(faults, 6)) * _jitter())
                continue
            faults = conflicts = 0
            if updates:
                offset = await self._accept(updates)
            else:  # all confirmed: forget the number, it restarts at random after a quiet week
                offset = None
                await self._rest(0.05)
        if offset is not None:
            await self._confirm(offset)
        await self._door.close()

    async def _ask(self, offset: int | None) -> list[dict[str, Any]]:
        asking = asyncio.ensure_future(self._api.updates(offset, self._hold))
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not asking.done():
            asking.cancel()
            await asyncio.wait({asking})
            return []
        return asking.result()

    async def _confirm(self, offset: int) -> None:
        """Tell Telegram what is committed before leaving; at worst it comes again, and is known."""
        try:
            await self._api.updates(offset, 0, limit=1)
        except TelegramError:
            _log.info("offset_not_confirmed")

    async def _accept(self, updates: list[dict[str, Any]]) -> int | None:
        """The next offset: just after the last update before which all is committed."""
        updates = sorted(updates, key=lambda update: number(update) or 0)
        slots = asyncio.Semaphore(AT_ONCE)

        async def in_order(mine: Iterable[object]) -> int | None:
            async with slots:
                for update in mine:
                    at = number(update)
                    if at in self._kept:
                        continue
                    try:
                        await self._door.accept(update)
                    except AGAIN:
                        return at
                    if at is not None:
                        self._kept.add(at)
            return None

        persons = groupby(sorted(updates, key=_person), key=_person)  # sorted() keeps the order
        stuck = await asyncio.gather(*(in_order(list(mine)) for _, mine in persons))
        failed = [at for at in stuck if at is not None]
        if failed:
            _log.warning("updates_come_again", updates=len(failed))
            await self._rest(self._pause * _jitter())
            return min(failed)
        self._kept.clear()
        last = number(updates[-1])
        return None if last is None else last + 1

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def already_read() -> SettingsError:
    return SettingsError(
        "PAROLE_TELEGRAM_TOKEN",
        "un autre programme lit déjà les messages de ce bot",
        "Arrêtez l'autre, ou donnez à celui-ci le jeton d'un autre bot",
    )


def _person(update: object) -> str:
    message = read(update)
    return message.sender if message else (left(update) or "")


def _jitter() -> float:
    return random.uniform(0.5, 1.5)  # noqa: S311  # spreads retries, protects nothing


async def _body(request: Request) -> bytes | None:
    """The body, or None as soon as it is too long."""
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:12]) > LARGEST_BODY:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _problem(status: int, title: str, detail: str) -> JSONResponse:
    return JSONResponse(
        {"type": "about:blank", "title": title, "status": status, "detail": detail},
        status,
        media_type="application/problem+json",
    )
