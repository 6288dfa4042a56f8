"""One's own account: another password, another code of security, the browsers one is signed in."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.errors import StaffError
from bot.staff import GUARDED, PAROLE, Account, Act, Role
from desk import refusals, roles
from desk.moments import at_paris
from desk.refusals import bad_field
from desk.shell import Desk
from desk.signing import passwords, second_factor
from desk.signing.proving import later

SECRET = re.compile(r"[A-Z2-7]{32}")
DONE: Mapping[str, str] = {
    "mot-de-passe": "Votre mot de passe est changé. Vos autres sessions sont fermées.",
    "code": "Votre code de sécurité est réglé. Vos autres sessions sont fermées.",
    "session": "Cette session est fermée.",
}
NOT_YOURS = "Ce n’est pas votre mot de passe actuel. Vérifiez les majuscules, puis recommencez."
NOT_THE_SAME = "Les deux nouveaux mots de passe sont différents. Retapez-les."
NOT_THE_NEW = "Le nouveau code ne va pas. Photographiez l’image, puis recopiez le code affiché."
NOT_THE_OLD = "L’ancien code ne va pas. Attendez le suivant sur votre téléphone, puis recopiez-le."


class Unproved(Exception):
    """What was typed does not prove who it is. `wait`: seconds before another try."""

    def __init__(self, problem: str, wait: float = 0) -> None:
        self.problem, self.wait = problem, wait


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    accounts, sessions, proving = desk.memory.accounts, desk.memory.sessions, desk.proving

    async def proved(request: Request, account: Account, password: str) -> None:
        """Raises Unproved, which is written in the journal."""
        wait = await proving.wait_for(request, account.login)
        if wait > 0:
            raise Unproved(later(wait), wait)
        if not await proving.right(password, account):
            await desk.run(
                desk.memory.journal.write, PAROLE, Act.SIGN_IN_REFUSED, {"account": account.login}
            )
            raise Unproved(NOT_YOURS)

    async def told(
        request: Request, template: str, error: Unproved | None = None, **more: object
    ) -> Response:
        status = 200 if error is None else 429 if error.wait else 422
        problem = error.problem if error else ""
        answer = desk.page(request, template, status, problem=problem, **more)
        if error and error.wait:
            answer.headers["Retry-After"] = str(math.ceil(error.wait))
        return answer

    async def again(request: Request, done: str, *, code: bool) -> Response:
        """All sessions were closed: another one here, as after signing in."""
        account = desk.seat(request).account
        known = await proving.succeeded(request, account.login)
        token = await desk.run(
            sessions.open, account.id, desk.now(), second_factor=code, waiting=False
        )
        answer = RedirectResponse(f"{desk.address('account')}?fait={done}", 303)
        desk.cookies.know(request, answer, known)
        return desk.cookies.keep(request, answer, token)

    async def shown(request: Request, error: Unproved | None = None) -> Response:
        seat = desk.seat(request)
        every = await desk.run(sessions.of, seat.account.id, desk.now())
        return await told(
            request, "account.html", error,
            done=DONE.get(request.query_params.get("fait", ""), ""),
            shut=_shut(seat.account), shortest=passwords.SHORTEST,
            sessions=[(one.id, at_paris(one.begun), at_paris(one.seen), one.second_factor,
                       one.id == seat.id) for one in every],
        )  # fmt: skip

    @router.get("/compte", name="account")
    async def account(request: Request) -> Response:
        return await shown(request)

    @router.post("/compte/mot-de-passe", name="account.password")
    async def password(request: Request) -> Response:
        seat = desk.seat(request)
        old, new, same = [await desk.field(request, name, 2000) for name in ("old", "new", "again")]
        try:
            if new != same:
                raise Unproved(NOT_THE_SAME)
            passwords.check(new, seat.account.login)
            await proved(request, seat.account, old)
        except StaffError as error:
            return await shown(request, Unproved(str(error)))
        except Unproved as error:
            return await shown(request, error)
        await desk.run(accounts.change_password, seat.account.login, await proving.hashed(new))
        await desk.note(request, Act.PASSWORD_CHANGED, {"account": seat.account.login})
        return await again(request, "mot-de-passe", code=seat.second_factor)

    async def pictured(
        request: Request, secret: str = "", error: Unproved | None = None
    ) -> Response:
        account = desk.seat(request).account
        secret = secret or second_factor.new_secret()
        image = second_factor.as_image(second_factor.uri(secret, account.login))
        letters = " ".join(re.findall("....", secret))
        return await told(request, "account_code.html", error, secret=secret, image=image,
                          letters=letters)  # fmt: skip

    def allowed(request: Request) -> Account:
        """Raises Refused: a stolen password alone would open exports otherwise."""
        account = desk.seat(request).account
        if _shut(account):
            role = next(one for one in Role if one in account.roles & GUARDED)
            raise refusals.needs_second_factor(roles.NAMES[role])
        return account

    @router.get("/compte/code", name="account.code")
    async def code(request: Request) -> Response:
        allowed(request)
        return await pictured(request)

    @router.post("/compte/code", name="account.code.set")
    async def code_set(request: Request) -> Response:
        account = allowed(request)
        secret = await desk.field(request, "secret", 40)
        if not SECRET.fullmatch(secret):
            raise bad_field("L’image n’est plus la bonne. Rechargez la page.")
        typed = [await desk.field(request, name, 100) for name in ("code", "old_code")]
        step = second_factor.step_of(secret, typed[0], desk.now())
        try:
            if step is None:
                raise Unproved(NOT_THE_NEW)
            await proved(request, account, await desk.field(request, "password", 2000))
            if account.second_factor and not await proving.opens(account, typed[1]):
                about: dict[str, str | int] = {"account": account.login, "second_factor": 1}
                await desk.run(desk.memory.journal.write, PAROLE, Act.SIGN_IN_REFUSED, about)
                raise Unproved(NOT_THE_OLD)
        except Unproved as error:
            return await pictured(request, secret, error)
        await desk.run(accounts.set_secret, account.login, secret, step)
        await desk.note(request, Act.SECOND_FACTOR_SET, {"account": account.login})
        return await again(request, "code", code=True)

    @router.post("/compte/sessions/{id}/fermer", name="account.close")
    async def close(request: Request, id: str) -> Response:
        seat = desk.seat(request)
        if await desk.run(sessions.close_one, seat.account.id, id):
            await desk.note(request, Act.SESSION_CLOSED, {"account": seat.account.login})
        if id == seat.id:
            return desk.cookies.forget(request, desk.go("sign_in"))
        return RedirectResponse(f"{desk.address('account')}?fait=session", 303)

    return router


def _shut(account: Account) -> bool:
    """Whether the first code has to be given by who manages the accounts."""
    return bool(account.roles & GUARDED) and not account.second_factor
