"""Signing in and out: the password, the code, the same answer for nobody, sessions that end."""

from __future__ import annotations

from typing import Literal

import httpx
import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters

from bot.staff import Role
from desk.signing.passwords import Passwords
from storage.desk.accounts import Accounts
from tests.desk_contributions import contributes
from tests.desk_service import PASSWORD, Office, csrf
from tests.test_desk_shell import folder, played  # noqa: F401

# ruff: noqa: F811


async def enter(client: httpx.AsyncClient, login: str, password: str = PASSWORD, suite: str = ""):
    fields = {"login": login, "password": password, "suite": suite}
    return await client.post("/equipe/connexion", data=fields)


def told(desk: Office) -> list[tuple[str, str]]:
    return [(line.who, line.what) for line in reversed(desk.desk.memory.journal.lines())]


def test_without_an_account_the_page_says_how_to_make_one(folder) -> None:
    async def play(desk: Office) -> None:
        async with desk.client() as client:
            answer = await client.get("/equipe", follow_redirects=True)
            assert "parole staff add" in answer.text
            desk.hire("lea")
            answer = await client.get("/equipe", follow_redirects=True)
            assert "parole staff add" not in answer.text

    played(folder, play)


def test_a_password_alone_opens_what_is_not_guarded(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.READING, Role.ADMINISTRATION])
        async with desk.client() as client:
            answer = await enter(client, " Lea ")
            assert answer.headers["location"] == "/equipe/"
            home = await client.get("/equipe/")
            assert "parole staff second-factor lea" in home.text
            assert 'href="/equipe/journal"' not in home.text
            refused = await client.get("/equipe/journal")
            assert refused.status_code == 403
            assert "Il manque votre code de sécurité" in refused.text
        assert told(desk) == [("lea", "sign_in")]

    played(folder, play)


def test_a_code_is_asked_and_nothing_opens_before_it(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.ADMINISTRATION], code=True)
        async with desk.client() as client:
            answer = await enter(client, "lea", suite="/equipe/journal?qui=lea")
            waiting = client.cookies["equipe"]
            for path in ("/equipe/", "/equipe/journal", "/equipe/compte", "/equipe/aide"):
                shut = await client.get(path)
                assert shut.headers["location"] == "/equipe/connexion/code"
            page = await client.get(answer.headers["location"])
            token = csrf(page.text)
            assert 'autocomplete="one-time-code"' in page.text
            fields = {"csrf": token, "suite": "/equipe/journal?qui=lea"}
            for wrong in ("000000", "", "abc"):
                answer = await client.post("/equipe/connexion/code", data={**fields, "code": wrong})
                assert (answer.status_code, "Ce code ne va pas" in answer.text) == (401, True)
            code = desk.code("lea")
            answer = await client.post("/equipe/connexion/code", data={**fields, "code": code})
            assert answer.headers["location"] == "/equipe/journal?qui=lea"
            assert client.cookies["equipe"] != waiting
            assert (await client.get("/equipe/journal")).status_code == 200
            desk.desk.memory.sessions.close(client.cookies["equipe"])
        async with desk.client() as client:  # the same code does not open twice
            page = await client.get((await enter(client, "lea")).headers["location"])
            fields = {"csrf": csrf(page.text), "code": code}
            assert (await client.post("/equipe/connexion/code", data=fields)).status_code == 401
            client.cookies.set("equipe", waiting)
            assert "/equipe/connexion" in (await client.get("/equipe/")).headers["location"]
        assert told(desk) == [
            *[("parole", "sign_in_refused")] * 3, ("lea", "sign_in"), ("parole", "sign_in_refused"),
        ]  # fmt: skip

    played(folder, play)


def test_the_code_cannot_be_guessed_either(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.EXPORT], code=True)
        seen = []
        async with desk.client() as client:
            for _ in range(20):
                answer = await enter(client, "lea")
                seen.append(answer.status_code)
                if answer.status_code == 303:
                    page = await client.get(answer.headers["location"])
                    fields = {"csrf": csrf(page.text), "code": "000000"}
                    answer = await client.post("/equipe/connexion/code", data=fields)
                    seen.append(answer.status_code)
            assert seen == [303, 401, 303, 401, 303, *[429] * 18]
            assert "Il y a eu trop d’essais" in answer.text

    played(folder, play)


class Counted(PasswordHasher):
    """Notes how costly each hash that it verifies is."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified: list[Parameters] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        assert isinstance(hash, str)
        self.verified.append(extract_parameters(hash))
        return super().verify(hash, password)


def test_who_has_no_account_is_told_the_same_for_the_same_work(folder) -> None:
    """S2: the same page, and one hash of the same cost; `bench.enumeration` measures the times."""

    async def play(desk: Office) -> None:
        hasher = Counted()
        desk.desk.proving.passwords = Passwords(hasher)
        desk.hire("lea")
        desk.hire("partie")
        Accounts(desk.engine, desk.keys).close("partie")
        seen: dict[str, list[tuple[int, str, list[Parameters]]]] = {}
        async with desk.client() as client:
            for turn in range(3):
                for login in ("lea", "personne", "partie"):
                    desk.clock.pass_by(hours=2)
                    hasher.verified = []
                    answer = await enter(client, login, f"mauvais-{turn}-mot-de-passe")
                    one = (answer.status_code, answer.text, hasher.verified)
                    seen.setdefault(login, []).append(one)
        assert seen["lea"] == seen["personne"] == seen["partie"]
        assert all(len(work) == 1 for _, _, work in seen["lea"])

    played(folder, play)


@pytest.mark.parametrize("login", ["lea", "personne"])
def test_too_many_tries_wait_whoever_it_is(folder, login) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.client() as client:
            seen = [(await enter(client, login, "x")).status_code for _ in range(9)]
            assert seen == [401] * 5 + [429] * 4
            answer = await enter(client, login)
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) <= 60
            desk.clock.pass_by(seconds=61)
            answer = await enter(client, login)
            assert answer.status_code == (303 if login == "lea" else 401)

    played(folder, play)


def test_whoever_floods_an_account_does_not_keep_its_owner_out(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.EXPORT], code=True)
        async with desk.at_work("lea") as client, desk.client() as stranger:
            token = csrf((await client.get("/equipe/compte")).text)
            await client.post("/equipe/deconnexion", data={"csrf": token})
            assert set(client.cookies) == {"equipe-connu"}
            for _ in range(40):
                refused = await enter(stranger, "lea", "x")
            assert refused.status_code == 429
            stranger.cookies.set("equipe-connu", "0" * 32 + "." + "0" * 64)
            assert (await enter(stranger, "lea")).status_code == 429
            assert (await desk.sign_in(client, "lea")).headers["location"] == "/equipe/"

    played(folder, play)


def test_idle_then_shut_then_back_where_one_was(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.at_work("lea") as client:
            desk.clock.pass_by(minutes=29)
            assert (await client.get("/equipe/")).status_code == 200
            desk.clock.pass_by(minutes=31)
            shut = await client.get("/equipe/aide?x=1")
            assert shut.status_code == 303
            page = await client.get(shut.headers["location"])
            assert "Votre session est terminée" in page.text
            assert 'value="/equipe/aide?x=1"' in page.text
            part = await client.get("/equipe/aide", headers={"HX-Request": "true"})
            assert part.status_code == 401
            assert part.headers["hx-redirect"].startswith("/equipe/connexion")
            back = await enter(client, "lea", suite="/equipe/aide?x=1")
            assert back.headers["location"] == "/equipe/aide?x=1"

    played(folder, play)


@pytest.mark.parametrize(
    "suite",
    [
        "https://ailleurs.test/", "//ailleurs.test", "/equipe//ailleurs.test", "/equipe/\\\\x",
        "/equipe/connexion", "/equipe/connexion/code?suite=x",
        "/", "javascript:alert(1)", "/equipes", "/equipe/\r\nSet-Cookie: x=1", "",
    ],
)  # fmt: skip
def test_signing_in_never_leads_elsewhere(folder, suite) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.client() as client:
            assert (await enter(client, "lea", suite=suite)).headers["location"] == "/equipe/"

    played(folder, play)


def test_back_to_the_code_once_signed_in_leads_to_the_first_page(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.EXPORT], code=True)
        async with desk.at_work("lea") as client:
            answer = await client.get("/equipe/connexion/code?suite=/x", follow_redirects=True)
            assert (answer.status_code, answer.url.path) == (200, "/equipe/")

    played(folder, play)


def test_signing_out_here_and_everywhere(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.at_work("lea") as here, desk.at_work("lea") as there:
            before = here.cookies["equipe"]
            token = csrf((await here.get("/equipe/compte")).text)
            answer = await here.post("/equipe/deconnexion", data={"csrf": token})
            assert answer.headers["location"] == "/equipe/connexion"
            assert "equipe" not in here.cookies
            here.cookies.set("equipe", before)
            assert (await here.get("/equipe/")).status_code == 303
            token = csrf((await there.get("/equipe/compte")).text)
            async with desk.at_work("lea") as third:
                await there.post("/equipe/deconnexion/partout", data={"csrf": token})
                for client in (there, third):
                    assert (await client.get("/equipe/")).status_code == 303
        assert told(desk)[-2:] == [("lea", "sign_in"), ("lea", "sign_out_everywhere")]

    played(folder, play)


def test_signing_in_again_closes_what_this_browser_had(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        desk.hire("max")
        async with desk.at_work("lea") as client:
            before = client.cookies["equipe"]
            assert (await client.get("/equipe/connexion")).headers["location"] == "/equipe/"
            await enter(client, "max")
            assert client.cookies["equipe"] != before
            assert desk.desk.memory.sessions.seat(before, desk.clock.now) is None
            assert "Bonjour max" in (await client.get("/equipe/")).text

    played(folder, play)


def test_a_password_typed_again_closes_the_session_that_had_its_code(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.ADMINISTRATION], code=True)
        async with desk.at_work("lea") as client:
            full = client.cookies["equipe"]
            seat = desk.desk.memory.sessions.seat(full, desk.clock.now)
            assert seat is not None
            assert not seat.waiting
            await enter(client, "lea")
            waiting = client.cookies["equipe"]
            assert waiting != full
            assert desk.desk.memory.sessions.seat(full, desk.clock.now) is None
            client.cookies.delete("equipe")
            client.cookies.set("equipe", full)
            assert (await client.get("/equipe/journal")).status_code == 303

    played(folder, play)


def test_the_journal_page_filters_and_checks(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.ADMINISTRATION], code=True)
        from bot.staff import Act

        for n in range(1, 61):
            about = {"reference": contributes(desk, n, f"Texte {n}.", mask=False)}
            desk.desk.memory.journal.write("max", Act.CONTRIBUTION_READ, about)
        async with desk.at_work("lea") as client:
            page = (await client.get("/equipe/journal?quoi=contribution_read")).text
            assert "référence\u00a0: P-000060" in page
            assert "Lignes plus anciennes" in page
            older = page.partition("avant=")[2].partition('"')[0]
            page = (await client.get(f"/equipe/journal?qui=max&avant={older}")).text
            assert "P-000010" in page
            assert "P-000011" not in page
            page = (await client.get("/equipe/journal?sur=p-000042")).text
            assert page.count("référence\u00a0: P-0000") == 1
            assert "référence\u00a0: P-000042" in page
            page = (await client.get("/equipe/journal?qui=personne")).text
            assert "Aucune ligne ici." in page
            page = (await client.get("/equipe/journal/verification")).text
            assert "La chaîne est entière" in page
            assert (await client.get("/equipe/journal?du=hier")).status_code == 422

    played(folder, play)
