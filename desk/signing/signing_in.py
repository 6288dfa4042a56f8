"""Signing in and out: the password, then the code; the same words and the same time for nobody."""

from __future__ import annotations

import math
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.staff import PAROLE, Account, Act
from desk.shell import ROOT, Desk
from desk.signing.proving import later

WRONG = "Le nom ou le mot de passe ne va pas. Vérifiez les majuscules, puis recommencez."
WRONG_CODE = "Ce code ne va pas. Attendez le suivant sur votre téléphone, puis recopiez-le."


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory = desk.memory
    proving = desk.proving

    def form(
        request: Request,
        template: str,
        status: int = 200,
        problem: str = "",
        wait: float = 0,
        **more: object,
    ) -> Response:
        answer = desk.page(request, template, status, problem=problem, **more)
        if wait:
            answer.headers["Retry-After"] = str(math.ceil(wait))
        return answer

    async def seated(
        request: Request, account: Account, next: str, *, second_factor: bool
    ) -> Response:
        """A session of its own for this sign-in; what the browser had before is closed."""
        await desk.run(memory.sessions.close, request.state.token)
        known = await proving.succeeded(request, account.login)
        token = await desk.run(
            memory.sessions.open, account.id, desk.now(),
            second_factor=second_factor, waiting=False,
        )  # fmt: skip
        about = {"second_factor": int(second_factor)}
        await desk.run(memory.journal.write, account.login, Act.SIGN_IN, about)
        answer = desk.cookies.keep(request, RedirectResponse(next, 303), token)
        desk.cookies.know(request, answer, known)
        return answer

    @router.get("/connexion", name="sign_in")
    async def sign_in(request: Request, suite: str = "", fermee: str = "") -> Response:
        seat = request.state.seat
        if seat is not None and not seat.waiting:
            return RedirectResponse(_ours(suite, desk), 303)
        nobody = await desk.run(memory.accounts.none_yet)
        return form(request, "sign_in.html", nobody=nobody, expired=bool(fermee), suite=suite)

    @router.post("/connexion", name="sign_in.send")
    async def sign_in_send(request: Request) -> Response:
        login = (await desk.field(request, "login", 200)).strip().lower()
        password = await desk.field(request, "password", 2000)
        suite = await desk.field(request, "suite")
        shown: dict[str, Any] = {"nobody": False, "expired": False, "suite": suite}
        wait = await proving.wait_for(request, login)
        if wait > 0:
            return form(request, "sign_in.html", 429, later(wait), wait, **shown)
        account = await desk.run(memory.accounts.find, login)
        if not await proving.right(password, account) or account is None:
            # an unknown name may be a password typed in the wrong field
            about = {"account": account.login if account else "?"}
            await desk.run(memory.journal.write, PAROLE, Act.SIGN_IN_REFUSED, about)
            return form(request, "sign_in.html", 401, WRONG, **shown)
        if not account.second_factor:
            return await seated(request, account, _ours(suite, desk), second_factor=False)
        await desk.run(memory.sessions.close, request.state.token)
        token = await desk.run(
            memory.sessions.open, account.id, desk.now(), second_factor=False, waiting=True
        )
        to = f"{desk.address('code')}?{urlencode({'suite': suite})}"
        return desk.cookies.keep(request, RedirectResponse(to, 303), token)

    @router.get("/connexion/code", name="code")
    async def code(request: Request, suite: str = "") -> Response:
        return form(request, "code.html", suite=suite)

    @router.post("/connexion/code", name="code.send")
    async def code_send(request: Request) -> Response:
        typed = await desk.field(request, "code", 100)
        suite = await desk.field(request, "suite")
        account = desk.seat(request).account
        wait = await proving.wait_for(request, account.login)
        if wait > 0:
            return form(request, "code.html", 429, later(wait), wait, suite=suite)
        if not await proving.opens(account, typed):
            about = {"account": account.login, "second_factor": 1}
            await desk.run(memory.journal.write, PAROLE, Act.SIGN_IN_REFUSED, about)
            return form(request, "code.html", 401, WRONG_CODE, suite=suite)
        return await seated(request, account, _ours(suite, desk), second_factor=True)

    @router.post("/deconnexion", name="sign_out")
    async def sign_out(request: Request) -> Response:
        await desk.run(memory.sessions.close, request.state.token)
        await desk.note(request, Act.SIGN_OUT)
        return desk.cookies.forget(request, desk.go("sign_in"))

    @router.post("/deconnexion/partout", name="sign_out.everywhere")
    async def sign_out_everywhere(request: Request) -> Response:
        closed = await desk.run(memory.sessions.close_all, desk.seat(request).account.id)
        await desk.note(request, Act.SIGN_OUT_EVERYWHERE, {"sessions": closed})
        return desk.cookies.forget(request, desk.go("sign_in"))

    return router


def _ours(next: str, desk: Desk) -> str:
    """Where to go after signing in: a page of the desk, else its first one."""
    signing = next.startswith(f"{ROOT}/connexion")  # it would lead back here, for ever
    inside = next.startswith(f"{ROOT}/") and not signing and not set(next) & set("\\\r\n\t")
    return next if inside and "//" not in next.partition("?")[0] else desk.address("home")
