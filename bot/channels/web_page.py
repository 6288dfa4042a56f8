"""The respondent's page. Plain forms do everything; the script only makes it smoother."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels import web_return
from bot.channels.web_device import FORGET, masked
from bot.channels.web_door import Door, host_of
from bot.channels.web_problems import Problem, of_storage
from bot.channels.web_reading import body, form_fields, form_id, message, opening_id
from bot.channels.web_static import html_page
from bot.channels.web_talk import Talk, Thread
from bot.errors import StorageError
from bot.origins import is_name

Render = Callable[..., str]
OFTEN = "too-often"
LAST = "dernier"  # where a page without script opens: at what was said last


def routes(
    talk: Talk, door: Door, render: Render, max_text: int, default: str, contact: str
) -> APIRouter:
    """`render` fills a template; `default` is the guide that "/" opens; `contact`: of a person."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=["GET", "HEAD"])
    async def home(request: Request) -> Response:
        return await show(request, None)

    @router.api_route("/g/{guide}", methods=["GET", "HEAD"])
    async def other_guide(request: Request, guide: str) -> Response:
        if guide == default:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/{query}", 307)
        return await show(request, guide)

    @router.api_route("/o/{origin}", methods=["GET", "HEAD"])
    async def from_origin(origin: str) -> Response:
        return RedirectResponse(_from("/", origin), 302)

    @router.api_route("/g/{guide}/o/{origin}", methods=["GET", "HEAD"])
    async def other_guide_from_origin(guide: str, origin: str) -> Response:
        return RedirectResponse(_from(_home(talk.guide(guide).guide), origin), 302)

    async def show(request: Request, name: str | None) -> Response:
        today = talk.guide(name)
        token = door.cookie(request, name)
        thread, why = None, ""
        if token:
            try:
                thread = await talk.thread(token, opened=_opened(request))
            except Problem as problem:
                if problem.kind == OFTEN:  # the conversation is still there
                    raise
                why = problem.kind
        if token is None or thread is None:
            origin = request.query_params.get("origine", "")
            origin = origin if is_name(origin) else ""
            known = {"guide": today, "origin": origin, "opening": new_opening()}
            response = page(request, "welcome.html", name, moved=why == "moved", **known)
            if token:
                door.forget(response, name)
            return response
        response = page(
            request,
            "talk.html",
            name,
            masked=masked(request),
            mark_of_thread=mark(token, thread.conversation),
            guide=thread.guide,
            thread=thread,
            nonce=secrets.token_urlsafe(9),
            max_text=max_text,
        )
        door.keep(response, token, name)
        return response

    async def found(token: str) -> Thread | None:
        try:
            return await talk.thread(token)
        except Problem as problem:
            if problem.kind == OFTEN:
                raise
            return None

    @router.post("/discussion")
    async def begin(request: Request) -> Response:
        door.check_same_origin(request)
        fields = form_fields(await body(request))
        name = _name(fields.get("guide"))
        token = door.cookie(request, name)
        if token and await found(token):
            return RedirectResponse(_home(name), 303)
        asked = name, _name(fields.get("origin"))
        token = await opened(asked, fields.get("opening", ""), door.address(request))
        response = RedirectResponse(_home(name), 303)
        door.keep(response, token, name)
        return response

    async def opened(asked: tuple[str | None, str | None], opening: str, address: str) -> str:
        """Its token. The form sent again opens the same; an old form opens another."""
        try:
            token, _ = await talk.open(*asked, opening_id({"opening": opening}), address)
        except Problem as problem:
            if problem.kind not in ("opened-before", "bad-field"):
                raise
            token, _ = await talk.open(*asked, address=address)
        return token

    @router.post("/discussion/message")
    async def tell(request: Request) -> Response:
        door.check_same_origin(request)
        fields = form_fields(await body(request))
        name = _name(fields.get("guide"))
        token = door.cookie(request, name)
        if token is None:
            return not_sent(request, fields, name, lost())
        try:
            read = _read(fields, max_text)
            given = await talk.tell(token, *read, door.address(request))
        except Problem as problem:
            if problem.kind == "erased":
                return gone(name)
            return not_sent(request, fields, name, problem)
        except StorageError as error:
            return not_sent(request, fields, name, of_storage(error, contact))
        if given.erased:
            return gone(name)
        if words := talk.code(given):  # told now: the thread read again does not have it
            return page(request, "return_code.html", name, words=words, last=LAST)
        return RedirectResponse(f"{_home(name)}#{LAST}", 303)

    def gone(name: str | None) -> Response:
        address = "/efface" + (f"?guide={name}" if name else "")
        response = RedirectResponse(address, 303)
        door.forget(response, name)
        return response

    def not_sent(
        request: Request, fields: dict[str, str], name: str | None, problem: Problem
    ) -> Response:
        """The draft stays in the page, with the same id: sending again counts once."""
        kept = {key: fields.get(key, "") for key in ("id", "text", "choice")}
        response = page(
            request, "not_sent.html", name, problem=problem, kept=kept, max_text=max_text
        )
        response.status_code = problem.status
        if "Retry-After" in problem.headers:
            response.headers["Retry-After"] = problem.headers["Retry-After"]
        return response

    @router.api_route("/efface", methods=["GET", "HEAD"])
    async def erased(request: Request) -> Response:
        name = _name(request.query_params.get("guide"))
        token = door.cookie(request, name)
        if token and await found(token):
            return RedirectResponse(_home(name), 303)
        response = page(request, "erased.html", name, opening=new_opening())
        response.headers["Clear-Site-Data"] = FORGET
        if token:
            door.forget(response, name)
        return response

    @router.api_route("/vos-donnees", methods=["GET", "HEAD"])
    async def about_privacy(request: Request) -> Response:
        promised = await talk.backups_forget()
        return page(request, "privacy.html", None, backups_forget=promised)

    router.include_router(web_return.routes(talk, door, render, default))

    def page(request: Request, template: str, name: str | None, **values: Any) -> Response:
        return html_page(request, render(template, name=name, home=_home(name), **values))

    return router


def mark(token: str, conversation: str) -> str:
    """Tells this conversation from another on the same device; the token cannot be found back."""
    return hashlib.sha256(f"fil {token} {conversation}".encode()).hexdigest()[:16]


def new_opening() -> str:
    """The secret of one press on « Commencer », which may be sent again."""
    return secrets.token_urlsafe(24)


def lost() -> Problem:
    detail = "Nous ne retrouvons pas votre conversation dans ce navigateur. Commencez-en une autre."
    return Problem("unknown-token", detail)


def _read(fields: dict[str, str], limit: int) -> tuple[str, str, str | None]:
    given: dict[str, str] = {k: fields[k] for k in ("text", "choice") if k in fields}
    if "choice" in given:
        given.pop("text", None)
    id = form_id(fields.get("id", ""), repr(sorted(given.items())))
    return message({"id": id, **given}, limit)


def _opened(request: Request) -> bool:
    """From an address that was typed, kept or followed, not from a page of ours.

    A service worker asks again on its own behalf, as « same-origin »: then the referrer tells.
    """
    site = request.headers.get("sec-fetch-site")
    if site != "same-origin":
        return site is not None
    from_ours = host_of(request.headers.get("referer", ""))
    return from_ours != request.headers.get("host", "").lower()


def _name(given: str | None) -> str | None:
    return given if given and is_name(given) else None


def _from(home: str, origin: str) -> str:
    """The page, from this origin; an odd one is left out, and the page opens all the same."""
    origin = origin.lower()  # copied by hand from a poster
    return f"{home}?origine={origin}" if is_name(origin) else home


def _home(name: str | None) -> str:
    return f"/g/{name}" if name else "/"
