"""The accounts of the staff desk. Whatever changes one closes its sessions."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, exists, insert, or_, select, update

from bot.errors import StaffError
from bot.staff import Account, Role
from storage.desk_tables import staff, staff_sessions
from storage.faults import transaction
from storage.sealing.keys import Keys
from storage.sealing.masterkey import still_ours
from storage.statements import insert_once
from storage.tables import erasures

s = staff.c


class Accounts:
    """Members of staff. Blocking calls."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys

    def add(self, login: str, roles: Iterable[Role], password: str, on: date) -> None:
        """A new account; `password` is already hashed. Raises StaffError if the login was used."""
        with transaction(self._engine) as connection:
            if connection.scalar(select(exists().where(s.login == login))):
                raise StaffError(f"« {login} » existe déjà, ou a existé. Choisissez un autre nom.")
            row = {
                "id": secrets.token_hex(16),
                "login": login,
                "roles": written(roles),
                "password": password,
                "active": True,
                "created_on": on,
            }
            connection.execute(insert(staff), row)

    def all(self) -> list[Account]:
        """Every account, closed ones too: the journal names them."""
        with transaction(self._engine, writing=False) as connection:
            return [account(row) for row in connection.execute(select(staff).order_by(s.login))]

    def find(self, login: str) -> Account | None:
        with transaction(self._engine, writing=False) as connection:
            row = connection.execute(select(staff).where(s.login == login)).one_or_none()
        return account(row) if row is not None else None

    def none_yet(self) -> bool:
        with transaction(self._engine, writing=False) as connection:
            return not connection.scalar(select(exists().where(s.active)))

    def change_roles(self, login: str, roles: Iterable[Role]) -> None:
        self._change(login, roles=written(roles))

    def change_password(self, login: str, password: str) -> None:
        self._change(login, password=password)

    def close(self, login: str) -> None:
        """Nobody signs in with this login any more; the journal still knows it.

        Nor after a restore: its trace is in the list of what was erased.
        """
        with transaction(self._engine) as connection:
            id = connection.scalar(select(s.id).where(s.login == login, s.active))
            _change(connection, login, active=False, totp=None, totp_last=None)
            today = datetime.now(UTC).date()
            trace = self._keys.trace_of_account(str(id))
            row = {"trace": trace, "door": "", "erased_on": today, "farewell": None}
            connection.execute(insert_once(connection.dialect, erasures), row)

    def set_secret(self, login: str, secret: str, used: int | None = None) -> None:
        """Keep the secret of the second factor, sealed; an earlier one stops working.

        `used`: the time step whose code was already given.
        """
        with transaction(self._engine) as connection:
            still_ours(connection, self._keys)
            id = connection.scalar(select(s.id).where(s.login == login, s.active))
            sealed = self._keys.staff.seal(secret.encode(), _where(str(id)))
            _change(connection, login, totp=sealed, totp_last=used)

    def secret(self, id: str) -> str | None:
        with transaction(self._engine, writing=False) as connection:
            sealed = connection.scalar(select(s.totp).where(s.id == id))
        return None if sealed is None else self._keys.staff.unseal(sealed, _where(id)).decode()

    def use_step(self, id: str, step: int) -> bool:
        """Whether this time step opens: it does once, and no earlier one does after it."""
        unused = or_(s.totp_last.is_(None), s.totp_last < step)
        with transaction(self._engine) as connection:
            used = connection.execute(
                update(staff).where(s.id == id, s.active, unused).values(totp_last=step)
            )
        return used.rowcount == 1

    def _change(self, login: str, **values: Any) -> None:
        with transaction(self._engine) as connection:
            _change(connection, login, **values)


def _change(connection: Connection, login: str, **values: Any) -> None:
    """Raises StaffError when no open account has this login."""
    this = (s.login == login) & s.active
    changed = connection.execute(update(staff).where(this).values(**values))
    if changed.rowcount != 1:
        raise StaffError(f"Aucun compte ouvert ne s'appelle « {login} ». Voyez : parole staff list")
    of_it = select(s.id).where(s.login == login)
    connection.execute(delete(staff_sessions).where(staff_sessions.c.staff_id.in_(of_it)))


def _where(id: str) -> str:
    return f"staff.totp|{id}"


def written(roles: Iterable[Role]) -> str:
    return " ".join(role for role in Role if role in set(roles))


def account(row: Any) -> Account:
    return Account(
        row.id,
        row.login,
        frozenset(Role(one) for one in row.roles.split()),
        row.password,
        row.totp is not None,
        row.active,
        row.created_on,
    )
