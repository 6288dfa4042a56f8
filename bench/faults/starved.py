"""A3: the real understanding server runs out of the memory that it may take, and dies.

It runs as `parole serve` keeps it, sealed, with its model; people talk meanwhile. Its limit is
lowered to what it holds, then it is made to hold more.
"""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.faults.crowd import Counted, Found, Person, crowd, looked, reference
from bench.faults.goals import Asked, Result
from bench.faults.misunderstood import trained
from bench.faults.place import SAME, Server, born
from bench.figures import quantile

READY = "La compréhension du français est prête."
MORE = 4 << 20  # bytes left to it
HALF = (
    b"POST /model/parse HTTP/1.1\r\nHost: rasa\r\nContent-Type: application/json\r\n"
    b"Content-Length: 16000\r\n\r\n{" + b" " * 15_000
)  # a request that never ends
ASKS, WITHIN = 5_000, 60.0  # connections, seconds


def run(asked: Asked) -> Iterator[Result]:
    model = trained()
    if model is None:
        print("Rasa n'est pas installé ici : la mémoire épuisée n'est pas jouée.")
        return
    for database in asked.databases:
        with ExitStack() as opened:
            folder = asked.room()
            (folder / "data").mkdir()
            (folder / "data" / "model").symlink_to(model.resolve())
            where = opened.enter_context(asked.database(database))
            server = born(folder / "data", {**SAME, **where, "rasa_url": ""})
            opened.callback(server.stop)
            server.ready()
            server.says(READY, within=180)
            yield asyncio.run(one(asked, database, server))


async def one(asked: Asked, database: str, server: Server) -> Result:
    ports, counted = (server.port,), Counted()
    heard = await reference(ports)
    first, again = understanding(server), 0
    ending = asyncio.create_task(asyncio.to_thread(starve, server.folder / "nlu.sock", first))
    persons: list[Person] = []
    while not persons or not ending.done() or server.said.count(READY) < 2:
        some = asked.of(2, 8)
        persons += await crowd(ports, some, counted, first=len(persons), gap=lambda: 0.05)
        if ending.done() and time.monotonic() - ending.result() > WITHIN:
            break
    died = await ending
    while not again and time.monotonic() - died < WITHIN:
        await asyncio.sleep(0.1)
        again = understanding(server) if server.said.count(READY) > 1 else 0
    found: Found = await looked(persons, ports, heard, same=False)
    p95 = quantile(sorted(counted.took), 0.95)
    failures = found.failures + counted.wrong.total() + counted.refused.total()
    failures += (not died) + (again in (0, first))
    figure = (
        f"{found.told()}, p95 {1000 * p95:.0f} ms, mémoire épuisée : "
        f"{'morte' if died else 'en vie'} puis {'relancée' if again else 'absente'}"
    )
    return Result("A3", database, "Rasa sans mémoire", found.turns, (), failures, figure)


def understanding(server: Server) -> int:
    """The process that understands for this server, or 0."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if b"nlu.server" in command and os.fsencode(server.folder) in command:
                return int(entry.name)
    return 0


def starve(path: Path, process: int) -> float:
    """Leave it no memory, then have it hold more. When it died, or 0."""
    held: list[socket.socket] = []
    size = int(Path(f"/proc/{process}/statm").read_text().split()[0]) * resource.getpagesize()
    resource.prlimit(process, resource.RLIMIT_AS, (size + MORE, size + MORE))
    until = time.monotonic() + WITHIN
    try:
        while time.monotonic() < until:
            if gone(process):
                return time.monotonic()
            try:
                if len(held) < ASKS:
                    held.append(_half(path))
            except OSError:  # it has too many at once, or is gone
                time.sleep(0.02)
    finally:
        for one in held:
            one.close()
    return 0.0


def gone(process: int) -> bool:
    """Also when nobody has heard of its end yet."""
    try:
        return not Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return True


def _half(path: Path) -> socket.socket:
    one = socket.socket(socket.AF_UNIX)
    try:
        one.settimeout(5)
        one.connect(os.path.realpath(path))
        one.sendall(HALF)
    except OSError:
        one.close()
        raise
    return one
