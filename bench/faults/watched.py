"""R10: /healthz and /readyz while the database or the language model goes away."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from bench.faults.goals import POSTGRES, SQLITE, Asked, Result
from bench.faults.place import Server, free_port, placed
from storage.database import migrate
from tests.postgres import Cluster

RED = 10.0  # seconds, the goal


def run(asked: Asked) -> Iterator[Result]:
    settings = {"rasa_url": f"http://127.0.0.1:{free_port()}"}  # nobody there
    if SQLITE in asked.databases:
        with placed(asked, SQLITE, settings=settings) as place:
            file = place.folder / "parole.db"
            yield one(SQLITE, place.servers, lambda: _hidden(file), lambda: _shown(file))
    if POSTGRES in asked.databases:
        cluster = Cluster("max_connections=60")
        try:
            at = {"database_url": cluster.url()}
            migrate(at["database_url"])
            with placed(asked, POSTGRES, at=at, settings=settings) as place:
                yield one(
                    POSTGRES, place.servers, lambda: cluster.halt(signal.SIGQUIT), cluster.start
                )
        finally:
            cluster.stop()


def _hidden(file: Path) -> None:
    file.rename(file.with_suffix(".away"))


def _shown(file: Path) -> None:
    file.with_suffix(".away").rename(file)


def one(
    database: str, servers: tuple[Server, ...], away: Callable[[], None], back: Callable[[], None]
) -> Result:
    """Green without its model; red without its database, alive all the same; green again."""
    failures, red, green = 0, 0.0, 0.0
    for server in servers:
        failures += _asked(server, "readyz") != 200  # the model is away: degraded, not red
    away()
    for server in servers:
        red = max(red, _until(server, 503))
        failures += _asked(server, "healthz") != 200
    back()
    for server in servers:
        green = max(green, _until(server, 200))
    failures += (red > RED) + (green > RED)
    figure = f"rouge en {red:.1f} s, vert en {green:.1f} s après le retour"
    return Result("R10", database, "base absente", 4 * len(servers), (), failures, figure)


def _asked(server: Server, path: str) -> int:
    try:
        return httpx.get(f"{server.url}/{path}", timeout=RED, trust_env=False).status_code
    except httpx.HTTPError:
        return 0


def _until(server: Server, status: int) -> float:
    began = time.monotonic()
    while _asked(server, "readyz") != status and time.monotonic() - began < 3 * RED:
        time.sleep(0.05)
    return time.monotonic() - began
