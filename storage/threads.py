"""Where the blocking calls of the database run, away from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from sqlalchemy import Engine

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """One thread for SQLite, which has one writer; several for PostgreSQL."""

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="storage")

    @classmethod
    def serving(cls, engine: Engine, workers: int = 8) -> Threads:
        """As many as this database can use at the same time."""
        return cls(1 if engine.dialect.name == "sqlite" else workers)

    async def run(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `fn` in one of the threads and wait for it."""
        call = partial(copy_context().run, fn, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def close(self) -> None:
        """Wait for the calls under way; take no more."""
        self._pool.shutdown(wait=True)
