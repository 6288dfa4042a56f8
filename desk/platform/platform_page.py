"""The other platform: what we give it, what we got from it."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from desk.platform import sheets
from desk.shell import Desk
from exports.code_names import CONTRIBUTIONS


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/plateforme", name="platform")
    async def platform(request: Request) -> Response:
        return await page(desk, request)

    return router


async def page(
    desk: Desk, request: Request, status: int = 200, problem: str = "", told: Sequence[str] = ()
) -> Response:
    """The page, after a file that was taken or refused too."""
    return desk.page(
        request, "platform.html", status,
        sheets=await desk.run(lambda: list(sheets.every(desk))), problem=problem,
        counts=await desk.aside(desk.memory.outsides.counts), kinds=CONTRIBUTIONS, told=told,
    )  # fmt: skip
