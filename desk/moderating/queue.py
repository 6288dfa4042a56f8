"""The queue: what waits for a decision, one after the other, by keys or by touch."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from desk.moderating.contribution import page, ready
from desk.moderating.entries import Reading
from desk.moderating.seen import DECISIONS, look
from desk.refusals import Refused
from desk.shell import Desk

AHEAD = 25  # references known in advance


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    indexing = desk.memory.indexing
    reading = Reading(desk.guides.of)

    def waiting(request: Request) -> tuple[list[str], int]:
        ready(desk)
        after, personal = _number(request), bool(request.query_params.get("personnes"))
        these, count = indexing.search.waiting(after, AHEAD, personal=personal)
        return list(these), count

    @router.get("/file", name="queue")
    async def queue(request: Request) -> Response:
        these, count = await asyncio.to_thread(waiting, request)
        done = await _just_done(desk, reading, request)
        known: dict[str, object] = {
            "count": count, "progress": indexing.progress, "done": done, "queue": True,
            "decisions": DECISIONS, "personal": bool(request.query_params.get("personnes")),
        }  # fmt: skip
        for place, reference in enumerate(these):
            known["these"] = these[place:]
            try:
                return await page(desk, reading, request, reference, template="queue.html",
                                  more=known)  # fmt: skip
            except Refused:
                continue  # erased since
        nothing: dict[str, object] = {**known, "seen": None, "problem": "", "these": ()}
        return desk.page(request, "queue.html", 200, **nothing)

    @router.get("/file/suite", name="queue.next")
    async def following(request: Request) -> Response:
        these, count = await asyncio.to_thread(waiting, request)
        return JSONResponse({"these": these, "count": count})

    @router.get("/file/{reference}", name="queue.card")
    async def card(request: Request, reference: str) -> Response:
        return await page(desk, reading, request, reference, template="card.html",
                          more={"queue": True})  # fmt: skip

    return router


async def _just_done(desk: Desk, reading: Reading, request: Request) -> tuple[str, str, str] | None:
    """What was decided just before: its reference, its decision, its stamp to go back."""
    reference = request.query_params.get("fait", "")
    if not reference:
        return None
    try:
        seen = await desk.run(look, desk, reading, reference)
    except Refused:
        return None
    if not seen.history:
        return None
    return reference, DECISIONS.get(seen.history[-1].what, ""), seen.stamp


def _number(request: Request) -> int:
    digits = request.query_params.get("apres", "")[2:]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
