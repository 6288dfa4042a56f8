"""The understanding server: one sentence in, its intent and its names out, and nothing else.

    python -m nlu.server --model FOLDER --socket PATH      (or --port N, on 127.0.0.1 only)

POST /model/parse {"text"} and GET /status {"ready", "alone"}. `--shared`: the group of this account
may use the socket too. What people write is in no log and no output.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from nlu import memory
from nlu.alone import STILL_THERE, leave_network
from nlu.seal import problem_with
from nlu.silence import quiet_import, silence

MAX_TEXT, MAX_BODY, RANKED = 1_000, 16_384, 5
REFUSED = 3  # exit code: the model is absent, altered or without its seal
Parse = Any  # a coroutine function: text -> Rasa's answer


def load(folder: Path) -> Parse:
    """Rasa's parser for the model of this folder, already warm."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    quiet_import()
    import nlu.without_tensorflow  # noqa: F401, I001  must come before anything of Rasa
    from rasa.core.agent import Agent
    from nlu.seal import MODEL

    silence()
    agent = Agent.load(str(folder / MODEL))
    asyncio.run(agent.parse_message("bonjour"))
    return agent.parse_message


def answer_of(parsed: dict[str, Any]) -> dict[str, Any]:
    """The part of Rasa's answer that is of use, without the text."""
    return {
        "intent": parsed["intent"],
        "intent_ranking": parsed.get("intent_ranking", [])[:RANKED],
        "entities": [
            {"entity": e["entity"], "value": e["value"], "start": e["start"], "end": e["end"]}
            for e in parsed.get("entities", [])
        ],
    }


def make_app(parse: Parse, *, alone: bool = False) -> Any:
    """An aiohttp application with the two routes. `alone`: without a network, and it says so."""
    from aiohttp import web

    @web.middleware
    async def or_ends(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            answered: web.StreamResponse = await handler(request)
        except MemoryError:
            memory.end()
        return answered

    async def watches(_: web.Application) -> None:
        asyncio.get_running_loop().set_exception_handler(memory.watched)

    async def understand(request: web.Request) -> web.Response:
        try:
            body = await request.json()
        except (ValueError, RecursionError):
            return _refused(web, "Le corps doit être du JSON.")
        text = body.get("text") if isinstance(body, dict) else None
        if not isinstance(text, str) or not any(c.isalnum() for c in text):
            return _refused(web, "« text » doit contenir des mots.")
        if len(text) > MAX_TEXT or text.startswith("/"):
            return _refused(web, "« text » : 1 000 caractères au plus, sans « / » au début.")
        return web.json_response(answer_of(await parse(text)))

    async def status(_: web.Request) -> web.Response:
        return web.json_response({"ready": True, "alone": alone})

    app = web.Application(client_max_size=MAX_BODY, middlewares=[or_ends])
    app.on_startup.append(watches)
    app.router.add_post("/model/parse", understand)
    app.router.add_get("/status", status)
    return app


def _refused(web: Any, detail: str) -> Any:
    return web.json_response({"detail": detail}, status=422)


def mask(*, shared: bool) -> int:
    """What the socket refuses: everyone else, and the group of this account unless `shared`."""
    return 0o117 if shared else 0o177


def main() -> None:
    parser = argparse.ArgumentParser(prog="nlu.server", description="Comprend une phrase.")
    parser.add_argument("--model", type=Path, required=True, help="dossier du modèle")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--socket", type=Path, help="socket Unix où écouter")
    where.add_argument("--port", type=int, help="port de 127.0.0.1 où écouter")
    parser.add_argument("--shared", action="store_true", help="ouvrir le socket au groupe")
    asked = parser.parse_args()
    if problem := problem_with(asked.model):
        print(problem, file=sys.stderr)
        sys.exit(REFUSED)
    memory.bound()
    alone = leave_network() if asked.socket else False
    if asked.socket and not alone:
        print(STILL_THERE, file=sys.stderr)
    from aiohttp import web

    app = make_app(load(asked.model), alone=alone)
    if asked.socket:
        asked.socket.unlink(missing_ok=True)
        os.umask(mask(shared=asked.shared))
    web.run_app(
        app,
        path=str(asked.socket) if asked.socket else None,
        host="127.0.0.1" if asked.port is not None else None,
        port=asked.port,
        access_log=None,
        print=None,
    )


if __name__ == "__main__":
    main()
