"""What the service does by itself, at start-up then every hour: one that fails stops no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import structlog

from bot.ports import Threads

HOUR = 3600.0
log = structlog.get_logger(__name__)


async def regularly(
    tasks: Mapping[str, Callable[[], object]],
    threads: Threads,
    every: float = HOUR,
    failed: Callable[[str, int], None] = lambda name, times: None,  # noqa: ARG005
) -> None:
    """Do each of them now and again, for ever. `failed`: how many times in a row, 0 included."""
    times = dict.fromkeys(tasks, 0)
    while True:
        for name, task in tasks.items():
            try:
                await threads.run(task)
            except Exception as error:  # whatever it is, there is a next time
                times[name] += 1
                log.warning(f"{name}_failed", error=type(error).__name__, times=times[name])
            else:
                times[name] = 0
            failed(name, times[name])
        await asyncio.sleep(every)
