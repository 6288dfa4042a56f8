"""What concerns the device rather than the talk: leaving fast, hiding the thread, the shell."""

from __future__ import annotations

import json
from collections.abc import Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.channels.web_door import Door
from bot.channels.web_problems import Problem
from bot.channels.web_reading import body, form_fields
from bot.channels.web_static import Files, html_page
from bot.origins import is_name

Render = Callable[..., str]
MASKED = "parole-masque"  # a cookie without any personal word; the script writes it too
FORGET = '"storage"'  # not "cookies": they are those of the whole domain, ours go one by one
WALLPAPER = "#f7f3ec"


def masked(request: Request) -> bool:
    """Whether this device shows the question alone."""
    return any(request.cookies.get(name) == "1" for name in _names())


def _names() -> tuple[str, str]:
    """Under https, then without: the page may come by https before the settings say so."""
    return f"__Host-{MASKED}", MASKED


def _show_again(request: Request, response: Response, door: Door) -> None:
    ours = _names()[0 if door.secure else 1]
    for name in {ours, *_names()} & {ours, *request.cookies}:
        secure = door.secure or name != MASKED
        response.delete_cookie(name, path="/", secure=secure, samesite="lax")


def routes(door: Door, files: Files, render: Render, away: str) -> APIRouter:
    """`away` is the address where leaving fast leads."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/quitter", methods=["GET", "HEAD"])
    async def leave(request: Request) -> Response:
        """To another site; nothing of ours stays. A link: a form could not lead elsewhere."""
        response = RedirectResponse(away, 303)
        if _meant(request, door):
            response.headers["Clear-Site-Data"] = FORGET
            door.forget_all(request, response)
            _show_again(request, response, door)
        return response

    @router.post("/masquer")
    async def mask(request: Request) -> Response:
        door.check_same_origin(request)
        fields = form_fields(await body(request))
        name = fields.get("guide", "")
        response = RedirectResponse(f"/g/{name}" if is_name(name) else "/", 303)
        if fields.get("masked") == "1":
            name, bare = _names()
            response.set_cookie(
                name if door.secure else bare, "1", max_age=door.lifetime, path="/",
                secure=door.secure, samesite="lax",
            )  # fmt: skip
        else:
            _show_again(request, response, door)
        return response

    @router.api_route("/hors-ligne", methods=["GET", "HEAD"])
    async def offline(request: Request) -> Response:
        return html_page(request, render("offline.html", name=None, home="/"))

    @router.api_route("/accessibilite", methods=["GET", "HEAD"])
    async def accessibility(request: Request) -> Response:
        return html_page(request, render("accessibility.html", name=None, home="/"))

    @router.api_route("/manifest.webmanifest", methods=["GET", "HEAD"])
    async def manifest(request: Request) -> Response:
        guide = request.query_params.get("guide", "")
        home = f"/g/{guide}" if is_name(guide) else "/"
        icons = [
            {"src": files.address(f"icon-{size}.png"), "sizes": f"{size}x{size}",
             "type": "image/png", "purpose": "any maskable"}
            for size in (192, 512)
        ]  # fmt: skip
        told = {
            "id": home,
            "name": "Parole",
            "short_name": "Parole",
            "description": "Donner son avis en discutant.",
            "lang": "fr",
            "dir": "ltr",
            "start_url": home,
            "scope": "/",
            "display": "standalone",
            "background_color": WALLPAPER,
            "theme_color": WALLPAPER,
            "icons": icons,
        }
        return Response(json.dumps(told, ensure_ascii=False).encode(), 200,
                        {"Cache-Control": "no-cache"}, "application/manifest+json")  # fmt: skip

    return router


def _meant(request: Request, door: Door) -> bool:
    """Not a page fetched ahead of a click, nor another site that sends people here."""
    if "prefetch" in request.headers.get("sec-purpose", request.headers.get("purpose", "")):
        return False
    try:
        door.check_same_origin(request)
    except Problem:
        return False
    return True
