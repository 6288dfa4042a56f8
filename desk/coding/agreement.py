"""How far coders agree, and the texts where they do not."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from desk.shell import Desk
from exports.coding.agreement import agreement, disagreements

SHOWN = 50  # disagreements on a page


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory = desk.memory

    @router.get("/codage/accord", name="coding.agreement")
    async def agreeing(request: Request) -> Response:
        codes = await desk.run(memory.codebook.codes)
        given = await desk.aside(memory.judgements.given)
        names = {code.id: code.name for code in codes}
        wanted = request.query_params.get("theme", "")
        apart = await desk.aside(disagreements, given, [wanted] if wanted in names else list(names))
        first = _page(request.query_params.get("page", ""), len(apart))
        return desk.page(
            request,
            "coding_agreement.html",
            agreement=await desk.aside(agreement, given, list(names)),
            names=names,
            apart=apart[first * SHOWN :][:SHOWN],
            total=len(apart),
            wanted=wanted if wanted in names else "",
            page=first,
            more=(first + 1) * SHOWN < len(apart),
        )

    return router


def _page(asked: str, count: int) -> int:
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0
    return min(number, max(0, count - 1) // SHOWN)
