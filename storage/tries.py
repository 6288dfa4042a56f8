"""How often somebody may try to sign in, by account and by address. Neither is readable here.

A browser that signed in before has a count of its own: whoever floods an account, or shares its
address because of a proxy, does not keep its owner out.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

from sqlalchemy import Engine, delete, select, update

from storage.desk_tables import staff_tries
from storage.faults import transaction
from storage.keys import Keys
from storage.statements import insert_once

FREE = {"account": 5, "address": 20, "browser": 5}  # tries before one has to wait
FIRST_WAIT = 60.0  # seconds; twice as long each time: never more than FREE in a minute
LONGEST_WAIT = 15 * 60.0
CALM = 60 * 60.0  # after an hour without a try, all is forgotten

t = staff_tries.c


class Tries:
    """Counts the tries before they are looked at: a hundred at once are a hundred."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys

    def take(self, login: str, address: str, now: datetime, browser: str = "") -> float:
        """0: this try may be looked at, and counts. Else the seconds to wait before trying."""
        counted = self._counted(login, address, browser)
        free = {self._key(kind, of): FREE[kind] for kind, of in counted}
        at = now.timestamp()
        with transaction(self._engine) as connection:
            rows = {}
            for key in sorted(free):  # always in this order: two orders would end in a deadlock
                new = {"key": key, "failed": 0, "last": at, "until": 0.0}
                connection.execute(insert_once(connection.dialect, staff_tries), new)
                this = select(staff_tries).where(t.key == key).with_for_update()
                rows[key] = connection.execute(this).one()
            wait: float = max(row.until - at for row in rows.values())
            if wait > 0:
                return wait
            for key, row in rows.items():
                failed = 1 if at - row.last > CALM else row.failed + 1
                until = at + _wait(failed - free[key])
                changed = update(staff_tries).where(t.key == key)
                connection.execute(changed.values(failed=failed, last=at, until=until))
        return 0.0

    def succeeded(self, login: str, address: str, browser: str = "") -> str:
        """The right person: forget what failed before. What their browser is to keep."""
        done = [self._key(kind, of) for kind, of in self._counted(login, address, browser)]
        with transaction(self._engine) as connection:
            connection.execute(delete(staff_tries).where(t.key.in_(sorted(done))))
        return browser if self._knows(login, browser) else self._known(login, secrets.token_hex(16))

    def forget(self, now: datetime) -> int:
        """Leave nothing of an account or an address that was calm for an hour: how many."""
        with transaction(self._engine) as connection:
            calm = t.last < now.timestamp() - CALM
            return connection.execute(delete(staff_tries).where(calm)).rowcount

    def _counted(self, login: str, address: str, browser: str) -> tuple[tuple[str, str], ...]:
        if self._knows(login, browser):
            return (("browser", browser),)
        return ("account", login), ("address", address)

    def _known(self, login: str, nonce: str) -> str:
        return f"{nonce}.{self._key('known', f'{nonce} {login}')}"

    def _knows(self, login: str, browser: str) -> bool:
        """Whether we gave this to a browser that signed in to this account."""
        wanted = self._known(login, browser.partition(".")[0])
        return hmac.compare_digest(browser.encode("utf-8", "replace"), wanted.encode())

    def _key(self, kind: str, of: str) -> str:
        return self._keys.tries(f"{kind}\0{of}")


def _wait(beyond: int) -> float:
    """How long after a try that is this many beyond the free ones."""
    return 0.0 if beyond < 0 else min(FIRST_WAIT * 2.0 ** min(beyond, 10), LONGEST_WAIT)
