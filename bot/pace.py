"""How fast a channel may be spoken to: so many messages a second, so few for one person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PER_SECOND = 25.0  # Telegram allows 30 overall
APART = 1.0  # seconds between two messages to one person
_KNOWN = 10_000


class Pace:
    """Hands out turns to speak."""

    def __init__(self, per_second: float = PER_SECOND, apart: float = APART) -> None:
        self._gap, self._apart = 1 / per_second, apart
        self._next = 0.0
        self._persons: dict[str, float] = {}
        self._queue = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, person: str) -> AsyncIterator[None]:
        """Wait for this person's turn, then for everyone's. One turn a person at a time."""
        await asyncio.sleep(self._persons.get(person, 0.0) - _now())
        async with self._queue:
            while (wait := self._next - _now()) > 0:
                await asyncio.sleep(wait)
            self._next = _now() + self._gap
        try:
            yield
        finally:  # counted from the end: however slow the network was, the two stay apart
            self._forget_old()
            self._persons[person] = _now() + self._apart

    def rest(self, seconds: float) -> None:
        """Nobody's turn for this long."""
        self._next = max(self._next, _now() + seconds)

    def resting(self) -> bool:
        """Whether everyone waits."""
        return self._next - _now() > self._gap

    def _forget_old(self) -> None:
        if len(self._persons) >= _KNOWN:
            now = _now()
            self._persons = {who: at for who, at in self._persons.items() if at > now}


def _now() -> float:
    return asyncio.get_running_loop().time()
