"""Every set of roles, with the code and without, on every route, for two consultations."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from itertools import chain, combinations
from pathlib import Path

import pytest
from desk_crowd import answered, people
from fastapi.routing import APIRoute
from sqlalchemy import Engine

from bot.staff import Role
from desk import roles
from desk.roles import Open
from desk.shell import ROOT
from tests.desk_full import Full, full_desk

pytestmark = [pytest.mark.anyio, pytest.mark.own_database]
SETS = tuple(chain.from_iterable(combinations(Role, n) for n in range(len(Role) + 1)))
GUIDES = ("cese-2022", "assises")
# Said again here, so that a change of the product's own rule turns this red.
READS = {Role.READING, Role.MODERATION, Role.EXPORT}
CODED = {Role.EXPORT, Role.ADMINISTRATION}
SHUT, IN, SIGN_IN = "shut", "in", "sign in"


@pytest.fixture
async def full(engine: Engine, tmp_path: Path) -> AsyncIterator[Full]:
    async with full_desk(engine, tmp_path) as made:
        answered(made.desk, people(6))  # of another consultation
        made.desk.desk.memory.indexing.refresh(now=True)
        assert made.desk.desk.memory.indexing.wait(30)
        yield made


def wanted(needs: roles.Needs, held: frozenset[Role], *, code: bool, waiting: bool) -> str:
    """What the table promises to whoever holds these roles."""
    if needs is Open.ANYONE:
        return IN
    if waiting or needs is Open.WAITING:
        return IN if waiting and needs is Open.WAITING else SIGN_IN
    if needs is Open.SIGNED_IN:
        return IN
    now = held if code else held - CODED
    if needs is Role.READING:
        return IN if now & READS else SHUT
    return IN if needs in now else SHUT


def addresses(route: APIRoute, references: dict[str, str], full: Full) -> list[str]:
    """This route in each consultation, when it has one: a contribution's, or a questionnaire's."""
    other = {"kind": "csv", "sheet": "mien", "version": "1", "name": "x",
             "file": full.named["file"], "id": full.named["done"]}  # fmt: skip
    found = []
    for guide in GUIDES:
        known = {**other, "reference": references[guide]}
        path = ROOT + re.sub(r"\{(\w+)\}", lambda one, known=known: known[one.group(1)], route.path)
        found.append(f"{path}?guide={guide}")
    return found


async def test_each_set_of_roles_opens_its_routes_in_each_consultation(
    full: Full, backend: str
) -> None:
    """S6, F21: roles × code × route × consultation, as the table; what is refused changes nothing.

    Roles hold for every consultation of the server: the answer is the same in each.
    """
    memory = full.desk.desk.memory
    entries = {one.guide: one.reference for one in memory.indexing.search.find(_all()).entries}
    assert entries.keys() == set(GUIDES)
    assert {route.name for route in full.routes()} == roles.ROUTES.keys()
    cases = [(held, code, False) for held in SETS for code in (False, True)]
    cases.append((tuple(Role), False, True))
    for n, (held, _, _) in enumerate(cases):
        full.desk.hire(f"p{n}", held)
    counts = {SHUT: 0, IN: 0, SIGN_IN: 0}
    for n, (held, code, waiting) in enumerate(cases):
        shut = full.state()
        for route in full.routes():
            needs = roles.ROUTES[route.name]
            promised = wanted(needs, frozenset(held), code=code, waiting=waiting)
            for path in addresses(route, entries, full):
                token, csrf = full.session(f"p{n}", code=code, waiting=waiting)
                where = (route.name, path, [*held], code, waiting)
                if "GET" in (route.methods or ()):
                    answer = await full.get(path, token=token)
                else:
                    answer = await full.post(path, [("csrf", csrf)], token=token)
                to = answer.header("location") or ""
                counts[promised] += 1
                if promised == SHUT:
                    assert answer.status == 403, where
                    assert "Réservé au rôle" in answer.text or "Il manque votre code" in answer.text
                elif promised == SIGN_IN:
                    assert answer.status == 303, where
                    assert to.startswith("/equipe/connexion"), where
                else:
                    assert answer.status not in (401, 403, 500), (where, answer.status)
                    assert needs is Open.ANYONE or not to.startswith("/equipe/connexion?"), where
        if not held:
            assert full.differs(shut) <= {"staff_sessions", "journal", "staff_tries"}, held
    for route in full.routes():
        for path in addresses(route, entries, full):
            if roles.ROUTES[route.name] is not Open.ANYONE:
                get = "GET" in (route.methods or ())
                answer = await (full.get(path, token="") if get else full.post(path, [], token=""))
                assert answer.status == 303, route.name
                counts[SIGN_IN] += 1
    print(f"{backend}: {sum(counts.values())} tries, {counts}, 0 unlike the table; "
          f"{len(roles.ROUTES)} routes")  # fmt: skip


def _all():
    from bot.finding import Wanted

    return Wanted("")
