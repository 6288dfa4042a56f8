"""Voice messages written down after they are kept: one at a time, away from the conversation."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from bot.errors import (
    ErasedConversation,
    ParoleError,
    StorageError,
    TooFast,
    TranscriptionError,
    UnknownConversation,
)
from bot.model import Message, Recording, Sound
from bot.ports import Threads, Transcriber, Voices

PATIENCE = 60.0  # seconds, and twice the length of the message
REST = 5.0  # seconds between two looks when nothing wakes us: another process may have stopped

log = structlog.get_logger("parole.voices")


class Listening:
    """Takes each message that waits, and says in its conversation what was heard, or nothing."""

    def __init__(
        self,
        voices: Voices,
        transcriber: Transcriber | None,
        threads: Threads,
        say: Callable[[str], None] = lambda _: None,
        *,
        patience: float = PATIENCE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Without a transcriber, what waits is told that a person will listen."""
        self._voices, self._transcriber, self._threads = voices, transcriber, threads
        self._say, self._patience, self._clock = say, patience, clock
        self._one = threading.Lock()
        self._woken, self._stopping = asyncio.Event(), asyncio.Event()

    @property
    def active(self) -> bool:
        """Whether a program listens; else a person will."""
        return self._transcriber is not None

    def wake(self) -> None:
        """A voice message was kept."""
        self._woken.set()

    def stop(self) -> None:
        """Let `run` return; what was begun is begun again at the next start."""
        self._stopping.set()
        self._woken.set()

    async def run(self, receive: Callable[[Message], Awaitable[object]]) -> None:
        """Until `stop`. `receive` commits what was heard, and raises as reception does."""
        await self._load()
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                found = await self._next(receive)
            except ParoleError as error:
                log.warning("voices_wait", error=type(error).__name__)
                found = False
            if not found:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), REST)

    async def _load(self) -> None:
        if self._transcriber is None:
            return
        try:
            await self._alone(self._transcriber.load)
        except Exception as error:
            log.error("transcriber_not_loaded", error=type(error).__name__)
            why = f" {error}" if isinstance(error, TranscriptionError) else ""
            self._say(f"PAROLE_TRANSCRIBER : le modèle ne se charge pas.{why} {A_PERSON}")
            self._transcriber = None

    async def _next(self, receive: Callable[[Message], Awaitable[object]]) -> bool:
        """Write down the oldest message that waits. False when there is none."""
        one: Recording | None = await self._threads.run(self._voices.claim, self._clock())
        if one is None:
            return False
        words = await self._heard(one.voice.sound)
        if self._stopping.is_set():
            return False
        about = one.voice.message
        heard = Message(one.channel, one.sender, f"heard {about}", text=words, hears=about)
        try:
            await receive(heard)
        except (UnknownConversation, ErasedConversation):
            pass
        except (StorageError, TooFast):
            log.info("voice_later")
            return False  # claimed again once its lease is over
        await self._threads.run(self._voices.done, one.conversation, one.number)
        return True

    async def _heard(self, sound: Sound) -> str:
        """The words; none when nothing could be heard in time: a person will listen."""
        if (transcriber := self._transcriber) is None:
            return ""
        limit = self._patience + 2 * sound.seconds
        try:
            work = self._alone(lambda: transcriber.transcribe(sound.octets))
            return await asyncio.wait_for(work, limit) or ""
        except TimeoutError:
            log.error("transcription_too_slow", seconds=sound.seconds)
        except Exception as error:  # a library of others: the message is kept, whatever it does
            log.error("transcription_failed", error=type(error).__name__)
        return ""

    async def _alone(self, work: Callable[[], str | None]) -> str | None:
        """Run in a thread that a stop does not wait for, after the one before it."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[str | None] = loop.create_future()

        def settle(words: str | None, error: Exception | None) -> None:
            if done.done():
                return
            if error is None:
                done.set_result(words)
            else:
                done.set_exception(error)

        def run() -> None:
            with self._one:
                if done.cancelled():
                    return
                words, error = None, None
                try:
                    words = work()
                except Exception as raised:
                    error = raised
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, words, error)

        threading.Thread(target=run, name="transcriber", daemon=True).start()
        return await done


A_PERSON = "En attendant, une personne écoutera les messages vocaux."
