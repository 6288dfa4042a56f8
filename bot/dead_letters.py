"""Messages that break the program: set aside, then received again once it is repaired."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.errors import (
    DatabaseDamaged,
    ErasedConversation,
    StorageError,
    TooFast,
    UnknownConversation,
    place_of,
)
from bot.flow import consented
from bot.four_words import words_in
from bot.guide import Guide
from bot.locking import QUIET, asleep, digits_in
from bot.model import Conversation, Letter, Message
from bot.ports import Letters, Store, Threads
from bot.set_aside import Again


class Versions(Protocol):
    """The guides that conversations began with."""

    def of(self, guide: str, version: str) -> Guide: ...


class DeadLetters:
    """Sets aside, and receives again."""

    def __init__(
        self,
        letters: Letters,
        store: Store,
        threads: Threads,
        guides: Versions,
        *,
        quiet: timedelta = QUIET,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._letters, self._store, self._threads = letters, store, threads
        self._guides, self._quiet, self._clock = guides, quiet, clock

    async def set_aside(self, channel: str, message: Message | None, place: str) -> bool:
        """Whether the words are kept, too. Raises StorageError: nothing is."""

        def agreed(talk: Conversation) -> bool:
            return message is not None and self._may_keep(message, talk)

        keep = self._letters.keep
        try:
            return await self._threads.run(keep, channel, message, place, agreed)
        except DatabaseDamaged:  # nobody can say any more what this person agreed to
            return await self._threads.run(keep, channel, None, place, agreed)
        except StorageError:
            raise
        except Exception:  # what breaks may be the conversation itself: the fact, at least
            return await self._threads.run(keep, channel, None, place, agreed)

    def _may_keep(self, message: Message, talk: Conversation) -> bool:
        """Never before consent, nor what may be a code, nor the answer to a question of ours."""
        if talk.pending is not None or asleep(talk, self._clock(), self._quiet):
            return False
        if digits_in(message.text) or words_in(message.text):
            return False
        return consented(self._guides.of(talk.guide, talk.version), talk)

    async def again(self, letter: Letter, receive: Callable[[Message], Awaitable[object]]) -> Again:
        """Receive it once more, and let it go once that is done. Raises StorageError, TooFast."""
        if letter.message is None:
            return Again.WORDLESS
        thread = self._store.thread
        try:
            talk, _ = await self._threads.run(thread, letter.channel, letter.message.sender)
            if (held_back := self._held_back(letter, letter.message, talk)) is not None:
                return held_back
            await receive(letter.message)
        except (UnknownConversation, ErasedConversation):
            return Again.ELSEWHERE
        except (StorageError, TooFast):
            raise
        except Exception as error:
            await self._threads.run(self._letters.again, letter.number, place_of(error))
            return Again.BREAKS
        await self._threads.run(self._letters.remove, letter.number)
        return Again.RECEIVED

    def _held_back(self, letter: Letter, message: Message, talk: Conversation) -> Again | None:
        """Why these words may not be received now: they must answer what they were said to."""
        if talk.id != letter.conversation:
            return Again.ELSEWHERE
        if asleep(talk, self._clock(), self._quiet):
            return Again.CLOSED
        parts = (part for answer in talk.answers.values() for part in answer.parts)
        if any(message.text and part.text == message.text for part in parts):
            return Again.REPEATED
        here = talk.pending is None and talk.at is not None and str(talk.at) == letter.at
        return None if letter.untouched or (here and not message.edits) else Again.GONE_ON
