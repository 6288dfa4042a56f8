"""Takes replies out of the outbox and says them on one channel, each person's in order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog

from bot.errors import Blocked, SendingError, StorageError, TryLater
from bot.model import Choice, Parcel, Said
from bot.pace import Pace
from bot.ports import Outbox, Speaker, Threads

AT_ONCE = 30
RESERVED = 25.0  # seconds; below the 30 s for which the outbox keeps a parcel for us
UNSURE = 30.0  # seconds before a reply that was perhaps taken is said again
LONGEST_PAUSE = 3600.0
ATTEMPTS = 34  # 2, 4, 8 … 2 048 s then one an hour: about 24 hours
SIGNS = 5  # persons told to wait within a second: the channel itself is asking

_log = structlog.get_logger("parole.sender")


@dataclass(slots=True)
class _Progress:
    """What the channel took of one parcel. Kept until the outbox knows it too."""

    parts: Sequence[str]
    choices: tuple[Choice, ...]
    taken: int = 0
    unsure: bool = False  # the part being said may have been taken already
    speaking: bool = False


class Sender:
    """Drains the outbox of one channel."""

    def __init__(
        self,
        channel: str,
        outbox: Outbox,
        speaker: Speaker,
        render: Callable[[Parcel], Said],
        threads: Threads,
        *,
        split: Callable[[str], Sequence[str]] = lambda text: (text,),
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pace: Pace | None = None,
        idle: float = 1.0,
    ) -> None:
        """`render` gives the words and buttons of a parcel; `split` the parts that the channel
        can take, so that one already accepted is never said again; `idle`: seconds between looks.
        """
        self._channel, self._outbox, self._speaker = channel, outbox, speaker
        self._render, self._threads, self._split = render, threads, split
        self._clock, self._pace, self._idle = clock, pace or Pace(), idle
        self._progress: dict[int, _Progress] = {}
        self._flying: dict[int, asyncio.Task[None]] = {}
        self._told_to_wait: list[float] = []
        self._bell = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._stopped = asyncio.Event()

    def wake(self) -> None:
        """There may be something to send. Callable from any thread, at any time."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._bell.set)

    async def stop(self) -> None:
        """Send nothing new, wait for what is being sent."""
        self._stopping = True
        if self._loop is not None:
            self._bell.set()
            await self._stopped.wait()

    async def run(self) -> None:
        """Until `stop`."""
        self._loop = asyncio.get_running_loop()
        try:
            while not self._stopping:
                self._bell.clear()
                if not await self._claim():
                    await self._listen()
            await asyncio.gather(*self._flying.values())
        finally:
            for task in self._flying.values():
                task.cancel()
            self._stopped.set()

    async def _claim(self) -> int:
        room = AT_ONCE - len(self._flying)
        if room <= 0 or self._pace.resting():
            return 0
        claim = self._outbox.claim
        try:
            if not await self._threads.run(self._outbox.speaks, self._channel):
                return 0
            parcels = await self._threads.run(claim, self._channel, self._clock(), room)
        except StorageError as error:
            _log.warning("outbox_unreachable", error=type(error).__name__)
            return 0
        fresh = [parcel for parcel in parcels if parcel.id not in self._flying]
        for parcel in fresh:
            task = asyncio.create_task(self._deliver(parcel))
            self._flying[parcel.id] = task
            task.add_done_callback(partial(self._landed, parcel.id))
        return len(fresh)

    def _landed(self, parcel: int, _: asyncio.Task[None]) -> None:
        self._flying.pop(parcel, None)
        self._bell.set()  # this person's next reply can be claimed now

    async def _listen(self) -> None:
        try:
            await asyncio.wait_for(self._bell.wait(), self._idle)
        except TimeoutError:
            return

    async def _deliver(self, parcel: Parcel) -> None:
        """Say one parcel and tell the outbox what became of it."""
        call, *details = await self._outcome(parcel)
        if await self._settle(call, parcel.id, *details) and call != self._outbox.later:
            self._progress.pop(parcel.id, None)

    async def _outcome(self, parcel: Parcel) -> tuple[Any, ...]:
        try:
            progress = self._progress.get(parcel.id) or await self._begin(parcel)
        except StorageError:  # the guide it is about could not be read for now
            if parcel.attempts >= ATTEMPTS:
                _log.warning("expired", parcel=parcel.id)
                return self._outbox.drop, "expired"
            pause = max(5.0, _backoff(parcel))
            return self._outbox.later, self._clock() + timedelta(seconds=pause)
        except Exception as error:  # a sentence that cannot be made must not stop the next ones
            _log.error("unsayable", parcel=parcel.id, key=parcel.reply.key, error=_kind(error))
            return self._outbox.drop, "unsayable"
        if not progress.parts:
            return self._outbox.drop, "empty"
        try:
            async with asyncio.timeout(RESERVED):
                await self._say(parcel, progress)
        except TryLater as error:
            return self._wait(parcel, progress, error)
        except TimeoutError:
            return self._wait(parcel, progress, TryLater(5, maybe_sent=progress.speaking))
        except Blocked:
            return self._outbox.block, self._clock()
        except SendingError:
            _log.error("refused", parcel=parcel.id, key=parcel.reply.key)
            return self._outbox.drop, "refused"
        except Exception as error:  # not foreseen: kept, and tried again at a growing distance
            _log.error("not_sent", parcel=parcel.id, error=_kind(error))
            return self._wait(parcel, progress, TryLater(5))
        return self._outbox.sent, self._clock()

    async def _begin(self, parcel: Parcel) -> _Progress:
        said = await self._threads.run(self._render, parcel)  # may read an old guide
        text = said.text.strip()
        progress = _Progress(tuple(self._split(text)) if text else (), said.choices)
        self._progress[parcel.id] = progress
        return progress

    async def _say(self, parcel: Parcel, progress: _Progress) -> None:
        while progress.taken < len(progress.parts):
            last = progress.taken == len(progress.parts) - 1
            choices = progress.choices if last else ()
            progress.speaking = False
            async with self._pace.turn(parcel.address):
                progress.speaking = True
                await self._speaker.say(parcel.address, progress.parts[progress.taken], choices)
            progress.taken, progress.unsure = progress.taken + 1, False

    def _wait(self, parcel: Parcel, progress: _Progress, error: TryLater) -> tuple[Any, ...]:
        """When to try again. A part that may have been taken twice is not said a third time."""
        if error.maybe_sent and progress.unsure:
            progress.taken, progress.unsure = progress.taken + 1, False
            if progress.taken == len(progress.parts):
                _log.warning("unsure", parcel=parcel.id)
                return self._outbox.drop, "unsure"
        elif error.maybe_sent:
            progress.unsure = True
        if parcel.attempts >= ATTEMPTS:
            _log.warning("expired", parcel=parcel.id)
            return self._outbox.drop, "expired"
        if error.maybe_sent:
            pause = max(UNSURE, error.after)
        else:
            self._heed(error.after)
            pause = max(error.after, _backoff(parcel)) * random.uniform(1, 1.25)  # noqa: S311
        return self._outbox.later, self._clock() + timedelta(seconds=pause)

    def _heed(self, after: float) -> None:
        """Several persons told to wait at once: everyone waits."""
        now = asyncio.get_running_loop().time()
        self._told_to_wait = [at for at in self._told_to_wait if now - at < 1] + [now]
        if len(self._told_to_wait) >= SIGNS:
            _log.warning("channel_asks_to_wait", seconds=after)
            self._pace.rest(after)
            self._told_to_wait.clear()

    async def _settle(self, call: Callable[..., object], *details: object) -> bool:
        """Tell the outbox, insisting a little: what it does not know would be said again."""
        for pause in (0.2, 0.5, 1, 0):
            try:
                await self._threads.run(call, *details)
            except StorageError as error:
                _log.warning("outbox_unreachable", error=_kind(error))
                await asyncio.sleep(pause)
            else:
                return True
        return False


def _backoff(parcel: Parcel) -> float:
    return min(LONGEST_PAUSE, 2.0 ** min(max(parcel.attempts, 1), 12))


def _kind(error: Exception) -> str:
    return type(error).__name__
