"""Proving who one is: the password, its tries counted, two hashes at a time at most."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from starlette.requests import Request

from bot.staff import Account
from desk.signing import second_factor

if TYPE_CHECKING:
    from desk.shell import Desk

AT_A_TIME = 2  # hashes under way: each takes 64 MiB


class Proving:
    """One for the whole desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._hashing = desk, asyncio.Semaphore(AT_A_TIME)

    async def wait_for(self, request: Request, login: str) -> float:
        """0 when this try may be looked at, and counts; else the seconds to wait."""
        desk = self._desk
        known = request.cookies.get(desk.known_cookie(request), "")
        take = desk.memory.tries.take
        return await desk.run(take, login, address(request), desk.now(), known)

    async def right(self, password: str, account: Account | None) -> bool:
        """Whether it is theirs. It takes as long for nobody."""
        kept = account.password if account and account.active else None
        async with self._hashing:
            return await asyncio.to_thread(self._desk.passwords.right, password, kept)

    async def opens(self, account: Account, code: str) -> bool:
        """Whether it is the code that their telephone shows now. Each does once."""
        desk = self._desk
        secret = await desk.run(desk.memory.accounts.secret, account.id)
        step = second_factor.step_of(secret, code, desk.now()) if secret else None
        return step is not None and await desk.run(desk.memory.accounts.use_step, account.id, step)

    async def hashed(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._desk.passwords.hashed, password)

    async def succeeded(self, request: Request, login: str) -> str:
        """Forget what failed before: what the browser is to keep."""
        desk = self._desk
        known = request.cookies.get(desk.known_cookie(request), "")
        return await desk.run(desk.memory.tries.succeeded, login, address(request), known)


def address(request: Request) -> str:
    """Who asks; headers were believed only from the web servers of PAROLE_PROXIES."""
    return request.client.host if request.client else ""


def later(wait: float) -> str:
    """How long to wait, in words."""
    minutes = math.ceil(wait / 60)
    when = "une minute" if minutes == 1 else f"{minutes} minutes"
    return f"Il y a eu trop d’essais. Attendez {when}, puis recommencez."
