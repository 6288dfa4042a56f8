"""What the web door is compared with: one durable SQLite transaction per POST, and nothing else.

    python -m bench.bare --data DIR

The same FastAPI, the same uvicorn settings, the standard library's sqlite3 in one thread.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import socket
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

ANSWER = b'{"token":"0","replies":[],"finished":false}'


def make_bare(folder: Path) -> FastAPI:
    """The bare service. Its database is opened in the thread that uses it."""
    app = FastAPI(docs_url=None, redoc_url=None)
    thread = ThreadPoolExecutor(1)
    database: list[sqlite3.Connection] = []

    def insert(body: bytes) -> None:
        if not database:
            opened = sqlite3.connect(folder / "bare.db", isolation_level=None)
            opened.execute("PRAGMA journal_mode = wal")
            opened.execute("PRAGMA synchronous = FULL")
            opened.execute("CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")
            database.append(opened)
        [connection] = database
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO bodies (body) VALUES (?)", (body,))
        connection.execute("COMMIT")

    async def store(request: Request) -> Response:
        body = await request.body()
        await asyncio.get_running_loop().run_in_executor(thread, insert, body)
        return Response(ANSWER, media_type="application/json")

    app.post("/api/messages")(store)
    app.post("/api/conversations", status_code=201)(store)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


def serve(app: ASGIApp) -> None:
    """As `parole serve` does, on a free port."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(2048)
    print(f"http://127.0.0.1:{listening.getsockname()[1]} ", flush=True)
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, proxy_headers=False
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--data", type=Path, required=True)
    serve(make_bare(asked.parse_args().data))
