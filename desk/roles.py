"""Which role each route asks for: the only table that decides it. A route it does not name is shut.

To add a page, name its routes here; `MENU` shows the page to those who may open it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.staff import Role, Seat


class Open(StrEnum):
    """What asks for no role."""

    ANYONE = "anyone"
    SIGNED_IN = "signed_in"
    WAITING = "waiting"  # the password was right, the code is still to come


Needs = Role | Open

ROUTES: Mapping[str, Needs] = {
    # The shell
    "static": Open.ANYONE,
    "sign_in": Open.ANYONE,
    "sign_in.send": Open.ANYONE,
    "code": Open.WAITING,
    "code.send": Open.WAITING,
    "home": Open.SIGNED_IN,
    "account": Open.SIGNED_IN,
    "account.password": Open.SIGNED_IN,
    "account.code": Open.SIGNED_IN,
    "account.code.set": Open.SIGNED_IN,
    "account.close": Open.SIGNED_IN,
    "help": Open.SIGNED_IN,
    "sign_out": Open.SIGNED_IN,
    "sign_out.everywhere": Open.SIGNED_IN,
    # The journal
    "journal": Role.ADMINISTRATION,
    "journal.check": Role.ADMINISTRATION,
    "snapshots": Role.ADMINISTRATION,
    "snapshots.delete": Role.ADMINISTRATION,
    # Contributions
    "contributions": Role.READING,
    "contributions.one": Role.READING,
    "contributions.transcript": Role.MODERATION,
    "contributions.decide": Role.MODERATION,
    "contributions.text": Role.MODERATION,
    "contributions.merge": Role.MODERATION,
    "contributions.separate": Role.MODERATION,
    "contributions.undo": Role.MODERATION,
    "groups": Role.MODERATION,
    "groups.join": Role.MODERATION,
    "groups.undo": Role.MODERATION,
    "queue": Role.MODERATION,
    "queue.card": Role.MODERATION,
    "queue.next": Role.MODERATION,
    # The overview
    "overview": Role.READING,
    "overview.refresh": Role.READING,
    "targets": Role.MODERATION,
    "targets.set": Role.MODERATION,
    "targets.import": Role.MODERATION,
    # Exports
    "exports": Role.EXPORT,
    "exports.new": Role.EXPORT,
    "exports.ask": Role.EXPORT,
    "exports.one": Role.EXPORT,
    "exports.make": Role.EXPORT,
    "exports.again": Role.EXPORT,
    "exports.take": Role.EXPORT,
    # The other platform
    "platform": Role.EXPORT,
    "platform.keep": Role.EXPORT,
    "platform.sheet": Role.EXPORT,
    "platform.take": Role.EXPORT,
    "platform.remove": Role.EXPORT,
    "platform.bring": Role.EXPORT,
    "platform.arrival": Role.EXPORT,
    "platform.read": Role.EXPORT,
    "platform.forget": Role.ADMINISTRATION,
    "platform.alike": Role.EXPORT,
    "platform.compare": Role.EXPORT,
    "platform.received": Role.EXPORT,
    "platform.say": Role.EXPORT,
    "platform.one": Role.READING,
    # Coding
    "coding": Role.READING,
    "coding.colours": Role.READING,
    "coding.book": Role.READING,
    "coding.agreement": Role.READING,
    "coding.next": Role.READING,
    "coding.text": Role.READING,
    "coding.mark": Role.MODERATION,
    "coding.read": Role.MODERATION,
    "coding.unmark": Role.MODERATION,
    "coding.note": Role.MODERATION,
    "coding.add": Role.MODERATION,
    "coding.change": Role.MODERATION,
    "coding.import": Role.MODERATION,
}

UPLOADS = frozenset(  # the routes that take a file
    {"coding.import", "targets.import", "platform.keep", "platform.bring"}
)

MENU: tuple[tuple[str, str], ...] = (
    ("home", "Accueil"),
    ("overview", "Suivi"),
    ("contributions", "Contributions"),
    ("queue", "File à relire"),
    ("coding", "Codage"),
    ("exports", "Exports"),
    ("platform", "Plateforme"),
    ("snapshots", "Instantanés"),
    ("journal", "Journal"),
    ("help", "Aide"),
)

# Who decides or exports has to read.
INCLUDED: Mapping[Role, frozenset[Role]] = {
    Role.MODERATION: frozenset({Role.READING}),
    Role.EXPORT: frozenset({Role.READING}),
}

NAMES: Mapping[Role, str] = {
    Role.READING: "lecture",
    Role.MODERATION: "modération",
    Role.EXPORT: "export",
    Role.ADMINISTRATION: "administration",
}


def held(roles: frozenset[Role]) -> frozenset[Role]:
    """These roles and all that they include."""
    return roles.union(*(INCLUDED.get(role, frozenset()) for role in roles))


def may(seat: Seat | None, route: str) -> bool:
    """Whether this person may use this route now. Raises KeyError for a route without a line."""
    needs = ROUTES[route]
    if needs is Open.ANYONE:
        return True
    if seat is None:
        return False
    if seat.waiting or needs is Open.WAITING:
        return seat.waiting and needs is Open.WAITING
    return needs is Open.SIGNED_IN or needs in held(seat.roles)


def only_lacks_the_code(seat: Seat, route: str) -> bool:
    """Whether the account has the role, and nothing but the second factor is missing."""
    return not seat.waiting and ROUTES[route] in held(seat.account.roles)
