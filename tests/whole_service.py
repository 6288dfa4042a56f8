"""The whole service as `parole serve` makes it, on either database, for who attacks every door."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyotp
from argon2 import PasswordHasher
from fastapi import FastAPI
from sqlalchemy import Engine

from bot.app.memory import Memory, open_memory
from bot.app.service import make_app
from bot.curated import Outside
from bot.settings import Settings
from bot.staff import Role
from desk.signing.passwords import Passwords
from storage.desk.accounts import Accounts
from storage.sealing.keys import Keys
from tests.asgi import Answer, ask
from tests.desk_contributions import contributes

SECRET = "Xr7-only-for-the-tests-of-doors_2"
HOOK = "/telegram/webhook"
ORIGIN = b"http://127.0.0.1"
FORM = (b"content-type", b"application/x-www-form-urlencoded")
PASSWORD = "trois-tasses-de-the-vert"
AGREED = ("qui_repond:seul", "age:yes", "accord:yes", "public:autre", "a_quel_titre:citoyen")


@dataclass
class Whole:
    """A service that runs, and a count of how it answered."""

    app: FastAPI
    memory: Memory
    desk: Any
    statuses: Counter[int] = field(default_factory=Counter)
    _count: int = 0

    @property
    def engine(self) -> Engine:
        return self.memory.engine

    @property
    def keys(self) -> Keys:
        return self.memory.keys

    def fills(self) -> None:
        """What the desk has to show: contributions, a theme, another platform's."""
        for n, text in enumerate(("Un soir =1+1 <b>long</b>", "Un matin", "Un autre matin"), 1):
            contributes(self, n, text)  # type: ignore[arg-type]
        self.desk.memory.codebook.add("Horaires", definition="Les heures")
        outside = Outside("plateforme", "op1", "proposal", "Un matin", "Titre", made_on=_today())
        self.desk.memory.outsides.take("plateforme", [outside], _today())

    async def ask(self, method: str, target: str, **more: Any) -> Answer:
        answer = await ask(self.app, method, target, **more)
        self.statuses[answer.status] += 1
        return answer

    @property
    def asked(self) -> int:
        return self.statuses.total()

    def told(self) -> str:
        """How many requests, and how they were answered."""
        each = ", ".join(f"{status}: {n}" for status, n in sorted(self.statuses.items()))
        return f"{self.asked} requests ({each})"

    async def form(
        self, target: str, fields: Mapping[str, str], cookie: bytes = b"", **more: Any
    ) -> Answer:
        """A form of one of our pages. Half of a character is sent as a browser would not."""
        headers = [FORM, (b"origin", ORIGIN)] + [(b"cookie", cookie)] * bool(cookie)
        body = urlencode(fields, errors="surrogatepass").encode()
        return await self.ask("POST", target, headers=headers, body=body, **more)

    async def json(
        self, method: str, target: str, content: object, token: str | None = None, **more: Any
    ) -> Answer:
        headers = [(b"content-type", b"application/json")]
        if token is not None:
            headers.append((b"authorization", f"Bearer {token}".encode("latin-1", "replace")))
        body = json.dumps(content).encode()
        return await self.ask(method, target, headers=headers, body=body, **more)

    async def update(self, content: object, secret: str = SECRET) -> Answer:
        headers = [(b"x-telegram-bot-api-secret-token", secret.encode())]
        return await self.ask("POST", HOOK, headers=headers, body=json.dumps(content).encode())

    def message(self, chat: int, /, **said: object) -> dict[str, object]:
        """An update: what this person said in their chat."""
        self._count += 1
        who = {"id": chat, "is_bot": False, "first_name": "A"}
        told = {"message_id": self._count, "from": who, "chat": {"id": chat, "type": "private"},
                "date": 1, **said}  # fmt: skip
        return {"update_id": 900 + self._count, "message": told}

    def press(self, chat: int, data: object) -> dict[str, object]:
        self._count += 1
        about = {"message_id": 1, "chat": {"id": chat, "type": "private"}, "date": 1}
        who = {"id": chat, "is_bot": False, "first_name": "A"}
        query = {"id": f"q{self._count}", "from": who, "message": about, "data": data}
        return {"update_id": 900 + self._count, "callback_query": query}

    async def begins(self, guide: str | None = None) -> str:
        """The token of a person who has agreed, and stands before the first open question."""
        opened = await self.json("POST", "/api/conversations", {"guide": guide} if guide else {})
        token = str(opened.json()["token"])
        for number, choice in enumerate(AGREED):
            await self.json("POST", "/api/messages", {"id": f"b{number}", "choice": choice}, token)
        await self.json("POST", "/api/messages", {"id": "b8", "text": "59"}, token)
        await self.json("POST", "/api/messages", {"id": "b9", "choice": "sujet:formation"}, token)
        return token

    async def staff(self, login: str = "camille") -> bytes:
        """The cookie of an account with every role, signed in with its code."""
        accounts, secret = Accounts(self.memory.engine, self.memory.keys), pyotp.random_base32()
        if accounts.find(login) is None:
            accounts.add(login, tuple(Role), PASSWORDS.hashed(PASSWORD), _today())
        accounts.set_secret(login, secret)
        fields = {"login": login, "password": PASSWORD, "suite": ""}
        first = await self.form("/equipe/connexion", fields)
        cookie = first.cookies()[0].partition(";")[0].encode()
        page = await self.ask("GET", "/equipe/connexion/code", headers=[(b"cookie", cookie)])
        given = {"csrf": csrf(page), "code": pyotp.TOTP(secret).now(), "suite": ""}
        done = await self.form("/equipe/connexion/code", given, cookie)
        assert done.status == 303, done.text
        return done.cookies()[0].partition(";")[0].encode()


PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def csrf(page: Answer) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.status
    return found.group(1)


def _today() -> date:
    return datetime.now(UTC).date()


@asynccontextmanager
async def whole(url: str, folder: Path, **changes: object) -> AsyncIterator[Whole]:
    """The service on an empty database, Telegram by webhook, without its background work."""
    given: dict[str, object] = {
        "data_dir": folder, "database_url": url, "rasa_url": "off",
        "telegram_token": "4242:canary-token-Zx81", "telegram_secret": SECRET,
        "telegram_mode": "webhook", "telegram_api": "http://127.0.0.1:9",
        "public_url": "http://127.0.0.1", "max_turns_per_minute": 1_000_000,
        "max_openings_per_hour": 1_000_000, **changes,
    }  # fmt: skip
    settings = Settings(_env_file=None, **given)  # type: ignore[arg-type]
    memory = open_memory(settings)
    app = make_app(settings, memory)
    inside = next(one for one in app.routes if getattr(one, "name", "") == "equipe")
    desk = _desk_of(inside)
    desk.proving.passwords = PASSWORDS
    try:
        yield Whole(app, memory, desk)
    finally:
        await asyncio.to_thread(_close, app, desk)
        memory.close()


def _desk_of(mount: Any) -> Any:
    """The desk, as the layer around it knows it."""
    [around] = [one for one in mount.app.user_middleware if "desk" in one.kwargs]
    return around.kwargs["desk"]


def _close(app: FastAPI, desk: Any) -> None:
    desk.memory.indexing.close()
    desk.memory.alike.close()
    desk.memory.outside.close()
    desk.following.stop()
    desk.comparing.stop()
    app.state.parts.threads.close()
