"""The staff desk on a real memory, with a clock that tests move and hashes that take no time."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pyotp
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import Engine

from bot.app.desk import make_desk
from bot.channels.web_headers import Shell
from bot.guide_file import bundled
from bot.settings import Settings
from bot.shelf import Shelf
from bot.staff import Role
from desk.shell import Desk
from desk.signing.passwords import Passwords
from desk.web import install_desk
from storage.database import open_database
from storage.desk.accounts import Accounts
from storage.guides import Guides
from storage.sealing.keys import Keys
from storage.threads import Threads

HOST = "http://127.0.0.1"
PASSWORD = "trois-tasses-de-the-vert"
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
EVERY_ROLE = tuple(Role)


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **how: float) -> None:
        self.now += timedelta(**how)


@dataclass
class Office:
    """A desk that runs, and who works there."""

    app: FastAPI
    desk: Desk
    engine: Engine
    keys: Keys
    clock: Clock
    secrets: dict[str, str] = field(default_factory=dict)

    def hire(
        self, login: str, roles: Iterable[Role] = (Role.READING,), *, code: bool = False
    ) -> None:
        accounts = Accounts(self.engine, self.keys)
        accounts.add(
            login, roles, self.desk.proving.passwords.hashed(PASSWORD), self.clock.now.date()
        )
        if code:
            self.secrets[login] = pyotp.random_base32()
            accounts.set_secret(login, self.secrets[login])

    def code(self, login: str) -> str:
        """The code that the telephone shows now."""
        return pyotp.TOTP(self.secrets[login]).at(self.clock.now)

    @asynccontextmanager
    async def client(self, **more: object) -> AsyncIterator[httpx.AsyncClient]:
        host = self.desk.about.public_url or HOST
        transport, ours = httpx.ASGITransport(self.app), {"Origin": host}
        async with httpx.AsyncClient(
            transport=transport, base_url=host, headers=ours, **more  # type: ignore[arg-type]
        ) as client:  # fmt: skip
            yield client

    async def sign_in(self, client: httpx.AsyncClient, login: str, **more: str) -> httpx.Response:
        fields = {"login": login, "password": PASSWORD, **more}
        answer = await client.post("/equipe/connexion", data=fields)
        if login not in self.secrets:
            return answer
        to = answer.headers["location"]
        page = await client.get(to)
        self.clock.pass_by(seconds=30)  # a code opens once
        fields = {"csrf": csrf(page.text), "code": self.code(login), "suite": more.get("suite", "")}
        return await client.post("/equipe/connexion/code", data=fields)

    @asynccontextmanager
    async def at_work(self, login: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser where this account is signed in."""
        async with self.client() as client:
            answer = await self.sign_in(client, login)
            assert answer.headers.get("location") == "/equipe/", answer.text
            yield client


@asynccontextmanager
async def office(template: Path, folder: Path, **changes: object) -> AsyncIterator[Office]:
    """A desk on a fresh SQLite database. `changes`: settings."""
    file = folder / "parole.db"
    shutil.copy(template, file)
    engine = open_database(f"sqlite:///{file}", create=False)
    with_desk = office_on(engine, folder, **changes)
    with_desk.desk.workroom.start()
    try:
        yield with_desk
    finally:
        with_desk.desk.memory.indexing.close()
        with_desk.desk.memory.alike.close()
        with_desk.desk.memory.outside.close()
        with_desk.desk.following.stop()
        with_desk.desk.comparing.stop()
        await with_desk.desk.workroom.stop()
        with_desk.desk.threads.close()  # type: ignore[attr-defined]
        engine.dispose()


def office_on(engine: Engine, folder: Path, **changes: object) -> Office:
    settings = Settings(data_dir=folder, _env_file=None, **changes)  # type: ignore[arg-type]
    keys, clock, threads = Keys(bytes(32)), Clock(), Threads.serving(engine)
    shelf = Shelf(bundled(), settings.guide, Guides(engine).source)
    desk = make_desk(settings, engine, keys, threads, shelf)
    desk.now, desk.proving.passwords, desk.workroom.now = clock, QUICK, clock
    app = FastAPI(docs_url=None, redoc_url=None)
    install_desk(app, desk)
    app.add_middleware(Shell, secure=desk.door.secure)
    return Office(app, desk, engine, keys, clock)


def csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, "no token in this page"
    return found.group(1)
