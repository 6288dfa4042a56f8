"""« J'ai un code » : the page where four words lead back to a conversation, without any script."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.as_typed import as_typed
from bot.channels.web_door import Door, new_token
from bot.channels.web_problems import Problem
from bot.channels.web_reading import body, form_fields, form_id
from bot.channels.web_static import html_page
from bot.channels.web_talk import Talk
from bot.origins import is_name

Render = Callable[..., str]
LONGEST = 200  # characters of what is typed there


def routes(talk: Talk, door: Door, render: Render, default: str) -> APIRouter:
    """The form, and what is typed in it. `default` is the guide that "/" opens."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/retour", methods=["GET", "HEAD"])
    async def ask(request: Request) -> Response:
        """With a cookie from now on: an answer that the network loses is found again."""
        name = _name(request.query_params.get("guide"))
        response = _page(request, name)
        if door.cookie(request, name) is None:
            door.keep(response, new_token(), name)
        return response

    @router.post("/retour")
    async def come_back(request: Request) -> Response:
        door.check_same_origin(request)
        fields = form_fields(await body(request))
        name = _name(fields.get("guide"))
        token = door.cookie(request, name) or new_token()
        words = as_typed(fields.get("words", ""))[:LONGEST]
        id = form_id(fields.get("id", ""), words)
        try:
            done = await talk.come_back(token, id, words, door.address(request))
        except Problem as problem:
            done = problem.detail
        if isinstance(done, str):
            response = _page(request, name, why=done)
            door.keep(response, token, name)
            return response
        return await _led(request, token, name, done.guide)

    async def _led(request: Request, token: str, name: str | None, guide: str) -> Response:
        """To the page of the conversation's own guide, unless another one goes on there."""
        own = None if guide == default else guide
        kept = door.cookie(request, own) if own != name else None
        free = kept is None or not await _lives(kept)
        home = own if free else name
        response = RedirectResponse(f"/g/{home}" if home else "/", 303)
        door.keep(response, token, home)
        if home != name:
            door.forget(response, name)
        return response

    async def _lives(token: str) -> bool:
        try:
            await talk.thread(token)
        except Problem as problem:
            return problem.kind == "too-often"  # asked too often: what is there is not given up
        return True

    def _page(request: Request, name: str | None, why: str = "") -> Response:
        home = f"/g/{name}" if name else "/"
        nonce = secrets.token_urlsafe(9)
        return html_page(request, render("return.html", name=name, home=home, why=why, nonce=nonce))

    return router


def _name(given: str | None) -> str | None:
    return given if given and is_name(given) else None
