"""The language model: ours, started with Parole, that of the settings, or none."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import bot
from bot.app.texts import Say
from bot.errors import UnderstandingError
from bot.settings import Settings
from nlu.rasa import Rasa
from nlu.runner import Runner
from nlu.understand import Understanding

ROOT = Path(bot.__file__).parent.parent


def model_of(settings: Settings, say: Say) -> tuple[Rasa | None, Runner | None]:
    """What asks the model, and what runs it when it is ours. Nothing is started."""
    url = settings.rasa_url
    if url == "off":
        return None, None
    if url and url.startswith("unix:"):
        return Rasa(socket=Path(url.removeprefix("unix:"))), None
    if url:
        return Rasa(url=url), None
    uv = os.environ.get("PAROLE_UV") or shutil.which("uv")
    runner = Runner(ROOT, settings.data_dir, uv or "uv", say)
    return Rasa(socket=runner.socket, running=lambda: runner.state == "ready"), runner


@asynccontextmanager
async def understanding_of(settings: Settings, say: Say) -> AsyncIterator[Understanding]:
    """Understanding alone, once ready. A model of ours is started for it, and stopped after."""
    rasa, runner = model_of(settings, say)
    async with AsyncExitStack() as running:
        if rasa is None:
            say("PAROLE_RASA_URL=off : les règles comprennent seules.")
        else:
            running.push_async_callback(rasa.close)
        if runner:
            runner.start()
            running.push_async_callback(runner.stop)
            while runner.state == "preparing":
                await asyncio.sleep(0.05)
        elif rasa:
            try:
                await rasa.parse("bonjour")
            except UnderstandingError:
                say("PAROLE_RASA_URL : le modèle ne répond pas. Les règles comprennent seules.")
        yield Understanding(rasa)


def state_of(rasa: Rasa | None, runner: Runner | None) -> str:
    """How the model is, in one word, for `/readyz`."""
    if rasa is None:
        return "rules"
    if rasa.breaker.state != "closed":
        return "degraded"  # the rules understand alone for a while: not a reason to be unready
    return runner.state if runner else "external"
