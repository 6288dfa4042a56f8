"""A form of another site, or without its token, changes nothing; reading changes nothing either."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import Engine

from desk import roles
from desk.roles import Open
from tests import hostile_walks as walks
from tests.asgi import Headers, ask
from tests.desk_full import CHANGES, WHO, Full, address, full_desk, state, steps
from tests.whole_service import FORM, Whole, whole

pytestmark = [pytest.mark.anyio, pytest.mark.own_database]
HOST = "http://127.0.0.1"
FOREIGN: dict[str, tuple[str | None, Headers]] = {  # its Origin, and what else a browser says
    "another site says so": (HOST, [(b"sec-fetch-site", b"cross-site")]),
    "another site, without its name": (None, [(b"sec-fetch-site", b"cross-site")]),
    "a neighbour": (HOST, [(b"sec-fetch-site", b"same-site")]),
    "typed by hand": (HOST, [(b"sec-fetch-site", b"none")]),
    "what no browser says": (HOST, [(b"sec-fetch-site", b"same-origin, cross-site")]),
    "another origin": ("https://ailleurs.test", []),
    "an origin that begins as ours": (f"{HOST}.ailleurs.test", []),
    "our name before an at sign": (f"{HOST}@ailleurs.test", []),
    "another port": (f"{HOST}:8001", []),
    "no origin that is known": ("null", []),
    "no origin": (None, []),
    "an origin that cannot be read": ("http://[", []),
}
NOBODY_YET = {"sign_in.send"}  # no session, so no token: where it comes from is all there is


@pytest.fixture
async def full(engine: Engine, tmp_path: Path) -> AsyncIterator[Full]:
    async with full_desk(engine, tmp_path) as made:
        yield made


def seated(full: Full, name: str) -> None:
    """Whoever may use this route: signed in, waiting for the code, or nobody."""
    full.desk.clock.pass_by(seconds=60)
    if roles.ROUTES[name] is Open.ANYONE:
        full.token = full.csrf = ""
    else:
        full.signs_in(waiting=roles.ROUTES[name] is Open.WAITING)


def wrong_tokens(full: Full) -> Iterator[tuple[str, list[tuple[str, str]], Headers]]:
    right, (_, same), (_, other) = full.csrf, full.session(WHO), full.session("louis")
    yield "no token", [], []
    for wrong in ("", right[:-1], right + "x", right.swapcase(), same, other, "é\0"):
        yield f"the token {wrong[:6]}", [("csrf", wrong)], []
        if wrong.isascii() and "\0" not in wrong:
            yield f"the header {wrong[:6]}", [], [(b"x-csrf-token", wrong.encode())]
    yield "in the address only", [], []
    yield "a right field and a wrong header", [("csrf", right)], [(b"x-csrf-token", b"x")]


async def test_no_forged_form_changes_anything(full: Full, backend: str) -> None:
    """S5: each route × another site, another origin, no token, another session's: all refused.

    The same form, right, is then taken and changes something: what was refused was a real one.
    """
    full.desk.hire("louis")
    assert {one.name for one in steps(full.routes(), "POST")} == set(CHANGES)
    refused, changed = 0, 0
    for name, sent in CHANGES.items():
        seated(full, name)
        path, fields = await full.ready(name)
        forged = [
            (why, path, [*fields, ("csrf", full.csrf)], origin, headers)
            for why, (origin, headers) in FOREIGN.items()
        ]
        if name not in NOBODY_YET:
            for why, given, headers in wrong_tokens(full):
                to = path if why != "in the address only" else _with(path, full.csrf)
                forged.append((why, to, [*fields, *given], HOST, headers))
        await full.rests()
        before = full.state()
        for why, to, given, origin, headers in forged:
            answer = await full.post(to, given, *headers, file=sent.file, origin=origin)
            assert answer.status == 403, (name, why, answer.status)
            refused += 1
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            if method == "GET" and _is_read(full, path):
                continue
            cookie = (b"cookie", f"equipe={full.token}".encode())
            answer = await ask(full.desk.app, method, path, headers=[cookie])
            assert answer.status in (403, 404, 405), (name, method)
        assert full.differs(before) == set(), name
        answer = await full.post(path, [*fields, ("csrf", full.csrf)], file=sent.file)
        assert answer.status in (200, 303), (name, answer.status)
        await full.rests()
        assert bool(full.differs(before)) == sent.changes, name
        changed += sent.changes
    print(f"{backend}: {refused} forged forms on {len(CHANGES)} routes refused, nothing changed; "
          f"{changed} of the right ones changed something")  # fmt: skip
    assert refused >= 20 * len(CHANGES)


def _with(path: str, csrf: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}csrf={csrf}"


def _is_read(full: Full, path: str) -> bool:
    bare = path.removeprefix("/equipe").partition("?")[0]
    return any(one.path_regex.match(bare) for one in steps(full.routes(), "GET"))


READ = ("journal",)  # what was read is written there, and nothing else


async def test_reading_changes_nothing(full: Full, backend: str) -> None:
    """S5: no GET of the desk changes a row or a file; the journal alone gets lines of reading."""
    journal, routes = full.desk.desk.memory.journal, list(steps(full.routes(), "GET"))
    acts: set[str] = set()
    for route in routes:
        await full.rests()
        before, last = full.state(), max((one.id for one in journal.lines(limit=1)), default=0)
        for to in (address(route, full), address(route, full).partition("?")[0] + ASKED):
            await full.get(to)
        await full.rests()
        assert full.differs(before) <= set(READ), route.name
        acts |= {line.what for line in journal.lines(limit=20) if line.id > last}
    assert acts <= {"contribution_read", "export_taken"}, acts
    print(f"{backend}: {len(routes)} routes read, 0 changes")


ASKED = "?csrf=x&action=delete&decision=published&confirmed=oui&undo=1&encore=1&page=2&guide=x"


# --- the public page ---


@dataclass(frozen=True)
class Public:
    method: str
    target: str
    body: bytes
    kept: bool = True  # what it does is kept: not a mask, nor words that are nobody’s
    bare: int = 401  # without the cookie, from our page
    cookie: bool = True  # it does something for who has one


JSON = (b"content-type", b"application/json")
CHANGED_BY_THE_PAGE = {
    "/masquer": Public("POST", "/masquer", b"masked=1", kept=False, bare=303),
    "/discussion": Public("POST", "/discussion", b"opening=" + b"o" * 32, cookie=False),
    "/discussion/message": Public("POST", "/discussion/message", b"id=m9&text=Bonjour", bare=303),
    "/retour": Public(
        "POST", "/retour", b"id=r9&words=lune+table+chat+pomme", kept=False, bare=200
    ),
    "/api/messages": Public("POST", "/api/messages", b'{"id": "m10", "text": "Encore"}'),
    "/api/conversation": Public("DELETE", "/api/conversation", b""),
}
NOT_BY_A_COOKIE = {  # whoever asks shows what no browser adds by itself
    "/api/conversations",  # opens a conversation of nobody: no cookie is read or given
    "/telegram/webhook",  # its secret: S12
}


async def test_no_other_site_speaks_for_a_person(database_url: str, tmp_path: Path) -> None:
    """S5: each public route that changes something, with the person's cookie, from elsewhere."""
    async with whole(database_url, tmp_path) as service:
        public = [
            one for one in walks.inside(service.app.routes)
            if not one.path.startswith("/equipe") and set(one.methods or ()) - {"GET", "HEAD"}
        ]  # fmt: skip
        found = {_whole_path(service, one) for one in public}
        assert found == CHANGED_BY_THE_PAGE.keys() | NOT_BY_A_COOKIE
        refused = 0
        for path, one in CHANGED_BY_THE_PAGE.items():
            token = await service.begins()
            kind = JSON if path.startswith("/api") else FORM
            cookie = [(b"cookie", b"parole=" + token.encode())] * one.cookie
            before = state(service.engine)
            for why, (origin, headers) in FOREIGN.items():
                given = [kind, *cookie, *headers]
                if origin is not None:
                    given.append((b"origin", origin.encode()))
                answer = await service.ask(one.method, one.target, headers=given, body=one.body)
                assert answer.status == 403, (path, why, answer.status)
                assert not answer.cookies(), (path, why)
                refused += 1
            assert state(service.engine) == before, path
            ours = [kind, (b"origin", HOST.encode())]
            if one.cookie and one.bare != 303:
                bare = await service.ask(one.method, one.target, headers=ours, body=one.body)
                assert bare.status == one.bare, (path, bare.status)
                assert state(service.engine) == before or path == "/retour", path
            right = await service.ask(
                one.method, one.target, headers=[*ours, *cookie], body=one.body
            )
            assert right.status < 400, (path, right.status, right.text[:300])
            assert (state(service.engine) != before) == one.kept, path
        print(f"{service.engine.dialect.name}: {refused} forged requests refused")


def _whole_path(service: Whole, route: APIRoute) -> str:
    paths = service.app.openapi()["paths"]
    return f"/api{route.path}" if f"/api{route.path}" in paths else route.path
