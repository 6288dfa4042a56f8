"""Where everything meets: the whole service, with its doors, its desk and what runs beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from bot import health, metrics
from bot.app.desk import make_desk
from bot.app.memory import Memory
from bot.app.talk import Parts, make_parts
from bot.app.telegram import make_telegram
from bot.app.texts import Say
from bot.app.understanding import state_of
from bot.channels.web import install_web
from bot.hourly import HOUR, regularly
from bot.metrics import Meters
from bot.settings import Settings
from desk.web import install_desk
from nlu.understand import warm
from storage.desk.watching import standing
from storage.erasure.forgetting import forget
from storage.erasure.nightly import nightly
from storage.readiness import ready


def make_app(
    settings: Settings, memory: Memory, say: Say = lambda _: None, meters: Meters | None = None
) -> FastAPI:
    """The whole service. Nothing runs before the application starts."""
    meters = meters or Meters()
    parts = make_parts(settings, memory, say, also=(meters.happened,))
    telegram = make_telegram(settings, parts, say)
    desk = make_desk(parts.settings, memory.engine, memory.keys, parts.threads, parts.shelf)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            await asyncio.to_thread(warm)
            running.callback(memory.close)
            running.callback(parts.threads.close)
            running.callback(desk.memory.indexing.close)
            running.callback(desk.memory.alike.close)
            running.callback(desk.memory.outside.close)
            if parts.rasa:
                running.push_async_callback(parts.rasa.close)
            if parts.runner:
                parts.runner.start()
                running.push_async_callback(parts.runner.stop)
            running.callback(desk.following.stop)
            running.callback(desk.comparing.stop)
            desk.workroom.start()
            running.push_async_callback(desk.workroom.stop)
            if telegram:
                telegram.start()
                running.push_async_callback(telegram.stop)
            hourly: dict[str, Callable[[], object]] = {
                "tries": parts.memory.store.forget_tries,
                "erasures_list": lambda: memory.tombstones.sync(memory.engine),
                "forgetting": lambda: forget(memory.engine, datetime.now(UTC)),
            }
            reserve = {"reserve": memory.room.fill}
            for tasks, every in ((hourly, HOUR), (reserve, 60.0)):
                doing = asyncio.create_task(regularly(tasks, parts.threads, every, meters.failed))
                running.callback(doing.cancel)
            yield

    app = FastAPI(
        title="Parole",
        version=version("parole"),
        description="Contribuer à une consultation publique en discutant, en français simple.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.parts = parts

    app.include_router(
        health.routes(
            parts.threads,
            lambda: ready(memory.engine, memory.keys, datetime.now(UTC)),
            lambda: state_of(parts.rasa, parts.runner),
            memory.room.short,
        )
    )
    watch(app, parts, meters)
    if telegram and telegram.router:
        app.include_router(telegram.router)
    install_web(app, parts.reception, memory.store, parts.threads, parts.wording, parts.shelf,
                parts.settings)  # fmt: skip
    install_desk(app, desk)
    believe(app, settings)
    return app


def watch(app: FastAPI, parts: Parts, meters: Meters) -> None:
    """Count what happens, for `/metrics`."""
    parts.reception.turned = meters.turned
    if parts.rasa:
        parts.rasa.told = meters.asked
    settings, engine = parts.settings, parts.memory.engine
    token, kept = settings.metrics_token, (settings.closing_date, settings.keep_months)

    async def alone() -> bool | None:
        return await parts.rasa.alone() if parts.rasa else None

    app.include_router(
        metrics.routes(
            meters,
            token.get_secret_value() if token else None,
            parts.threads,
            lambda: metrics.Standing(
                **standing(engine, datetime.now(UTC)),
                **nightly(engine, datetime.now(UTC), *kept),
                listed=parts.memory.tombstones.written,
            ),
            lambda: parts.rasa.breaker.state if parts.rasa else "rules",
            settings.data_dir,
            alone,
        )
    )
    app.add_middleware(metrics.Counted, meters=meters)


def believe(app: FastAPI, settings: Settings) -> None:
    """Take from the web servers of the settings, and from nobody else, who is asking, and how."""
    if settings.proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.proxies.split(","))
