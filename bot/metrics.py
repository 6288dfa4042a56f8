"""What a monitor reads at `/metrics`, in Prometheus' format: numbers, names of ours, nobody.

Shut unless `PAROLE_METRICS_TOKEN` is set: behind a web server on the same machine, every request
comes from 127.0.0.1, so that the address alone cannot tell a monitor from a passer-by.
"""

from __future__ import annotations

import asyncio
import hmac
import math
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Enum,
    Gauge,
    Histogram,
    ProcessCollector,
    exposition,
)
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.errors import StorageError
from bot.model import Event
from bot.ports import Threads

PATIENCE = 2.0  # seconds given to the database to answer
LATENCIES = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5)  # seconds; Rasa is given 1.5
DOORS = frozenset({"web", "telegram", "terminal"})
MOST_NAMES = 200  # of one label: what comes after is counted together


class Standing(NamedTuple):
    """How the memory stands; the same whichever server is asked."""

    oldest_waiting: float  # seconds
    waiting: int  # replies
    given_up: dict[str, int]  # replies, by reason
    exports: dict[str, int]  # asked for at the desk, by stage
    letters: int  # messages set aside
    last_backup: float = math.inf  # seconds; infinite without one
    purge_late: int = 0  # days
    key_age: float = 0.0  # seconds, of the master key
    closes: bool = True  # whether the last day of the consultation is set
    listed: bool = True  # whether the list of erasures was written everywhere, the last time


class Meters:
    """What one server counts since it started."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        own = self.registry
        self._names: dict[str, set[str]] = {}
        self._turns = Counter("parole_turns", "Messages answered", ["door"], registry=own)
        self._events = Counter(
            "parole_events", "What happened in conversations", ["name"], registry=own
        )
        self._refusals = Counter(
            "parole_refusals", "Answers that could not be kept", ["reason"], registry=own
        )
        self._responses = Counter("parole_responses", "HTTP responses", ["status"], registry=own)
        self._logged = Counter(
            "parole_logged", "Warnings and errors", ["level", "event"], registry=own
        )
        self._understanding = Histogram(
            "parole_understanding_seconds", "Waiting for Rasa", ["outcome"], buckets=LATENCIES,
            registry=own,
        )  # fmt: skip
        self._breaker = Enum(
            "parole_understanding_breaker", "Whether Rasa is asked",
            states=["closed", "open", "trying", "rules"], registry=own,
        )  # fmt: skip
        self._up = Gauge("parole_database_up", "Whether the database answered", registry=own)
        self._oldest = Gauge(
            "parole_outbox_oldest_seconds", "Age of the oldest reply due", registry=own
        )
        self._waiting = Gauge("parole_outbox_waiting", "Replies due", registry=own)
        self._given_up = Gauge(
            "parole_outbox_given_up", "Replies given up", ["reason"], registry=own
        )
        self._letters = Gauge("parole_letters", "Messages set aside", registry=own)
        self._key_age = Gauge(
            "parole_master_key_age_seconds", "Age of the master key, by its day", registry=own
        )
        self._listed = Gauge(
            "parole_erasures_list_written", "Whether the list of erasures was written everywhere",
            registry=own,
        )  # fmt: skip
        self._failures = Gauge(
            "parole_task_failures", "How many times in a row a regular task failed", ["task"],
            registry=own,
        )  # fmt: skip
        self._exports = Gauge("parole_exports", "Exports of the desk", ["stage"], registry=own)
        self._last_backup = Gauge(
            "parole_last_backup_seconds", "Age of the last backup", registry=own
        )
        self._purge_late = Gauge(
            "parole_purge_late_days", "Since when somebody should have been erased", registry=own
        )
        self._closes = Gauge(
            "parole_closing_set", "Whether anything will ever be purged", registry=own
        )
        self._memory = Gauge("parole_memory_bytes", "Memory of this process", registry=own)
        self._memory.set_function(memory_taken)
        self._room = Gauge(
            "parole_disk_free_ratio", "Free part of the disk of the data folder", registry=own
        )
        self._alone = Gauge(
            "parole_understanding_alone", "Whether Rasa left the network; NaN: it does not say",
            registry=own,
        )  # fmt: skip

    def turned(self, door: str) -> None:
        """A message was answered."""
        self._turns.labels(door if door in DOORS else "other").inc()

    async def happened(self, event: Event, conversation: str) -> None:  # noqa: ARG002
        """An action: counts every event, and why answers are refused."""
        self._events.labels(self._few("event", event.name)).inc()
        if event.name == "refusal":
            self._refusals.labels(self._few("reason", event.about)).inc()

    def asked(self, outcome: str, seconds: float) -> None:
        """Rasa answered, or did not."""
        self._understanding.labels(outcome).observe(seconds)

    def logged(self, level: str, event: str) -> None:
        self._logged.labels(level, self._few("logged", event)).inc()

    def failed(self, task: str, times: int) -> None:
        """What the service does by itself failed so many times in a row; 0: it was done."""
        self._failures.labels(task).set(times)

    def responded(self, status: int) -> None:
        self._responses.labels(str(status)).inc()

    def _few(self, label: str, name: str) -> str:
        """The name, unless there would be too many of them: each costs memory here and there."""
        names = self._names.setdefault(label, set())
        if name not in names and len(names) >= MOST_NAMES:
            return "other"
        names.add(name)
        return name

    def page(
        self,
        breaker: str,
        standing: Standing | None,
        *,
        room: float = math.nan,
        alone: bool | None = None,
    ) -> bytes:
        """Everything, as Prometheus reads it. `standing`: None when the database is away."""
        self._breaker.state(breaker)
        self._room.set(room)
        self._alone.set(math.nan if alone is None else alone)
        self._up.set(standing is not None)
        self._given_up.clear()
        self._exports.clear()
        if standing:
            self._oldest.set(standing.oldest_waiting)
            self._waiting.set(standing.waiting)
            self._letters.set(standing.letters)
            self._key_age.set(standing.key_age)
            self._listed.set(standing.listed)
            self._last_backup.set(standing.last_backup)
            self._purge_late.set(standing.purge_late)
            self._closes.set(standing.closes)
            for reason, count in standing.given_up.items():
                self._given_up.labels(reason).set(count)
            for stage, count in standing.exports.items():
                self._exports.labels(stage).set(count)
        return exposition.generate_latest(self.registry)


class Counted:
    """Counts the statuses of what the service answers."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self.app, self.meters = app, meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.meters.responded(message["status"])
            await send(message)

        await self.app(scope, receive, counting)


def routes(
    meters: Meters,
    token: str | None,
    threads: Threads,
    standing: Callable[[], Standing],
    breaker: Callable[[], str],
    folder: Path,
    alone: Callable[[], Awaitable[bool | None]],
) -> APIRouter:
    """`/metrics`, for who shows the token; for others, nothing is there.

    `folder`: whose disk must not be full. `alone`: whether understanding left the network.
    """
    router = APIRouter(include_in_schema=False)
    expected = f"Bearer {token}".encode() if token else None

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        shown = request.headers.get("authorization", "").encode("latin-1")
        if expected is None or not hmac.compare_digest(shown, expected):
            raise HTTPException(404)
        try:
            found = await asyncio.wait_for(threads.run(standing), PATIENCE)
        except (StorageError, TimeoutError):
            found = None
        page = meters.page(breaker(), found, room=free_part(folder), alone=await alone())
        return Response(page, media_type=exposition.CONTENT_TYPE_LATEST)

    return router


def memory_taken(own: Path = Path("/proc/self/statm")) -> float:
    """Bytes of this process. With systemd's ProcSubset=pid, prometheus_client tells nothing."""
    try:
        pages = int(own.read_text("ascii").split()[1])
    except OSError:
        return math.nan
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


def free_part(folder: Path) -> float:
    """The part of the disk of this folder that is still free, as for who is not root."""
    try:
        told = os.statvfs(folder)
    except OSError:
        return math.nan
    return told.f_bavail / told.f_blocks if told.f_blocks else math.nan
