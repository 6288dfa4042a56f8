"""Published guides, and the threads in which the database is called."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest
from talks import conversation, turn

from bot.errors import GuideError
from storage.guides import Guides
from storage.threads import Threads


def test_a_version_in_use_never_changes(engine, store):
    guides = Guides(engine)
    guides.publish("cese-2022", "1", "aa", "title: un\n")
    guides.publish("cese-2022", "1", "aa", "title: un\n")
    guides.publish("cese-2022", "1", "bb", "title: deux — é 😀\n")  # nobody has answered yet
    assert guides.source("cese-2022", "1") == "title: deux — é 😀\n"
    with store.hold("web", "someone") as held:
        held.save("m1", turn(conversation()), push=False)
    guides.publish("cese-2022", "1", "bb", "title: deux — é 😀\n")
    with pytest.raises(GuideError, match="Changez la version"):
        guides.publish("cese-2022", "1", "cc", "title: trois\n")
    assert guides.source("cese-2022", "1") == "title: deux — é 😀\n"
    guides.publish("cese-2022", "2", "cc", "title: trois\n")
    assert guides.published() == [("cese-2022", "1"), ("cese-2022", "2")]
    assert guides.source("cese-2022", "9") is None


def test_calls_run_elsewhere_with_their_context(engine, backend):
    threads = Threads.serving(engine, 4)
    asked: ContextVar[str] = ContextVar("asked")

    def where(n: int, *, more: int) -> tuple[str, str, int]:
        return threading.current_thread().name, asked.get(), n + more

    async def ask() -> tuple[str, str, int]:
        asked.set("yes")
        return await threads.run(where, 1, more=2)

    name, got, total = asyncio.run(ask())
    assert (got, total) == ("yes", 3)
    assert name.startswith("storage")
    assert threads.workers == (1 if backend == "sqlite" else 4)
    threads.close()


def test_errors_come_back():
    threads = Threads()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(threads.run(lambda: 1 // 0))
    threads.close()
