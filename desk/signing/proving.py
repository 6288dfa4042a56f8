"""Proving who one is: the password, its tries counted, two hashes at a time at most."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request

from bot import network
from bot.ports import Threads
from bot.staff import Account
from desk.ports import Memory
from desk.signing import second_factor
from desk.signing.cookies import Cookies
from desk.signing.passwords import Passwords

AT_A_TIME = 2  # hashes under way: each takes 64 MiB


class Proving:
    """One for the whole desk."""

    def __init__(
        self,
        memory: Memory,
        passwords: Passwords,
        cookies: Cookies,
        threads: Threads,
        now: Callable[[], datetime],
    ) -> None:
        self._accounts, self._tries = memory.accounts, memory.tries
        self.passwords, self._cookies, self._now = passwords, cookies, now
        self._run = threads.run
        self._hashing = asyncio.Semaphore(AT_A_TIME)

    async def wait_for(self, request: Request, login: str) -> float:
        """0 when this try may be looked at, and counts; else the seconds to wait."""
        browser = self._cookies.browser(request)
        return await self._run(self._tries.take, login, address(request), self._now(), browser)

    async def right(self, password: str, account: Account | None) -> bool:
        """Whether it is theirs. It takes as long for nobody."""
        kept = account.password if account and account.active else None
        async with self._hashing:
            return await asyncio.to_thread(self.passwords.right, password, kept)

    async def opens(self, account: Account, code: str) -> bool:
        """Whether it is the code that their telephone shows now. Each does once."""
        secret = await self._run(self._accounts.secret, account.id)
        step = second_factor.step_of(secret, code, self._now()) if secret else None
        return step is not None and await self._run(self._accounts.use_step, account.id, step)

    async def hashed(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self.passwords.hashed, password)

    async def succeeded(self, request: Request, login: str) -> str:
        """Forget what failed before: what the browser is to keep."""
        browser = self._cookies.browser(request)
        return await self._run(self._tries.succeeded, login, address(request), browser)


def address(request: Request) -> str:
    """Which connection asks; headers were believed only from the servers of PAROLE_PROXIES."""
    return network.connection(request.client.host if request.client else None)


def later(wait: float) -> str:
    """How long to wait, in words."""
    minutes = math.ceil(wait / 60)
    when = "une minute" if minutes == 1 else f"{minutes} minutes"
    return f"Il y a eu trop d’essais. Attendez {when}, puis recommencez."
