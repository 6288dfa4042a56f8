"""Where faults happen: one server on SQLite, two on PostgreSQL, each on a port that it keeps."""

from __future__ import annotations

import atexit
import base64
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench.faults.goals import SQLITE, Asked
from bench.server import ROOT, answers, environment, serving, variables_of

Death = tuple[str, float]
SAME = {  # whatever the port, and whichever server starts first
    "organiser_privacy_url": "https://parole.exemple.fr/vos-donnees",
    "master_key": base64.b64encode(sha256(b"fault bench").digest()).decode(),
}


class Nursery:
    """Where servers are born without importing everything again."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def born(self, order: Mapping[str, object]) -> int:
        """The number of the process that keeps a server."""
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "bench.faults.breakable"], cwd=ROOT, text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment({}),
                    start_new_session=True,
                )  # fmt: skip
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def close(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(20)


NURSERY = Nursery()
atexit.register(NURSERY.close)


@dataclass(frozen=True)
class Server:
    """A server of ours, which may die and come back on the same port."""

    port: int
    keeper: int
    journal: Path
    folder: Path
    plan: Path | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def deaths(self) -> int:
        file = self.plan.with_suffix(".deaths") if self.plan else None
        return int(file.read_text() or 0) if file and file.exists() else 0

    @property
    def said(self) -> str:
        return self.journal.read_text("utf-8", errors="replace")

    @property
    def alive(self) -> bool:
        try:
            os.kill(self.keeper, 0)
        except ProcessLookupError:
            return False
        return True

    def stop(self) -> None:
        """As Ctrl-C does; by force when that does not help."""
        for sign, within in ((signal.SIGINT, 20), (signal.SIGKILL, 5)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.keeper, sign) if within == 5 else os.kill(self.keeper, sign)
            until = time.monotonic() + within
            while self.alive and time.monotonic() < until:
                time.sleep(0.02)

    def dies(self) -> None:
        """From now on, as its plan says."""
        os.kill(self.keeper, signal.SIGUSR1)

    def ready(self, within: float = 90) -> None:
        until = time.monotonic() + within
        while True:
            if answers(self.url):
                return
            if not self.alive or time.monotonic() > until:
                raise RuntimeError(f"the server did not start:\n{self.said[-2000:]}")
            time.sleep(0.05)

    def serves(self, within: float = 60) -> None:
        """Until /readyz says that it can."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if answers(self.url, "/readyz"):
                return
            time.sleep(0.05)

    def says(self, words: str, within: float = 60) -> None:
        until = time.monotonic() + within
        while words not in self.said:
            if time.monotonic() > until:
                raise RuntimeError(f"never said {words!r}:\n{self.said[-2000:]}")
            time.sleep(0.05)


@dataclass(frozen=True)
class Place:
    """The servers of one database, its settings, and the folder of its first server."""

    servers: tuple[Server, ...]
    settings: Mapping[str, str]
    folder: Path

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(one.port for one in self.servers)

    @property
    def deaths(self) -> int:
        return sum(one.deaths for one in self.servers)


@contextmanager
def placed(
    asked: Asked,
    database: str,
    *,
    plans: Sequence[Mapping[str, Any]] = (),
    settings: Mapping[str, str] | None = None,
    servers: int | None = None,
    at: Mapping[str, str] | None = None,
) -> Iterator[Place]:
    """Servers that answer, on an empty database. With `plans` they may die, one plan for each.

    `at`: the settings of a database made elsewhere.
    """
    folder = asked.room()
    with ExitStack() as opened:
        where = dict(at) if at is not None else opened.enter_context(asked.database(database))
        named = {**SAME, **where, **(settings or {})}
        count = servers or (1 if database == SQLITE else 2)
        running = []
        for n in range(count):
            server = born(folder / "data", named, plans[n] if plans else None)
            opened.callback(server.stop)
            running.append(server)
        for server in running:
            server.ready()
        yield Place(tuple(running), named, folder / "data")


def born(
    folder: Path, settings: Mapping[str, str], plan: Mapping[str, Any] | None = None
) -> Server:
    """One server, which does not answer yet."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    file = folder.parent / f"plan-{port}.json" if plan else None
    if file and plan:
        file.write_text(json.dumps(plan))
    journal = folder.parent / f"server-{port}.log"
    keeper = NURSERY.born({
        "argv": serving(folder, port), "environment": variables_of(settings),
        "journal": str(journal), "plan": str(file) if file else "",
    })  # fmt: skip
    return Server(port, keeper, journal, folder, file)


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
