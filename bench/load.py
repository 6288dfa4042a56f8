"""Respondents who play the real guide, as fast as they are answered.

Their messages are recorded once, from people who read and choose; then replayed as bytes, so that
the measure is of the server and not of those who write to it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import quantile
from bench.people import OWN, PUBLICS, Character, read_texts
from bench.person import Person
from bench.server import Server
from bench.wire import Answered, Wire

Script = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of a few seconds measured."""

    turns: int
    seconds: float
    latencies: tuple[float, ...]  # ordered, in milliseconds
    cpu: float  # seconds of the server's processor

    @property
    def rate(self) -> float:
        return self.turns / self.seconds

    @property
    def cpu_each(self) -> float:
        """Milliseconds of processor per turn."""
        return 1000 * self.cpu / max(1, self.turns)

    def at(self, share: float) -> float:
        return quantile(self.latencies, share)


class Recording(Wire):
    """A wire that remembers the messages sent on it, each once."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.bodies: dict[bytes, None] = {}

    async def ask(
        self, method: str, path: str, token: str | None = None, body: bytes = b""
    ) -> Answered:
        if (method, path) == ("POST", "/api/messages"):
            self.bodies[body] = None
        return await super().ask(method, path, token, body)


async def record(server: Server) -> tuple[Script, ...]:
    """One whole conversation of each public, half pressed and half typed."""
    texts = read_texts(OWN)
    scripts = []
    for number, public in enumerate(PUBLICS):
        mine = texts[number * 8 :] + texts[: number * 8]
        who = Character(number, "cese-2022", public, "whole", 1, 0.3, ("aide", "pourquoi"), mine)
        async with Recording(server.host, server.port) as wire:
            await Person(who, wire).live()
            scripts.append(tuple(wire.bodies))
    return tuple(scripts)


async def drive(
    server: Server, scripts: Sequence[Script], respondents: int, seconds: float
) -> Round:
    """So many people at the same time, one conversation after another. An opening is a turn too."""
    took: list[float] = []
    began = time.perf_counter()
    until = began + seconds

    async def one(number: int) -> None:
        async with Wire(server.host, server.port) as wire:
            while True:
                number += 1
                opened = await _timed(wire, "/api/conversations", None, b"{}", took)
                token = str(opened.json()["token"])
                for body in scripts[number % len(scripts)]:
                    if time.perf_counter() > until:
                        return
                    await _timed(wire, "/api/messages", token, body, took)

    before = server.cpu()
    await asyncio.gather(*(one(number) for number in range(respondents)))
    spent = time.perf_counter() - began
    return Round(len(took), spent, tuple(sorted(took)), server.cpu() - before)


async def _timed(
    wire: Wire, path: str, token: str | None, body: bytes, took: list[float]
) -> Answered:
    start = time.perf_counter()
    answered = await wire.ask("POST", path, token, body)
    took.append(1000 * (time.perf_counter() - start))
    if answered.status // 100 != 2:
        raise RuntimeError(f"status {answered.status} at {path}")
    return answered
