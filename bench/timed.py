"""`parole serve` with a stopwatch on each stage of a turn; GET /times gives and resets the sums.

python -m bench.timed --data DIR
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.bare import serve
from bot import engine
from bot.app.memory import open_memory
from bot.app.service import make_app
from bot.channels import web_api
from bot.channels.web_talk import Talk
from bot.reception import Reception
from bot.settings import load
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.held import SqlHeld
from storage.threads import Threads

Sums = dict[str, list[float]]  # stage: seconds waited, seconds of processor, times
sums: Sums = defaultdict(lambda: [0.0, 0.0, 0])


def add(stage: str, wall: float, cpu: float) -> None:
    one = sums[stage]
    one[0] += wall
    one[1] += cpu
    one[2] += 1


@contextmanager
def watch(stage: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.thread_time()
    try:
        yield
    finally:
        add(stage, time.perf_counter() - wall, time.thread_time() - cpu)


def timed(owner: Any, name: str, stage: str) -> None:
    """Replace a function by itself with a stopwatch."""
    real: Callable[..., Any] = getattr(owner, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        with watch(stage):
            return real(*args, **kwargs)

    setattr(owner, name, call)


def timed_wait(owner: Any, name: str, stage: str) -> None:
    """The same for a coroutine."""
    real: Callable[..., Awaitable[Any]] = getattr(owner, name)

    async def call(*args: Any, **kwargs: Any) -> Any:
        with watch(stage):
            return await real(*args, **kwargs)

    setattr(owner, name, call)


def install() -> None:
    """Put the stopwatches on."""
    timed_wait(web_api, "body", "body")
    timed(web_api, "json_object", "parse")
    timed(web_api, "message", "parse")
    timed(web_api, "as_json", "respond")
    timed(Talk, "given", "words")
    timed_wait(Understanding, "understand", "understand")
    timed(Reception, "_turn", "engine")
    timed(engine, "_said", "said")
    timed(SqlHeld, "given", "given")
    timed(SqlHeld, "save", "save")
    _time_hold()
    _time_queue()


def _time_hold() -> None:
    real = SqlStore.hold

    @contextmanager
    def hold(store: SqlStore, channel: str, sender: str) -> Iterator[SqlHeld]:
        inner = real(store, channel, sender)
        with watch("hold"):
            held = inner.__enter__()
        try:
            yield held
        except BaseException as error:
            if not inner.__exit__(type(error), error, error.__traceback__):
                raise
        else:
            with watch("commit"):
                inner.__exit__(None, None, None)

    SqlStore.hold = hold  # type: ignore[assignment, method-assign]


def _time_queue() -> None:
    real = Threads.run

    async def run(threads: Threads, call: Callable[..., Any], /, *args: Any, **more: Any) -> Any:
        asked, times = time.perf_counter(), [0.0, 0.0]

        def inside() -> Any:
            times[0] = time.perf_counter()
            with watch("thread"):
                try:
                    return call(*args, **more)
                finally:
                    times[1] = time.perf_counter()

        try:
            return await real(threads, inside)
        finally:
            add("queue", times[0] - asked, 0.0)
            add("return", time.perf_counter() - times[1], 0.0)

    Threads.run = run  # type: ignore[method-assign]


class Stopwatch:
    """Around the whole application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/times":
            told = Response(json.dumps(sums).encode(), media_type="application/json")
            sums.clear()
            await told(scope, receive, send)
        elif scope["type"] == "http":
            with watch("request"):
                await self.app(scope, receive, send)
        else:
            await self.app(scope, receive, send)


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--data", type=Path, required=True)
    install()
    settings = load(data_dir=asked.parse_args().data)
    service = make_app(settings, open_memory(settings))
    serve(Stopwatch(service))
