"""What a person who floods us is told: from which message on nothing was kept, once a minute."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic

from bot.model import Message

MINUTE = 60.0
REMEMBERED = 10_000  # persons
_NUMBER = re.compile(r"[me](\d+)")

Say = Callable[[str, int | None], Awaitable[object]]  # to a person, about one of their messages


class Floods:
    """Each flood is told as a reply to the first message that was not kept."""

    def __init__(
        self,
        say: Say,
        clock: Callable[[], float] = monotonic,
        today: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._say, self._clock, self._today = say, clock, today
        self._over: OrderedDict[str, float] = OrderedDict()  # when the flood told last ends
        self._next: OrderedDict[str, float] = OrderedDict()  # when one more may be told
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Whoever still has to be told is told now."""
        self._stopping.set()

    async def refused(self, message: Message, after: float) -> None:
        """This message was not kept; nothing is for `after` seconds from when it was sent."""
        chat, sent = message.sender, (message.sent or self._today()).timestamp()
        if sent < self._over.get(chat, sent):
            return  # told already, from an earlier message on
        wait = max(0.0, self._next.get(chat, 0.0) - self._clock())
        if wait > MINUTE:
            return  # one waits to be told already
        _put(self._over, chat, sent + after)
        _put(self._next, chat, self._clock() + wait + MINUTE)
        await self._rest(wait)
        about = _NUMBER.match(message.id)
        await self._say(chat, int(about[1]) if about else None)

    async def _rest(self, seconds: float) -> None:
        if seconds:
            try:
                await asyncio.wait_for(self._stopping.wait(), seconds)
            except TimeoutError:
                return


def _put(kept: OrderedDict[str, float], chat: str, value: float) -> None:
    kept[chat] = value
    kept.move_to_end(chat)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
