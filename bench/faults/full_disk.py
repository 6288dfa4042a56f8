"""R4: no room left for the database, at moments drawn at random, then room again.

Each time, while it is full, persons ask for their erasure: on SQLite the reserve is there for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import create_engine, text

from bench.faults.crowd import Counted, Found, crowd, looked, reference
from bench.faults.goals import POSTGRES, SQLITE, Asked, Result
from bench.faults.place import Place, placed
from bench.faults.repeated import seat
from bench.wire import Wire
from storage.database import migrate
from tests.postgres import Cluster, programs

ROOM = 48  # MiB of the small disk
BACK = 30.0  # seconds to serve again once there is room, the goal
RESERVE = 8  # MiB of it, kept for erasing
LEAVING = 3  # persons who ask to be erased each time that it is full


@contextmanager
def small_disk() -> Iterator[Path | None]:
    """A disk of a few MiB, where this process may make one: a tmpfs. Else None."""
    folder = Path(tempfile.mkdtemp(prefix="parole-disk-"))
    mounted = os.geteuid() == 0 and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM}m", "tmpfs", str(folder)],
        check=False, capture_output=True,
    ).returncode  # fmt: skip
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


class Filler:
    """Takes all the room of a disk, and gives it back."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "filler"

    def fill(self) -> None:
        with contextlib.suppress(OSError), self._file.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"\0" * size)

    def free(self) -> None:
        self._file.unlink(missing_ok=True)


@dataclass
class Left:
    """What became of those who asked to be erased while the disk was full."""

    asked: int = 0
    erased: int = 0
    still_there: int = 0


async def leave(place: Place, tokens: Sequence[str], left: Left) -> None:
    """Each presses « tout effacer », and presses again when told to, for a few seconds."""
    async with Wire("127.0.0.1", place.ports[0]) as wire:
        for token in tokens:
            left.asked += 1
            for _ in range(5):
                status = (await wire.ask("DELETE", "/api/conversation", token)).status
                if status == 204:
                    left.erased += 1
                    seen = (await wire.ask("GET", "/api/messages", token)).status
                    left.still_there += seen not in (401, 410)
                    break
                await asyncio.sleep(0.1)


async def filled(
    filler: Filler, place: Place, times: int, draw: Random, counted: Counted, left: Left
) -> list[float]:
    """Fill the disk until somebody is refused, then free it; seconds until all serve again."""
    took = []
    async with Wire("127.0.0.1", place.ports[0]) as wire:
        tokens = [(await seat(wire, n, ("Je pars.",))).token for n in range(times * LEAVING)]
    for _ in range(times):
        await asyncio.sleep(draw.uniform(0.5, 2))
        before = counted.refused[503]
        filler.fill()
        until = time.monotonic() + 10
        while counted.refused[503] == before and time.monotonic() < until:
            await asyncio.sleep(0.02)
            filler.fill()  # a deleted page, a recycled log: the room that was found is taken
        await leave(place, [tokens.pop() for _ in range(LEAVING)], left)
        await asyncio.sleep(draw.uniform(0, 1))
        filler.free()
        began = time.monotonic()
        for server in place.servers:
            await asyncio.to_thread(server.serves)
        took.append(time.monotonic() - began)
    return took


async def played(
    asked: Asked, place: Place, filler: Filler, seed: int
) -> tuple[Found, Counted, list[float], Left]:
    if not asked.heard:
        asked.heard += await reference(place.ports)
    draw, counted, left = Random(seed), Counted(), Left()
    times, people = asked.of(1, 20), asked.of(4, 112)
    filling = asyncio.create_task(filled(filler, place, times, draw, counted, left))
    persons = await crowd(
        place.ports, people, counted, pause=0.5, gap=lambda: draw.uniform(0, 0.2),
        at_once=asked.of(8, 12),
    )  # fmt: skip
    took = await filling
    return await looked(persons, place.ports, asked.heard), counted, took, left


def run(asked: Asked) -> Iterator[Result]:
    for seed in asked.seeds:
        if SQLITE in asked.databases:
            yield on_sqlite(asked, seed)
        if POSTGRES in asked.databases:
            yield on_postgres(asked, seed)


def on_sqlite(asked: Asked, seed: int) -> Result:
    with ExitStack() as opened:
        disk = opened.enter_context(small_disk())
        if disk is None:
            return _unplayed(SQLITE)
        at = {"database_url": f"sqlite:///{disk / 'parole.db'}", "reserve_mb": str(RESERVE)}
        with placed(asked, SQLITE, at=at) as place:
            found, counted, took, left = asyncio.run(played(asked, place, Filler(disk), seed))
        with closing(sqlite3.connect(disk / "parole.db")) as connection:
            whole = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        return _result(SQLITE, seed, found, counted, took, whole, left)


def on_postgres(asked: Asked, seed: int) -> Result:
    """Its tables and its log on the small disk."""
    with ExitStack() as opened:
        disk = opened.enter_context(small_disk())
        if disk is None:
            return _unplayed(POSTGRES)
        cluster = Cluster("max_connections=60")
        opened.callback(cluster.stop)
        spaces = disk / "tables"
        spaces.mkdir()
        shutil.chown(disk, *_owner(cluster))
        shutil.chown(spaces, *_owner(cluster))
        cluster.execute(f"CREATE TABLESPACE small LOCATION '{spaces}'")
        cluster.execute("CREATE DATABASE parole TEMPLATE template0 TABLESPACE small")
        url = cluster.address("parole")
        migrate(url)
        with placed(asked, POSTGRES, at={"database_url": url}) as place:
            found, counted, took, left = asyncio.run(played(asked, place, Filler(disk), seed))
        return _result(POSTGRES, seed, found, counted, took, checked(cluster, url), left)


def checked(cluster: Cluster, url: str) -> bool:
    """Every table and index of the database, by amcheck."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS amcheck"))
    finally:
        engine.dispose()
    where = programs()
    assert where is not None
    command = [str(where / "pg_amcheck"), "-U", "parole", "-h", str(cluster.folder), "parole"]
    return not subprocess.run(command, check=False, capture_output=True).returncode


def _owner(cluster: Cluster) -> tuple[int, int]:
    status = cluster.folder.stat()
    return status.st_uid, status.st_gid


def _unplayed(database: str) -> Result:
    why = "non joué : il faut être root pour faire un petit disque (tmpfs)"
    return Result("R4", database, "disque plein", 0, (), 0, why)


def _result(
    database: str, seed: int, found: Found, counted: Counted, took: list[float], whole: bool,
    left: Left,
) -> Result:  # fmt: skip
    slow = sum(one > BACK for one in took)
    unseen = 0 if counted.refused[503] else 1
    failures = found.failures + counted.wrong.total() + slow + unseen + (not whole)
    failures += left.still_there
    if database == SQLITE:  # PostgreSQL has no reserve of ours
        failures += left.asked - left.erased
    figure = (
        f"{len(took)} fois plein, {found.told()}, {counted.refused[503]} refus 503, retour en "
        f"{max(took, default=0):.1f} s au plus, base {'saine' if whole else 'abîmée'}, "
        f"{left.erased} effacées sur {left.asked} demandes, disque plein"
    )
    return Result("R4", database, "disque plein", found.turns, (seed,), failures, figure)
