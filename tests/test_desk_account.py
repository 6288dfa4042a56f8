"""« Mon compte »: another password, another code, the sessions one sees and closes."""

from __future__ import annotations

import re

import httpx
import pyotp

from bot.staff import Role
from tests.desk_service import PASSWORD, Office, csrf
from tests.test_desk_shell import folder, played  # noqa: F401
from tests.test_desk_signing import enter, told

# ruff: noqa: F811

NEW = "quatre-pommes-vertes-et-mures"


async def changes(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    token = csrf((await client.get("/equipe/compte")).text)
    given = {"csrf": token, "old": PASSWORD, "new": NEW, "again": NEW, **fields}
    return await client.post("/equipe/compte/mot-de-passe", data=given)


def test_another_password_closes_every_other_session(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.EXPORT], code=True)
        async with desk.at_work("lea") as here, desk.at_work("lea") as there:
            before = here.cookies["equipe"]
            answer = await changes(here)
            page = await here.get(answer.headers["location"])
            assert "Votre mot de passe est changé" in page.text
            assert here.cookies["equipe"] != before
            assert (await here.get("/equipe/exports")).status_code == 200  # the code still counts
            assert (await there.get("/equipe/")).status_code == 303
            here.cookies.set("equipe", before)
        async with desk.client() as client:
            assert (await enter(client, "lea")).status_code == 401
            assert (await enter(client, "lea", NEW)).status_code == 303
        assert ("lea", "password_changed") in told(desk)

    played(folder, play)


def test_a_password_is_not_changed_without_the_old_one_nor_into_a_poor_one(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.at_work("lea") as client:
            for wrong, said in (
                ({"again": "autre"}, "sont différents"),
                ({"new": "court", "again": "court"}, "trop court"),
                ({"new": "motdepasse2022", "again": "motdepasse2022"}, "trop courant"),
                ({"old": "mauvais"}, "pas votre mot de passe actuel"),
            ):
                answer = await changes(client, **wrong)
                assert (answer.status_code, said in answer.text) == (422, True), wrong
            seen = [(await changes(client, old="mauvais")).status_code for _ in range(5)]
            assert seen == [422] * 4 + [429]
            assert (await changes(client)).status_code == 429
            desk.clock.pass_by(seconds=61)
            assert (await changes(client)).status_code == 303
        assert told(desk).count(("parole", "sign_in_refused")) == 5

    played(folder, play)


async def pictured(client: httpx.AsyncClient) -> tuple[str, str]:
    """The page with the image: its token, and the secret it shows."""
    page = (await client.get("/equipe/compte/code")).text
    assert 'src="data:image/svg+xml;base64,' in page
    found = re.search(r'name="secret" value="([A-Z2-7]{32})"', page)
    assert found
    return csrf(page), found.group(1)


def test_a_first_code_then_another(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.at_work("lea") as client, desk.at_work("lea") as there:
            token, secret = await pictured(client)
            code = pyotp.TOTP(secret).at(desk.clock.now)
            fields = {"csrf": token, "secret": secret, "code": code, "password": PASSWORD}
            for wrong, said in (
                ({"code": "000000"}, "Le nouveau code ne va pas"),
                ({"password": "x"}, "pas votre mot de passe actuel"),
            ):
                answer = await client.post("/equipe/compte/code", data={**fields, **wrong})
                assert (answer.status_code, said in answer.text) == (422, True)
                assert secret in answer.text  # the same image
            odd = await client.post("/equipe/compte/code", data={**fields, "secret": "a"})
            assert odd.status_code == 422
            answer = await client.post("/equipe/compte/code", data=fields)
            assert (
                "Votre code de sécurité est réglé"
                in (await client.get(answer.headers["location"])).text
            )
            assert (await there.get("/equipe/")).status_code == 303
            desk.secrets["lea"] = secret
            # another one asks for the one there is
            desk.clock.pass_by(seconds=60)
            token, newer = await pictured(client)
            fields = {"csrf": token, "secret": newer, "password": PASSWORD,
                      "code": pyotp.TOTP(newer).at(desk.clock.now)}  # fmt: skip
            for old in ("", "000000", fields["code"]):
                answer = await client.post("/equipe/compte/code", data={**fields, "old_code": old})
                assert "L’ancien code ne va pas" in answer.text
            fields["old_code"] = desk.code("lea")
            assert (await client.post("/equipe/compte/code", data=fields)).status_code == 303
            used = fields["code"]
        async with desk.client() as client:  # the code that was shown has been used
            page = await client.get((await enter(client, "lea")).headers["location"])
            fields = {"csrf": csrf(page.text), "code": used}
            assert (await client.post("/equipe/connexion/code", data=fields)).status_code == 401
        desk.secrets["lea"] = newer
        async with desk.at_work("lea") as client:
            assert (await client.get("/equipe/")).status_code == 200
        assert told(desk).count(("lea", "second_factor_set")) == 2

    played(folder, play)


def test_a_password_alone_gives_no_first_code_to_who_exports(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.READING, Role.EXPORT])
        async with desk.at_work("lea") as client:
            page = (await client.get("/equipe/compte")).text
            assert "/equipe/compte/code" not in page
            assert "règle le premier code" in page
            assert (await client.get("/equipe/compte/code")).status_code == 403
            secret = pyotp.random_base32()
            fields = {"csrf": csrf(page), "secret": secret, "password": PASSWORD,
                      "code": pyotp.TOTP(secret).at(desk.clock.now)}  # fmt: skip
            assert (await client.post("/equipe/compte/code", data=fields)).status_code == 403
            assert "pas encore réglé" in (await client.get("/equipe/compte")).text

    played(folder, play)


def test_one_sees_ones_sessions_and_closes_one(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        desk.hire("max")
        async with desk.at_work("lea") as here, desk.at_work("lea") as there:
            page = (await here.get("/equipe/compte")).text
            assert page.count("Ce navigateur") == 1
            [other] = re.findall(r"/compte/sessions/([0-9a-f]{16})/fermer", page)
            async with desk.at_work("max") as stranger:  # not theirs to close
                token = csrf((await stranger.get("/equipe/compte")).text)
                where = f"/equipe/compte/sessions/{other}/fermer"
                await stranger.post(where, data={"csrf": token})
                assert (await there.get("/equipe/")).status_code == 200
            await here.post(where, data={"csrf": csrf(page)})
            assert (await there.get("/equipe/")).status_code == 303
            assert 'fermer"' not in (await here.get("/equipe/compte")).text
        assert told(desk).count(("lea", "session_closed")) == 1
        assert ("max", "session_closed") not in told(desk)

    played(folder, play)


def test_a_page_that_asks_by_itself_does_not_keep_a_session_open(folder) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea")
        async with desk.at_work("lea") as client:
            asking = {"HX-Request": "true", "X-By-Itself": "1"}
            for _ in range(3):
                desk.clock.pass_by(minutes=9)
                assert (await client.get("/equipe/suivi", headers=asking)).status_code == 200
            desk.clock.pass_by(minutes=4)  # 31 since somebody did something
            shut = await client.get("/equipe/suivi", headers=asking)
            assert shut.status_code == 401
            assert shut.headers["hx-redirect"].startswith("/equipe/connexion")

    played(folder, play)


def test_every_part_that_asks_again_says_so() -> None:
    from desk.shell import HERE

    parts = [
        tag
        for file in (HERE / "templates").glob("*.html")
        for tag in re.findall(r"<[^>]*hx-trigger=[^>]*every[^>]*>", file.read_text("utf-8"))
    ]
    assert len(parts) >= 3
    assert all("""hx-headers='{"X-By-Itself": "1"}'""" in tag for tag in parts)
