"""The first page, and the help."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.staff import GUARDED
from desk import roles
from desk.overview.tables import key_figures
from desk.shell import Desk


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/", name="home")
    async def home(request: Request) -> Response:
        seat = desk.seat(request)
        desk.memory.indexing.start()  # filled before somebody looks for something
        shut = bool(seat.account.roles & GUARDED) and not seat.second_factor
        figures = []
        if roles.may(seat, "overview"):
            desk.following.visited()
            counted, guide = desk.following.figures, desk.guides.current()
            tallies = counted.tallies.get(guide.guide) if counted else None
            figures = key_figures(tallies) if tallies else []
        return desk.page(request, "home.html", shut=shut, figures=figures)

    @router.get("/aide", name="help")
    async def help(request: Request) -> Response:
        return desk.page(request, "help.html")

    return router
