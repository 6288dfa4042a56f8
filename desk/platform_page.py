"""The other platform: what we give it, what we got from it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from desk import sheets
from desk.shell import Desk


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/plateforme", name="platform")
    async def platform(request: Request) -> Response:
        return await page(desk, request)

    return router


async def page(desk: Desk, request: Request, status: int = 200, problem: str = "") -> Response:
    """The page, after a file that was refused too."""
    return desk.page(
        request, "platform.html", status,
        sheets=await desk.run(lambda: list(sheets.every(desk))), problem=problem,
    )  # fmt: skip
