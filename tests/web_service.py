"""The web door on a real memory and the real guides, for the tests."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fastapi import FastAPI

from bot.app.texts import introduced
from bot.ceiling import Ceiling
from bot.channels.web import install_web
from bot.guide_file import bundled
from bot.reception import Reception
from bot.settings import Settings
from bot.shelf import Shelf
from bot.wording import Wording, read_sentences
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.database import open_database
from storage.guides import Guides
from storage.sealing.keys import Keys
from storage.threads import Threads

HOST = "http://parole.test"
AGREEING = ("qui_repond:seul", "age:yes", "accord:yes")
OURS = {"Origin": HOST}


@dataclass
class Service:
    app: FastAPI
    store: SqlStore
    threads: Threads
    shelf: Shelf
    settings: Settings
    reception: Reception

    @asynccontextmanager
    async def client(self, **more: object) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url=HOST, **more) as client:  # type: ignore[arg-type]
            yield client


@asynccontextmanager
async def service(template: Path, folder: Path, **changes: object) -> AsyncIterator[Service]:
    """A service on a fresh SQLite database. `changes`: settings."""
    file = folder / "parole.db"
    shutil.copy(template, file)
    settings = Settings(data_dir=folder, _env_file=None, **changes)  # type: ignore[arg-type]
    engine = open_database(f"sqlite:///{file}", create=False)
    store, threads = SqlStore(engine, Keys(bytes(32))), Threads.serving(engine)
    shelf = Shelf(bundled(), settings.guide, Guides(engine).source)
    settings = introduced(settings, shelf.current())
    facts = {
        "organiser": settings.organiser_name,
        "contact": settings.organiser_contact,
        "human": settings.organiser_human,
        "privacy_url": settings.organiser_privacy_url,
        "emergency": "15 : urgence médicale",
        "reminder_when": "demain",
    }
    ceiling = Ceiling(settings.max_turns_per_minute)
    openings = settings.max_openings_per_hour
    reception = Reception(
        store, threads, Understanding(None), shelf, {}, ceiling=ceiling, openings=openings
    )
    app = FastAPI(title="Parole", docs_url=None, redoc_url=None)
    wording = Wording(read_sentences(), facts)
    install_web(app, reception, store, threads, wording, shelf, settings)
    try:
        yield Service(app, store, threads, shelf, settings, reception)
    finally:
        threads.close()
        engine.dispose()


class Person:
    """Someone who talks through the JSON API."""

    def __init__(self, client: httpx.AsyncClient, token: str, replies: list[dict]) -> None:  # type: ignore[type-arg]
        self.client, self.token, self.replies, self.number = client, token, replies, 0
        self.finished = False

    @classmethod
    async def begins(cls, client: httpx.AsyncClient, **fields: str) -> Person:
        opened = await client.post("/api/conversations", json=fields)
        assert opened.status_code == 201, opened.text
        return cls(client, **opened.json())

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def sends(self, **fields: object) -> httpx.Response:
        return await self.client.post("/api/messages", json=fields, headers=self.bearer)

    async def says(self, text: str | None = None, *, choice: str | None = None) -> None:
        self.number += 1
        fields = {"text": text} if choice is None else {"choice": choice}
        answer = await self.sends(id=f"m{self.number}", **fields)
        assert answer.status_code == 200, answer.text
        self.replies, self.finished = answer.json()["replies"], answer.json()["finished"]

    async def touches(self, label: str) -> None:
        await self.says(choice=self.value(label))

    def value(self, label: str) -> str:
        choices = [c for reply in self.replies for c in reply["choices"]]
        return next(c["value"] for c in choices if c["label"] == label)

    async def agrees(self) -> None:
        """Up to the first question after the agreement of the guide cese-2022."""
        for choice in AGREEING:
            await self.says(choice=choice)


def field(page: str, name: str) -> str:
    """The value of the first hidden field of this name."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found.group(1)
