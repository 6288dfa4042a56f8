"""The one place where a request is let in: who is there, what the table asks, where it came from.

It runs before each route, and before anything that was sent is read.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

import structlog
from starlette.requests import Request

from bot.channels.web_problems import Problem
from bot.staff import Seat
from desk import refusals, roles
from desk.refusals import SignInFirst
from desk.roles import Open
from desk.shell import Desk

log = structlog.get_logger(__name__)

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
READING = frozenset({"GET", "HEAD"})
CSRF = "x-csrf-token"
BY_ITSELF = "x-by-itself"  # a part of a page that shows how far something is
PASSED_ON = ("x-forwarded-for", "x-forwarded-proto", "forwarded")


def gate(desk: Desk) -> Callable[[Request], Awaitable[None]]:
    """The dependency of every route of the desk."""

    async def check(request: Request) -> None:
        name = str(getattr(request.scope.get("route"), "name", ""))
        if name not in roles.ROUTES:
            log.error("route_without_role", route=name)
            raise refusals.not_found()
        if name == "static":
            return
        _no_nul(request)
        if not _unheard(request):
            raise refusals.needs_https(desk.about.public_url)
        if request.method not in READING:
            _from_here(desk, request)
        token = desk.cookies.token(request)
        seat = await _seat(desk, token, there=BY_ITSELF not in request.headers)
        request.state.seat, request.state.token = seat, token
        if not roles.may(seat, name):
            raise _refusal(seat, name, expired=bool(token))
        if request.method not in READING:
            _no_unwanted_file(request, name)
            if roles.ROUTES[name] is not Open.ANYONE:
                await _same_session(desk, request, seat)

    return check


def _unheard(request: Request) -> bool:
    """Whether nobody on the way reads what is sent: under https, or without leaving this machine.

    A web server in front of us that we were not told to believe looks like this machine, but for
    the name that it was asked for, or for what it adds.
    """
    if request.url.scheme == "https":
        return True
    passed_on = any(name in request.headers for name in PASSED_ON)
    return (
        not passed_on
        and _here(request.client and request.client.host)
        and _here(request.url.hostname)
    )


def _here(host: str | None) -> bool:
    """Whether this name or address never leaves this machine."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


async def _seat(desk: Desk, token: str, *, there: bool) -> Seat | None:
    if not TOKEN.fullmatch(token):
        return None
    return await desk.run(desk.memory.sessions.seat, token, desk.now(), there=there)


def _refusal(seat: Seat | None, name: str, *, expired: bool) -> Exception:
    if seat is None:
        return SignInFirst(expired=expired)
    needs = roles.ROUTES[name]
    if seat.waiting or isinstance(needs, Open):
        return SignInFirst(expired=False, code=seat.waiting)
    told = roles.NAMES[needs]
    if roles.only_lacks_the_code(seat, name):
        return refusals.needs_second_factor(told)
    return refusals.not_allowed(told)


def _from_here(desk: Desk, request: Request) -> None:
    try:
        desk.door.check_same_origin(request)
    except Problem:
        raise refusals.elsewhere() from None


async def _same_session(desk: Desk, request: Request, seat: Seat | None) -> None:
    given = request.headers.get(CSRF)
    if given is None:
        given = str((await desk.form(request)).get("csrf", ""))
    wanted = seat.csrf if seat else ""
    if not wanted or not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        await request.close()  # the file that came along, if it was read
        raise refusals.stale_form()


def _no_nul(request: Request) -> None:
    """PostgreSQL takes it for a fault of its own: only words looked for may have one."""
    if any("\0" in str(one) for one in request.path_params.values()):
        raise refusals.not_found()
    if any("\0" in value for name, value in request.query_params.multi_items() if name != "q"):
        raise refusals.bad_field("Cette adresse est illisible.")


def _no_unwanted_file(request: Request, name: str) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data" and name not in roles.UPLOADS:
        raise refusals.bad_field("Cette page n’attend pas de fichier.")
