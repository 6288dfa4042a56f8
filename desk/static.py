"""The style and the script of the desk."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from desk.shell import Desk

FOR_A_YEAR = "public, max-age=31536000, immutable"


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/static/{version}/{name}", name="static")
    async def static(request: Request, version: str, name: str) -> Response:
        keeping = FOR_A_YEAR if version == desk.files.version else "no-cache"
        return desk.files.answer(request, name, keeping)

    return router
