"""Every set of roles, with the code and without, on every route, for two consultations."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain, combinations
from pathlib import Path

import pytest
from desk_crowd import answered, people
from fastapi.routing import APIRoute
from sqlalchemy import Engine

from bot.finding import Wanted
from bot.staff import Role
from desk import roles
from desk.roles import Open
from desk.shell import ROOT
from tests.asgi import Answer
from tests.desk_full import Full, full_desk

pytestmark = [pytest.mark.anyio, pytest.mark.own_database]
SETS = tuple(chain.from_iterable(combinations(Role, n) for n in range(len(Role) + 1)))
ALONE = (*(one for one in SETS if len(one) < 2), tuple(Role))
OF_A_GUIDE = {"overview", "overview.refresh", "targets", "targets.set", "targets.import"}
GUIDES = ("cese-2022", "jardins-2026")
# Said again here, so that a change of the product's own rule turns this red.
READS = {Role.READING, Role.MODERATION, Role.EXPORT}
CODED = {Role.EXPORT, Role.ADMINISTRATION}
SHUT, IN, SIGN_IN = "shut", "in", "sign in"


@asynccontextmanager
async def two_consultations(engine: Engine, folder: Path) -> AsyncIterator[Full]:
    async with full_desk(engine, folder) as made:
        answered(made.desk, people(6))  # of another consultation
        made.desk.desk.memory.indexing.refresh(now=True)
        assert made.desk.desk.memory.indexing.wait(30)
        yield made


def wanted(name: str, held: frozenset[Role], *, code: bool, waiting: bool) -> str:
    """What the table promises to whoever holds these roles."""
    needs = roles.ROUTES[name]
    if needs is Open.ANYONE:
        return IN
    if waiting or needs is Open.WAITING:
        return IN if waiting and needs is Open.WAITING else SIGN_IN
    if needs is Open.SIGNED_IN:  # the first code of who exports is given by somebody else
        return SHUT if name.startswith("account.code") and held & CODED and not code else IN
    now = held if code else held - CODED
    if needs is Role.READING:
        return IN if now & READS else SHUT
    return IN if needs in now else SHUT


def addresses(route: APIRoute, references: dict[str, str], full: Full) -> list[str]:
    """This route in each consultation, when it has one: a contribution's, or a questionnaire's."""
    other = {"kind": "csv", "sheet": "mien", "version": "1", "name": "x",
             "file": full.named["file"], "id": "1"}  # fmt: skip
    found = []
    for guide in GUIDES:
        known = {**other, "reference": references[guide]}
        path = ROOT + re.sub(r"\{(\w+)\}", lambda one, known=known: known[one.group(1)], route.path)
        found.append(f"{path}?guide={guide}")
    both = "{reference}" in route.path or route.name in OF_A_GUIDE
    return found if both else found[:1]


def agrees(answer: Answer, promised: str, route: APIRoute, where: object) -> None:
    to = answer.header("location") or ""
    if promised == SHUT:
        assert answer.status == 403, where
        assert "pas pour votre compte" in answer.text or "Il manque votre code" in answer.text
    elif promised == SIGN_IN:
        assert answer.status == 303, where
        assert to.startswith("/equipe/connexion"), where
    elif route.name in ("sign_in.send", "code.send"):
        assert answer.status in (401, 429), where  # nothing was typed
    else:
        assert answer.status not in (401, 403, 500), (where, answer.status)
        anyone = roles.ROUTES[route.name] is Open.ANYONE
        assert anyone or route.name.startswith("sign_out") or "/equipe/connexion" not in to, where


async def matrix(full: Full, sets: Sequence[Sequence[Role]]) -> str:
    """Each set of roles, with the code and without, on each route: how many were as the table."""
    memory = full.desk.desk.memory
    entries = {one.guide: one.reference for one in memory.indexing.search.find(Wanted("")).entries}
    assert entries.keys() == set(GUIDES)
    assert {route.name for route in full.routes()} == roles.ROUTES.keys()
    cases = [(held, code, False) for held in sets for code in (False, True)]
    cases.append((tuple(Role), False, True))
    for n, (held, code, _) in enumerate(cases):
        full.desk.hire(f"p{n}", held, code=code)
    counts = {SHUT: 0, SIGN_IN: 0, IN: 0}
    await full.rests()
    for n, (held, code, waiting) in enumerate(cases):
        before = full.state()
        tries = [
            (wanted(route.name, frozenset(held), code=code, waiting=waiting), route)
            for route in full.routes()
        ]
        for promised in counts:  # those refused come first
            for route in (one for what, one in tries if what == promised):
                for path in addresses(route, entries, full):
                    token, csrf = full.session(f"p{n}", code=code, waiting=waiting)
                    get = "GET" in (route.methods or ())
                    asked = full.get(path, token=token) if get else None
                    answer = await (asked or full.post(path, [("csrf", csrf)], token=token))
                    counts[promised] += 1
                    agrees(answer, promised, route, (route.name, path, [*held], code, waiting))
            if promised != IN:
                assert full.differs(before) <= {"staff_sessions"}, (held, promised)
        await full.rests()
    for route in full.routes():
        for path in addresses(route, entries, full):
            if roles.ROUTES[route.name] is not Open.ANYONE:
                get = "GET" in (route.methods or ())
                answer = await (full.get(path, token="") if get else full.post(path, [], token=""))
                assert answer.status == 303, route.name
                counts[SIGN_IN] += 1
    told = ", ".join(f"{what}: {n}" for what, n in counts.items())
    return f"{sum(counts.values())} tries ({told}), {len(roles.ROUTES)} routes, 0 unlike the table"


@pytest.fixture
def backend() -> str:
    return "sqlite"


async def test_each_role_opens_its_routes_in_each_consultation(
    engine: Engine, tmp_path: Path
) -> None:
    """S6, S3, F21: roles × code × route × consultation, as the table; a refusal changes nothing.

    Export and administration open with the code alone. Roles hold for every consultation of the
    server: the answer is the same in each. `python -m bench.doors S6`: every set of roles, on both.
    """
    async with two_consultations(engine, tmp_path) as full:
        print(await matrix(full, ALONE))
