"""Asks an application something without a network or a client between: thousands a second."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp

Headers = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        wanted = name.lower().encode()
        return next((v.decode("latin-1") for n, v in self.headers if n == wanted), None)

    def cookies(self) -> list[str]:
        return [v.decode("latin-1") for n, v in self.headers if n == b"set-cookie"]

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


async def ask(
    app: ASGIApp,
    method: str,
    target: str,
    *,
    headers: Headers = (),
    body: bytes | Iterable[bytes] = b"",
    scheme: str = "http",
    client: str = "127.0.0.1",
    taken: list[bytes] | None = None,
) -> Answer:
    """One request, as uvicorn hands it over: `target` is the path and the query, in ASCII.

    A body in pieces comes without its length. Those read are taken out of the list `taken`.
    """
    path, _, query = target.partition("?")
    pieces = [body] if isinstance(body, bytes) else list(body) if taken is None else taken
    sent: list[dict[str, Any]] = []
    named = [(name.lower(), value) for name, value in headers]
    if not any(name == b"host" for name, _ in named):
        named.insert(0, (b"host", b"127.0.0.1"))

    async def receive() -> dict[str, Any]:
        if not pieces:
            return {"type": "http.disconnect"}
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": scheme, "path": unquote(path), "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"), "root_path": "", "headers": named,
        "client": (client, 50_000), "server": ("127.0.0.1", 8000), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    begun = next(one for one in sent if one["type"] == "http.response.start")
    whole = b"".join(one.get("body", b"") for one in sent if one["type"] == "http.response.body")
    return Answer(begun["status"], tuple((n.lower(), v) for n, v in begun["headers"]), whole)
