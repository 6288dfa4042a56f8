"""How often somebody may try to sign in, by account and by address. Neither is readable here.

A browser that signed in before has a count of its own: whoever floods an account, or shares its
address because of a proxy, does not keep its owner out.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

from sqlalchemy import Engine

from storage import counting
from storage.counting import Limit
from storage.faults import transaction
from storage.sealing.keys import Keys

FREE = {"account": 5, "address": 20, "browser": 5}  # tries before one has to wait
FIRST_WAIT = 60.0  # seconds; twice as long each time: never more than FREE in a minute
LONGEST_WAIT = 15 * 60.0
CALM = 60 * 60.0  # after an hour without a try, all is forgotten
LIMITS = {kind: Limit(free, CALM, FIRST_WAIT, LONGEST_WAIT) for kind, free in FREE.items()}


class Tries:
    """Counts the tries before they are looked at: a hundred at once are a hundred."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys

    def take(self, login: str, address: str, now: datetime, browser: str = "") -> float:
        """0: this try may be looked at, and counts. Else the seconds to wait before trying."""
        whose = {
            self._keys.counted(f"sign-in {kind}", of): LIMITS[kind]
            for kind, of in self._counted(login, address, browser)
        }
        with transaction(self._engine) as connection:
            return counting.take(connection, whose, now.timestamp())

    def succeeded(self, login: str, address: str, browser: str = "") -> str:
        """The right person: forget what failed before. What their browser is to keep."""
        counted = self._counted(login, address, browser)
        done = sorted(self._keys.counted(f"sign-in {kind}", of) for kind, of in counted)
        with transaction(self._engine) as connection:
            counting.forget(connection, *done)
        return browser if self._knows(login, browser) else self._known(login, secrets.token_hex(16))

    def _counted(self, login: str, address: str, browser: str) -> tuple[tuple[str, str], ...]:
        if self._knows(login, browser):
            return (("browser", browser),)
        return ("account", login), ("address", address)

    def _known(self, login: str, nonce: str) -> str:
        return f"{nonce}.{self._keys.counted('known', f'{nonce} {login}')}"

    def _knows(self, login: str, browser: str) -> bool:
        """Whether we gave this to a browser that signed in to this account."""
        wanted = self._known(login, browser.partition(".")[0])
        return hmac.compare_digest(browser.encode("utf-8", "replace"), wanted.encode())
