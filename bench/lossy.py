"""A bad telephone network between a client and a server: slow, and it loses requests or answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random

END = b"\r\n\r\n"


@dataclass
class Network:
    """What the network is like. Half of what is lost is lost after the server has done its work."""

    server: int  # port on this machine
    loss: float = 0.3  # of the requests
    delay: tuple[float, float] = (0.3, 0.8)  # seconds, each way
    speed: float = 5_000.0  # bytes a second: a 2G telephone
    draw: Random = field(default_factory=lambda: Random(2022))
    happened: Counter[str] = field(default_factory=Counter)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """The port where this network begins."""
        door = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        try:
            yield door.sockets[0].getsockname()[1]
        finally:
            door.close()

    async def _carry(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        try:
            while await self._one(client, back):
                pass
        except (OSError, asyncio.IncompleteReadError):
            self.happened["cut by the client"] += 1
        finally:
            back.close()

    async def _one(self, client: asyncio.StreamReader, back: asyncio.StreamWriter) -> bool:
        """One request and its answer. False when the connection is over."""
        try:
            request = await _whole(client)
        except asyncio.IncompleteReadError:
            return False
        await self._travel(request)
        self.happened["requests"] += 1
        fate = self.draw.random()
        if fate < self.loss / 2:
            self.happened["lost before the server"] += 1
            return False
        answer = await self._ask(request)
        await self._travel(answer)
        if fate < self.loss:
            self.happened["lost after the server"] += 1
            return False
        back.write(answer)
        await back.drain()
        return True

    async def _travel(self, carried: bytes) -> None:
        await asyncio.sleep(self.draw.uniform(*self.delay) + len(carried) / self.speed)

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server)
        try:
            writer.write(request)
            return await _whole(reader)
        finally:
            writer.close()


async def _whole(reader: asyncio.StreamReader) -> bytes:
    """A head, and as much body as its Content-Length says."""
    head = await reader.readuntil(END)
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    return head + await reader.readexactly(length)
