"""The desk's shell: who is let in where, sessions, forms, headers, and what is written of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from bot.staff import GUARDED, Act, Role
from desk import roles
from desk.journal_page import ACTS
from desk.roles import Open
from tests.desk_service import HOST, PASSWORD, Office, csrf, office

PUBLIC = {"static"}
WITHOUT_TOKEN = {"sign_in.send"}  # nobody is there yet: the origin alone is checked


@pytest.fixture
def folder(sqlite_template: Path, tmp_path: Path) -> tuple[Path, Path]:
    return sqlite_template, tmp_path


def played(folder: tuple[Path, Path], play, **changes: object) -> None:
    async def run() -> None:
        async with office(*folder, **changes) as desk:
            await play(desk)

    asyncio.run(run())


def routes_of(desk: Office) -> list[APIRoute]:
    """Every route, as deep as routers include one another."""
    [mount] = [one for one in desk.app.routes if getattr(one, "name", "") == "equipe"]
    return list(inside(mount.app.routes))


def inside(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    for one in routes:
        if isinstance(one, APIRoute):
            yield one
        else:
            yield from inside(one.original_router.routes)


def address(route: APIRoute) -> str:
    """An address of this route; what its parameters name need not exist."""
    return "/equipe" + re.sub(r"\{[^}]*\}", "1", route.path)


def steps(desk: Office) -> Iterator[tuple[APIRoute, str]]:
    for route in routes_of(desk):
        for method in sorted((route.methods or set()) - {"HEAD", "OPTIONS"}):
            yield route, method


def test_the_table_names_every_route_and_no_other(folder) -> None:
    async def play(desk: Office) -> None:
        named = [route.name for route in routes_of(desk)]
        assert sorted(named) == sorted(roles.ROUTES)
        assert {name for name, _ in roles.MENU} <= set(named)
        assert set(named) >= roles.UPLOADS
        for route, method in steps(desk):
            assert route.body_field is None, route.name
            assert method in ("GET", "POST"), route.name

    played(folder, play)


def test_each_role_opens_its_routes_and_no_other(folder) -> None:
    async def play(desk: Office) -> None:
        for role in Role:
            desk.hire(role.value, [role], code=role in GUARDED)
        tried = 0
        async with desk.client() as nobody:
            for route, method in steps(desk):
                if roles.ROUTES[route.name] is Open.ANYONE:
                    continue
                answer = await nobody.request(method, address(route))
                assert answer.status_code == 303, route.name
                assert answer.headers["location"].startswith("/equipe/connexion"), route.name
        for role in Role:
            for route, method in steps(desk):
                needs = roles.ROUTES[route.name]
                if needs is Open.ANYONE:
                    continue
                async with desk.at_work(role.value) as client:
                    if method == "POST":
                        bare = await client.post(address(route))
                        assert bare.status_code in (303, 403), route.name
                        token = csrf((await client.get("/equipe/compte")).text)
                        answer = await client.post(address(route), data={"csrf": token})
                    else:
                        answer = await client.get(address(route))
                    tried += 1
                    opened = needs is Open.SIGNED_IN or (
                        isinstance(needs, Role) and needs in roles.held(frozenset({role}))
                    )
                    if needs is Open.WAITING:
                        assert answer.headers["location"].startswith("/equipe/connexion")
                    elif opened:
                        assert answer.status_code not in (401, 403), (role, route.name)
                        if method == "POST":
                            assert bare.status_code == 403, (role, route.name)
                    else:
                        assert answer.status_code == 403, (role, route.name)
                        assert "pas pour votre compte" in answer.text
        print(f"{tried} times a role on a route")

    played(folder, play)


def test_a_form_from_elsewhere_or_without_its_token_changes_nothing(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.MODERATION, Role.EXPORT], code=True)
        for route, method in steps(desk):
            if method != "POST":
                continue
            async with desk.at_work("lea") as client:
                token = csrf((await client.get("/equipe/compte")).text)
                for headers in (
                    {"Origin": "https://ailleurs.test"},
                    {"Origin": "null"},
                    {"Sec-Fetch-Site": "cross-site", "Origin": HOST},
                    {"Sec-Fetch-Site": "same-site", "Origin": HOST},
                    {"Sec-Fetch-Site": "none", "Origin": HOST},
                ):
                    answer = await client.post(
                        address(route), data={"csrf": token}, headers=headers
                    )
                    assert answer.status_code == 403, (route.name, headers)
                    assert "Rien n’a été changé" in answer.text
                if route.name in WITHOUT_TOKEN or not roles.may(
                    desk.desk.memory.sessions.seat(client.cookies["equipe"], desk.clock.now),
                    route.name,
                ):
                    continue
                for wrong in ("", "x", token[:-1], token + "x", "é"):
                    answer = await client.post(address(route), data={"csrf": wrong})
                    assert answer.status_code == 403, route.name
                    answer = await client.post(
                        address(route), headers={"X-CSRF-Token": wrong.encode()}
                    )
                    assert answer.status_code == 403, route.name
                assert (await client.get("/equipe/")).status_code == 200

    played(folder, play)


def test_a_form_of_another_session_is_refused(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.at_work("lea") as first, desk.at_work("lea") as second:
            token = csrf((await first.get("/equipe/compte")).text)
            answer = await second.post("/equipe/deconnexion", data={"csrf": token})
            assert answer.status_code == 403

    played(folder, play)


def test_every_answer_has_the_headers(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", tuple(Role), code=True)
        async with desk.at_work("lea") as client:
            addresses = [address(route) for route, method in steps(desk) if method == "GET"]
            for path in (*addresses, "/equipe", "/equipe/rien", "/equipe/journal?du=hier"):
                headers = (await client.get(path)).headers
                policy = headers["content-security-policy"]
                assert "'unsafe" not in policy
                for part in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"):
                    assert part in policy, path
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["referrer-policy"] == "same-origin"
                assert headers["cross-origin-opener-policy"] == "same-origin"
                assert headers["strict-transport-security"].startswith("max-age=")
                assert headers["cache-control"] == "no-store", path

    played(folder, play, public_url="https://parole.test")


def test_the_cookie_is_closed_to_everything_else(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.client() as client:
            answer = await desk.sign_in(client, "lea")
            kept = dict(one.split("=", 1) for one in answer.headers.get_list("set-cookie"))
            assert set(kept) == {"__Host-equipe", "__Host-equipe-connu"}
            ours = {"httponly", "path=/", "samesite=strict", "secure"}
            for name, rest in kept.items():
                attributes = {one.strip().lower() for one in rest.split(";")[1:]}
                assert attributes - {"max-age=7776000"} == ours, name
            assert "max-age" not in kept["__Host-equipe"].lower()

    played(folder, play, public_url="https://parole.test")


def test_https_without_a_public_address_closes_the_cookie_too(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        there = "https://ailleurs.test"
        transport = httpx.ASGITransport(desk.app)
        async with httpx.AsyncClient(transport=transport, base_url=there) as client:
            fields = {"login": "lea", "password": PASSWORD}
            answer = await client.post("/equipe/connexion", data=fields, headers={"Origin": there})
            assert set(answer.cookies) == {"__Host-equipe", "__Host-equipe-connu"}
            assert all("Secure" in one for one in answer.headers.get_list("set-cookie"))
            assert (await client.get("/equipe/")).status_code == 200

    played(folder, play)


def test_no_page_holds_script_or_style_of_its_own(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", tuple(Role), code=True)
        async with desk.at_work("lea") as client:
            for route, method in steps(desk):
                if method == "GET" and route.name not in PUBLIC:
                    page = (await client.get(address(route))).text
                    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page)
                    for script in re.findall(r"<script[^>]*>", page):
                        assert ' src="/equipe/static/' in script

    played(folder, play)


def test_too_much_is_refused_before_it_is_read(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.at_work("lea") as client:
            big = {"csrf": "x" * 3_000_000}
            assert (await client.post("/equipe/deconnexion", data=big)).status_code == 413
            file = {"file": ("x.csv", b"a")}
            answer = await client.post("/equipe/deconnexion", files=file)
            assert answer.status_code == 422
            for odd in (b"\xff\xfe=&&&=", b"csrf=%ff%00", b"a=1&" * 2000):
                kind = {"Content-Type": "application/x-www-form-urlencoded"}
                answer = await client.post("/equipe/deconnexion", content=odd, headers=kind)
                assert answer.status_code in (403, 422), odd[:20]

    played(folder, play)


def test_a_page_that_breaks_says_it_is_our_fault(folder, monkeypatch) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.at_work("lea") as client:
            monkeypatch.setattr(desk.desk, "_menu", lambda *_: 1 / 0)
            monkeypatch.setattr(
                desk.desk.guides, "current", lambda *_: (_ for _ in ()).throw(ValueError("mots"))
            )
            with pytest.raises((ValueError, ZeroDivisionError)):
                await client.get("/equipe/")  # even the page that says so cannot be drawn
            monkeypatch.undo()
            monkeypatch.setattr(
                desk.desk.memory.sessions, "seat", lambda *_: (_ for _ in ()).throw(ValueError("m"))
            )
            answer = await client.get("/equipe/")
            assert answer.status_code == 500
            assert "Panne de notre côté" in answer.text

    played(folder, play)


def test_every_act_has_words_in_the_journal() -> None:
    assert set(ACTS) == set(Act)
    assert len(set(ACTS.values())) == len(ACTS)


def test_what_is_typed_is_never_in_the_page_or_the_journal(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.client() as client:
            for login, password in (("lea", "canari-mdp-1"), ("canari-nom", PASSWORD)):
                answer = await client.post(
                    "/equipe/connexion", data={"login": login, "password": password}
                )
                assert answer.status_code == 401
                assert "canari" not in answer.text
        lines = desk.desk.memory.journal.lines()
        assert [(line.who, line.what, dict(line.about)) for line in lines] == [
            ("parole", "sign_in_refused", {"account": "?"}),
            ("parole", "sign_in_refused", {"account": "lea"}),
        ]

    played(folder, play)
