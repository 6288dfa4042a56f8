"""HTTP/1.1 on one kept connection, with as little between the caller and the socket as can be."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, cast

END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the server answered."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class _Pipe(asyncio.Protocol):
    """One request at a time; the answer is read by its Content-Length."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self._got = bytearray()
        self._waiting: asyncio.Future[Answered] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(error or ConnectionResetError("closed by the server"))

    def send(self, request: bytes) -> asyncio.Future[Answered]:
        if self.transport.is_closing():
            raise ConnectionResetError("closed by the server")
        self._waiting = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._waiting

    def data_received(self, piece: bytes) -> None:
        self._got += piece
        end = self._got.find(END)
        if end < 0:
            return
        head = bytes(self._got[:end])
        start = end + len(END)
        length = _length(head)
        if len(self._got) < start + length or self._waiting is None:
            return
        answered = Answered(int(head[9:12]), bytes(self._got[start : start + length]))
        self._got.clear()
        if not self._waiting.done():
            self._waiting.set_result(answered)


def _length(head: bytes) -> int:
    name = b"\r\ncontent-length:"
    at = head.lower().find(name)
    if at < 0:
        return 0
    return int(head[at + len(name) :].split(b"\r\n", 1)[0])


class Wire:
    """One connection to one server. `async with` opens and closes it."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._pipe: _Pipe | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        _, self._pipe = await loop.create_connection(_Pipe, self._host, self._port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pipe is not None:
            self._pipe.transport.close()

    async def ask(
        self, method: str, path: str, token: str | None = None, body: bytes = b""
    ) -> Answered:
        """One request and its answer. A connection closed meanwhile is opened again, once."""
        written = request(method, path, f"{self._host}:{self._port}", token, body)
        for last in (False, True):
            assert self._pipe is not None, "the wire is not open"
            try:
                return await self._pipe.send(written)
            except ConnectionError:
                if last:
                    raise
                await self.__aenter__()
        raise AssertionError("unreachable")


def request(method: str, path: str, host: str, token: str | None, body: bytes) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + END + body


def written(fields: dict[str, Any]) -> bytes:
    """A JSON body."""
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
