"""The staff desk, installed under /equipe on an application: its pages, its gate, its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.web_headers import where
from bot.channels.web_problems import Problem
from bot.channels.web_reading import LARGEST_BODY, announces_more
from bot.errors import StorageError
from desk import home, journal_page, refusals, roles, static
from desk.coding import agreement, codebook, one_text
from desk.exporting import exports_page, snapshots_page
from desk.gate import gate
from desk.moderating import contribution, contributions, groups, moderation, queue
from desk.overview import overview_page, targets_page
from desk.platform import alike_page, arrivals_page, platform_page, received_page, sheets_page
from desk.refusals import Refused, SignInFirst
from desk.shell import ROOT, Desk
from desk.signing import account_page, signing_in

log = structlog.get_logger(__name__)

PAGES: tuple[Callable[[Desk], APIRouter], ...] = (
    static.routes,
    signing_in.routes,
    home.routes,
    account_page.routes,
    contributions.routes,
    contribution.routes,
    moderation.routes,
    queue.routes,
    groups.routes,
    overview_page.routes,
    targets_page.routes,
    codebook.routes,
    agreement.routes,
    one_text.routes,
    exports_page.routes,
    platform_page.routes,
    sheets_page.routes,
    arrivals_page.routes,
    alike_page.routes,
    received_page.routes,
    journal_page.routes,
    snapshots_page.routes,
)
LARGEST_FORM = 2_500_000  # bytes
LARGEST_FILE = 64_000_000


def install_desk(app: FastAPI, desk: Desk) -> None:
    """Add the desk. A route that the table of roles does not name is an error."""
    inside = FastAPI(
        title="Parole, équipe",
        dependencies=[Depends(gate(desk))],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    named: dict[str, APIRoute] = {}  # a page names dozens: not looked for among all, each time
    for routes in PAGES:
        page = routes(desk)
        named |= {route.name: route for route in _checked(page)}
        inside.include_router(page)
    desk.address = lambda name, **path: ROOT + str(named[name].url_path_for(name, **path))
    _install_errors(inside, desk)
    inside.add_middleware(Around, desk=desk)

    @app.get(ROOT, include_in_schema=False)
    async def with_its_slash() -> Response:
        return RedirectResponse(f"{ROOT}/", 307)

    app.mount(ROOT, inside, name="equipe")


def _checked(page: APIRouter) -> Iterator[APIRoute]:
    for route in page.routes:
        if not isinstance(route, APIRoute) or route.name not in roles.ROUTES:
            raise AssertionError(f"{route} has no line in desk/roles.py")
        if route.body_field is not None:
            raise AssertionError(f"{route.name} reads a body before the gate: use desk.form")
        yield route


def _install_errors(inside: FastAPI, desk: Desk) -> None:
    async def on_refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)  # noqa: S101
        return desk.told(request, error)

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101
        return desk.told(request, refusals.not_found() if error.status == 404 else
                         Refused(error.status, error.title, error.detail))  # fmt: skip

    async def on_signed_out(request: Request, error: Exception) -> Response:
        assert isinstance(error, SignInFirst)  # noqa: S101
        name = "code" if error.code else "sign_in"
        asked = {"fermee": "1"} if error.expired and not error.code else {}
        if request.method == "GET" and not error.code and "hx-request" not in request.headers:
            asked["suite"] = request.url.path + (f"?{request.url.query}" * bool(request.url.query))
        to = desk.address(name) + (f"?{urlencode(asked)}" if asked else "")
        if "hx-request" in request.headers:
            return Response(status_code=401, headers={"HX-Redirect": to})
        return RedirectResponse(to, 303)

    async def on_storage(request: Request, error: Exception) -> Response:
        log.warning("storage_unusable", error=where(error))
        return desk.told(request, refusals.busy())

    async def on_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        return desk.told(request, refusals.not_found())

    async def on_wrong_path(request: Request, _: Exception) -> Response:
        return desk.told(request, refusals.not_found())

    inside.add_exception_handler(Refused, on_refused)
    inside.add_exception_handler(Problem, on_problem)
    inside.add_exception_handler(SignInFirst, on_signed_out)
    inside.add_exception_handler(StorageError, on_storage)
    inside.add_exception_handler(HTTPException, on_status)
    inside.add_exception_handler(RequestValidationError, on_wrong_path)


class Around:
    """Around every page: a limit to what is sent, and a last resort that tells nothing."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app, self.desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request, begun, got = Request(scope), False, 0
        kind = request.headers.get("content-type", "").lower()
        most = LARGEST_FILE if kind.startswith("multipart/form-data") else LARGEST_FORM
        if scope["path"].startswith(f"{ROOT}/connexion"):  # anybody may send something there
            most = LARGEST_BODY
        if announces_more(request, most):
            await self.desk.told(request, refusals.too_big())(scope, receive, send)
            return

        async def limited() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > most:
                raise refusals.too_big()
            return message

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, limited, watched)
        except Exception as error:
            why = error if isinstance(error, Refused) else refusals.failed()
            if why.status == 500:
                log.error("desk_failed", error=where(error))
            if begun:
                raise
            await self.desk.told(request, why)(scope, receive, send)
