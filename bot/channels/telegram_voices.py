"""Telegram's voice messages, fetched where the conversation takes one, within the limits."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.channels.telegram import Note, note
from bot.errors import TryLater
from bot.model import Message, Sound

TRIES = 5  # deliveries of a message whose file does not come
REMEMBERED = 1000

Fetch = Callable[[str, int], Awaitable[bytes | None]]


class Fetching:
    """Gives a message its sound, or the reason why it has none."""

    def __init__(
        self,
        fetch: Fetch,
        wanted: Callable[[Message], Awaitable[bool]],
        *,
        seconds: int,
        kilobytes: int,
        listening: Callable[[], bool],
    ) -> None:
        """`wanted`: whether the conversation would keep it now. `listening`: whether a program
        will write it down."""
        self._fetch, self._wanted, self._listening = fetch, wanted, listening
        self._seconds, self._kilobytes = seconds, kilobytes
        self._tries: OrderedDict[tuple[str, str], int] = OrderedDict()

    async def sounded(self, message: Message, update: object) -> Message:
        """The message with its sound. Raises TryLater when Telegram has to deliver it again."""
        found = note(update)
        if found is None or message.edits or not await self._wanted(message):
            return message
        return replace(message, sound=await self._sound(message, found))

    async def _sound(self, message: Message, found: Note) -> Sound:
        bare = Sound(found.seconds, found.kind)
        too_big = replace(bare, refused="too_big", at_most=self._kilobytes)
        if found.seconds > self._seconds:
            return replace(bare, refused="too_long", at_most=self._seconds)
        if found.size > self._kilobytes * 1000:
            return too_big
        key = (message.sender, message.id)
        try:
            octets = await self._fetch(found.file, self._kilobytes * 1000)
        except TryLater:
            if not self._again(key):
                return replace(bare, refused="lost")
            raise
        self._tries.pop(key, None)
        if octets is None:
            return too_big
        if not octets:
            return replace(bare, refused="lost")
        return replace(bare, octets=octets, listening=self._listening())

    def _again(self, key: tuple[str, str]) -> bool:
        """Whether one more delivery may be asked for."""
        tries = self._tries.pop(key, 0) + 1
        if tries >= TRIES:
            return False
        self._tries[key] = tries
        if len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)
        return True
