"""The web door: its page, its JSON API and its errors, installed on an application.

web_api      the JSON API            web_page      the respondent's page, by plain forms
web_talk     what both do            web_reading   bytes to fields, or a problem
web_door     tokens and cookies      web_problems  every problem, in French
web_headers  around every answer     web_static    style, script and templates
web_return   back with four words
web_device   leaving fast, hiding the thread, the shell on the phone
"""

from __future__ import annotations

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.channels import web_api, web_device, web_openapi, web_page
from bot.channels.web_door import Door
from bot.channels.web_headers import Shell, where
from bot.channels.web_problems import PROBLEM_JSON, Problem, bad_field, of_status, of_storage
from bot.channels.web_static import Files, renderer
from bot.channels.web_talk import Talk, WebStore
from bot.errors import StorageError
from bot.ports import Threads
from bot.reception import Guides, Reception
from bot.settings import Settings
from bot.wording import Wording

log = structlog.get_logger(__name__)


def install_web(
    app: FastAPI,
    reception: Reception,
    store: WebStore,
    threads: Threads,
    wording: Wording,
    guides: Guides,
    settings: Settings,
) -> None:
    """Install the web door. The headers and the errors are those of the whole application."""
    talk = Talk(reception, store, threads, wording, guides)
    door = Door(settings.public_url)
    files = Files()
    render = renderer(files, settings)
    default = guides.current(None).guide
    app.include_router(web_api.routes(talk, door, settings.max_text))
    contact = settings.organiser_contact
    app.include_router(web_page.routes(talk, door, render, settings.max_text, default, contact))
    app.include_router(web_device.routes(door, files, render, settings.quick_exit_url))
    app.include_router(files.routes())
    web_openapi.document(app)

    def tell(request: Request, problem: Problem) -> Response:
        """As a page to a person, as JSON to a program."""
        if not _wants_page(request):
            return problem.response()
        written = render("problem.html", problem=problem, name=None, home="/")
        return HTMLResponse(written, problem.status, dict(problem.headers))

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101
        return tell(request, error)

    async def on_storage(request: Request, error: Exception) -> Response:
        assert isinstance(error, StorageError)  # noqa: S101
        log.warning("storage_unusable", error=where(error))
        return tell(request, of_storage(error, contact))

    async def on_status(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101
        return tell(request, of_status(error.status_code, (error.headers or {}).get("Allow", "")))

    async def on_wrong_field(request: Request, _: Exception) -> Response:
        return tell(request, bad_field("Un champ n’a pas la forme attendue. Voyez /openapi.json."))

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(StorageError, on_storage)
    app.add_exception_handler(HTTPException, on_status)
    app.add_exception_handler(RequestValidationError, on_wrong_field)
    app.add_middleware(Shell, secure=door.secure)


def _wants_page(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    followed = request.headers.get("sec-fetch-mode") == "navigate"  # the link to the copy
    return "text/html" in accepted and (followed or not request.url.path.startswith("/api/"))


__all__ = ["PROBLEM_JSON", "install_web"]
