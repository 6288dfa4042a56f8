"""The places of a turn, and of a reply that leaves, where a server may die: nothing is shipped."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

TURN = ("received", "understood", "held", "saved", "committing", "committed", "acted", "answered")
PUSH = ("claimed", "speaking", "said", "settled", "confirmed")
POINTS = (*TURN, *PUSH)


class Bomb:
    """Goes off the nth time, as a power cut would: no cleaning up."""

    def __init__(self, nth: int) -> None:
        self._left, self._lock = nth, threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                kill()


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(point: str, at: float) -> None:
    """Place the death of this process."""
    if point == "random":
        timer = threading.Timer(at, kill)
        timer.daemon = True
        timer.start()
        return
    PLACES[point](Bomb(int(at)))


def before(owner: Any, name: str) -> Callable[[Bomb], None]:
    """At the beginning of an async method."""

    def place(bomb: Bomb) -> None:
        whole = getattr(owner(), name)

        async def dying(*given: Any, **named: Any) -> Any:
            bomb()
            return await whole(*given, **named)

        setattr(owner(), name, dying)

    return place


def after(owner: Any, name: str) -> Callable[[Bomb], None]:
    """Once an async method has done its work."""

    def place(bomb: Bomb) -> None:
        whole = getattr(owner(), name)

        async def dying(*given: Any, **named: Any) -> Any:
            done = await whole(*given, **named)
            bomb()
            return done

        setattr(owner(), name, dying)

    return place


def stored(owner: Any, name: str) -> Callable[[Bomb], None]:
    """Once a blocking method has done something."""

    def place(bomb: Bomb) -> None:
        whole = getattr(owner(), name)

        def dying(*given: Any, **named: Any) -> Any:
            done = whole(*given, **named)
            if done or done is None:
                bomb()
            return done

        setattr(owner(), name, dying)

    return place


def around_hold(inside: bool) -> Callable[[Bomb], None]:
    """When the conversation is locked, or when its transaction is committed."""

    def place(bomb: Bomb) -> None:
        from storage.conversations import SqlStore

        whole = SqlStore.hold

        @contextmanager
        def dying(*given: Any) -> Iterator[Any]:
            with whole(*given) as held:
                if inside:
                    bomb()
                yield held
            if not inside:
                bomb()

        SqlStore.hold = dying  # type: ignore[assignment, method-assign]

    return place


def committing(bomb: Bomb) -> None:
    """Just before COMMIT is sent."""
    from sqlalchemy import Engine, event

    event.listen(Engine, "commit", lambda _: bomb())


def _reception() -> Any:
    from bot.reception import Reception

    return Reception


def _understanding() -> Any:
    from nlu.understand import Understanding

    return Understanding


def _held() -> Any:
    from storage.held import SqlHeld

    return SqlHeld


def _shell() -> Any:
    from bot.channels.web_headers import Shell

    return Shell


def _outbox() -> Any:
    from storage.outbox import SqlOutbox

    return SqlOutbox


def _speaker() -> Any:
    from bot.channels.telegram_api import TelegramSpeaker

    return TelegramSpeaker


def _polling() -> Any:
    from bot.channels.telegram_doors import Polling

    return Polling


PLACES: dict[str, Callable[[Bomb], None]] = {
    "received": before(_reception, "receive"),
    "understood": after(_understanding, "understand"),
    "held": around_hold(True),
    "saved": stored(_held, "save"),
    "committing": committing,
    "committed": around_hold(False),
    "acted": after(_reception, "_act"),
    "answered": after(_shell, "__call__"),
    "claimed": stored(_outbox, "claim"),
    "speaking": before(_speaker, "say"),
    "said": after(_speaker, "say"),
    "settled": stored(_outbox, "sent"),
    "confirmed": after(_polling, "_accept"),
}
