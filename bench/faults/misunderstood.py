"""R5: the language model is down, slow, hangs, fails, talks nonsense, or stops and goes on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.faults.crowd import Counted, Found, Person, crowd, known, looked, reference
from bench.faults.goals import SQLITE, Asked, Result
from bench.faults.place import Place, placed
from bench.figures import quantile

NOTHING = json.dumps({"intent": {"name": None, "confidence": 0.0}, "entities": []}).encode()
FIRST, LATER = 2.0, 0.3  # seconds: the goals, in the first 10 s and once the breaker is open
HANG = 30.0
REST = 30  # seconds of the breaker, as delivered


@dataclass
class Model:
    """A server of language that does what it is told to."""

    mode: str = "well"
    asked: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.lower().split(b"\r\n")
                [length] = [int(x.split(b":")[1]) for x in lines if x.startswith(b"content-length")]
                await reader.readexactly(length)
                if self.mode == "down":  # a connection that was kept
                    return
                self.asked += 1
                await self._answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        mode = self.mode
        if mode == "flapping":
            mode = ("well", "fails", "hangs", "nonsense")[self.asked // 3 % 4]
        if mode == "hangs":
            await asyncio.sleep(HANG)
        elif mode == "slow":
            await asyncio.sleep(5)
        status, body = 200, NOTHING
        if mode == "fails":
            status, body = 500, b'{"status": "failure"}'
        elif mode == "nonsense":
            body = b'{"intent": {"name": "DROP TABLE", "confidence": 7}, "entities": {"a": [1]}}'
        elif mode == "html":
            body = b"<html><body>Bad gateway</body></html>"
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
        await writer.drain()

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[None]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", port)
        try:
            yield
        finally:
            server.close()


MODES = ("down", "fails", "nonsense", "html", "hangs", "slow", "flapping")


@dataclass
class Seen:
    """One way of failing."""

    found: Found
    counted: Counted
    first: list[float]  # seconds that turns took, in the first ten
    later: list[float]


async def through(asked: Asked, place: Place, people: int) -> Seen:
    """People who talk while the model fails."""
    counted, began = Counted(), time.monotonic()
    persons: list[Person] = []
    first = 0
    while not persons or (asked.long and len(persons) < people):
        persons += await crowd(
            place.ports, asked.of(people, 8), counted, first=len(persons), rounds=asked.rounds
        )
        if time.monotonic() - began < 10 or not first:
            first = len(counted.took)
    first_ones, later = counted.took[:first], counted.took[first:]
    return Seen(
        await looked(persons, place.ports, await known(asked, place.ports)),
        counted,
        first_ones,
        later,
    )


def run(asked: Asked) -> Iterator[Result]:
    for seed in asked.seeds:
        for database in asked.databases:
            yield from every_mode(asked, database, seed)
            yield from stopped(asked, database, seed)


def every_mode(asked: Asked, database: str, seed: int) -> Iterator[Result]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    url = f"http://127.0.0.1:{port}"

    tuned: dict[str, Any] = {"deaths": [], "rest": asked.of(1, REST)}

    async def play(place: Place) -> list[tuple[str, Seen]]:
        model, seen = Model(), []
        async with model.listening(port):
            await known(asked, place.ports)
        for mode in MODES:
            model.mode = "well"
            async with model.listening(port):
                await asyncio.sleep(tuned["rest"])  # the breaker tries again
                await crowd(place.ports, asked.of(1, 2), Counted(), rounds=1)
            model.mode, model.asked = mode, 0
            async with AsyncExitStack() as listening:
                if mode != "down":
                    await listening.enter_async_context(model.listening(port))
                one = await through(asked, place, asked.many(1, 22))
            seen.append((f"{mode}, {model.asked} demandes", one))
        return seen

    count = 1 if database == SQLITE else 2
    with placed(asked, database, plans=[tuned] * count, settings={"rasa_url": url}) as place:
        for mode, seen in asyncio.run(play(place)):
            yield result(asked, database, mode, seen, seed)


def result(asked: Asked, database: str, mode: str, seen: Seen, seed: int) -> Result:
    first, later = (1000 * quantile(sorted(some), 0.95) for some in (seen.first, seen.later))
    slow = asked.long and (first > 1000 * FIRST or later > 1000 * LATER)
    figure = f"{seen.found.told()}, p95 {first:.0f} ms" + (f" puis {later:.0f} ms" if later else "")
    failures = seen.found.failures + seen.counted.wrong.total() + seen.counted.refused.total()
    case = f"compréhension : {mode}"
    return Result("R5", database, case, seen.found.turns, (seed,), failures, figure, bool(slow))


def stopped(asked: Asked, database: str, seed: int) -> Iterator[Result]:
    """The real Rasa, sealed, held by SIGSTOP and let go on by SIGCONT."""
    model = trained()
    if model is None:
        print("Rasa n'est pas installé ici : SIGSTOP et SIGCONT ne sont pas joués.")
        return
    with rasa(model) as (pid, path):
        count = 1 if database == SQLITE else 2
        settings = {"rasa_url": f"unix:{path}"}
        with placed(
            asked,
            database,
            plans=[{"deaths": [], "rest": asked.of(2, REST)}] * count,
            settings=settings,
        ) as place:
            seen = asyncio.run(_held(asked, place, pid))
    yield result(asked, database, "Rasa STOP puis CONT", seen, seed)


async def _held(asked: Asked, place: Place, pid: int) -> Seen:
    heard = await reference(place.ports)  # with a model that understands
    held: list[tuple[float, float]] = []

    async def stopping() -> None:
        for number in range(asked.of(1, 2)):
            await asyncio.sleep(asked.of(1, REST + 5 if number else 3))  # the breaker closes
            os.kill(pid, signal.SIGSTOP)
            began = time.monotonic()
            await asyncio.sleep(asked.of(2, 25))
            held.append((began, time.monotonic()))
            os.kill(pid, signal.SIGCONT)

    task, counted, persons = asyncio.ensure_future(stopping()), Counted(), list[Person]()
    while not persons or not task.done() or (asked.long and len(persons) < asked.many(4, 22)):
        some = asked.of(4, 8)
        persons += await crowd(
            place.ports, some, counted, first=len(persons), gap=lambda: 0.05
        )  # fmt: skip
    await task
    found = await looked(persons, place.ports, heard, same=False)
    turns = list(zip(counted.began, counted.took, strict=True))
    first = [took for at, took in turns if any(a <= at < min(a + 10, b) for a, b in held)]
    later = [took for at, took in turns if any(a + 10 <= at < b for a, b in held)]
    return Seen(found, counted, first, later)


def trained() -> Path | None:
    """The model that is ready, if there is one."""
    from nlu import seal
    from tests import nlu_model

    folder = nlu_model.PREPARED
    installed = (nlu_model.PYTHON.parent.parent / "parole.lock").exists()
    return folder if installed and not seal.problem_with(folder) else None


@contextmanager
def rasa(model: Path) -> Iterator[tuple[int, Path]]:
    """The server of the shipped understanding: its process, its socket."""
    from tests import nlu_model

    with tempfile.TemporaryDirectory(prefix="parole-nlu-") as folder:
        path = Path(folder) / "nlu.sock"
        server = nlu_model.serve(model, path, Path(folder) / "output.txt")
        try:
            until = time.monotonic() + 120
            while not answering(path):
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((Path(folder) / "output.txt").read_text()[-2000:])
                time.sleep(0.1)
            yield server.pid, path
        finally:
            server.send_signal(signal.SIGCONT)
            server.terminate()
            server.wait(20)


def answering(path: Path) -> bool:
    transport = httpx.HTTPTransport(uds=str(path))
    with httpx.Client(transport=transport, base_url="http://rasa", timeout=5) as client:
        try:
            return client.get("/status").is_success
        except httpx.HTTPError:
            return False
