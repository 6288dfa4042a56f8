"""Where faults happen: one server on SQLite, two on PostgreSQL, each on a port that it keeps."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.faults.goals import SQLITE, Asked
from bench.server import PAROLE, ROOT, environment

Death = tuple[str, float]
BREAKABLE = (sys.executable, "-m", "bench.faults.breakable")


@dataclass(frozen=True)
class Server:
    """A server of ours, which may die and come back on the same port."""

    port: int
    process: subprocess.Popen[bytes]
    journal: Path
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

    def dies(self) -> None:
        """From now on, as its plan says."""
        self.process.send_signal(signal.SIGUSR1)

    def ready(self, within: float = 90) -> None:
        until = time.monotonic() + within
        while True:
            try:
                if httpx.get(f"{self.url}/healthz", timeout=5, trust_env=False).is_success:
                    return
            except httpx.HTTPError:
                pass
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server did not start:\n{self.said[-2000:]}")
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
        named = {**where, **(settings or {})}
        count = servers or (1 if database == SQLITE else 2)
        running = tuple(
            opened.enter_context(serving(folder / "data", named, plans[n] if plans else None))
            for n in range(count)
        )
        yield Place(running, named, folder / "data")


@contextmanager
def serving(
    folder: Path, settings: Mapping[str, str], plan: Mapping[str, Any] | None = None
) -> Iterator[Server]:
    """One server that answers; stopped as Ctrl-C does."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    variables = environment({f"PAROLE_{name.upper()}": value for name, value in settings.items()})
    variables.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / "out" / "compiled"))
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    file = folder.parent / f"plan-{port}.json" if plan else None
    command = PAROLE
    if file and plan:
        file.write_text(json.dumps(plan))
        command = (*BREAKABLE, str(file))
    journal = folder.parent / f"server-{port}.log"
    with journal.open("wb") as output:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port), "--data", str(folder)],
            cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    server = Server(port, process, journal, file)
    try:
        server.ready()
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
