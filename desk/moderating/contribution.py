"""One contribution: its text, who said it broadly, look-alikes, its history, its conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.curated import Decision
from bot.finding import Near
from bot.model import Conversation, Exchange
from bot.moderating import REASONS, why
from bot.staff import Act
from desk.moderating.entries import Reading
from desk.moderating.seen import DECISIONS, ROLES, look
from desk.refusals import not_found
from desk.shell import Desk

WAIT = 2.0  # seconds that a page waits, the first time, for the search to be filled


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    reading = Reading(desk.guides.of)

    @router.get("/contributions/{reference}", name="contributions.one")
    async def one(request: Request, reference: str) -> Response:
        return await page(desk, reading, request, reference)

    @router.post("/contributions/{reference}/conversation", name="contributions.transcript")
    async def transcript(request: Request, reference: str) -> Response:
        await desk.run(look, desk, reading, reference)  # nothing of those who did not agree
        found = await desk.run(desk.memory.present.thread, reference)
        if found is None:
            raise not_found()
        await desk.note(request, Act.TRANSCRIPT_READ, {"reference": reference})
        return await page(desk, reading, request, reference, thread=said(desk, *found))

    return router


async def page(
    desk: Desk,
    reading: Reading,
    request: Request,
    reference: str,
    *,
    problem: str = "",
    thread: list[tuple[str, list[str]]] | None = None,
    template: str = "contribution.html",
    more: Mapping[str, object] | None = None,
) -> Response:
    """The page of a contribution; its reading is written in the journal."""
    seen = await desk.run(look, desk, reading, reference)
    await asyncio.to_thread(ready, desk)
    near = await asyncio.to_thread(_near, desk, reference)
    said = await desk.aside(desk.memory.pairs.every)
    known: Mapping[str, object] = {
        "elsewhere": [theirs for (ours, theirs), one in said.items()
                      if ours == reference and one.same],
        "seen": seen, "record": seen.record, "near": near, "problem": problem, "thread": thread,
        "decisions": DECISIONS, "roles": ROLES, "why": why, "hidden": REASONS[Decision.HIDDEN],
        "binned": REASONS[Decision.BINNED], "queue": False,
    }  # fmt: skip
    answer = desk.page(request, template, 409 if problem else 200, **{**known, **(more or {})})
    about = {"reference": reference}
    if near:
        about["near"] = " ".join(sorted(one.entry.reference for one in near))
    await desk.note(request, Act.CONTRIBUTION_READ, about)
    return answer


def _near(desk: Desk, reference: str) -> list[Near]:
    """Those that look alike, without those that staff told apart."""
    near = desk.memory.indexing.search.near(reference)
    if not near:
        return []
    mine = int(reference[2:])
    judged = desk.memory.apart.of([mine, *(one.entry.number for one in near)])
    its = judged.get(mine, frozenset())
    return [one for one in near if not its & judged.get(one.entry.number, frozenset())]


def ready(desk: Desk) -> None:
    """Have the search up to date, or nearly filled."""
    desk.memory.indexing.wait(WAIT)
    desk.memory.indexing.refresh()


def said(
    desk: Desk, talk: Conversation, exchanges: Sequence[Exchange]
) -> list[tuple[str, list[str]]]:
    """What the person said, and what they were answered, turn by turn."""
    guide = desk.guides.of(talk.guide, talk.version)
    shown = []
    for one in exchanges:
        theirs = one.said
        if one.pressed and theirs.startswith("@"):
            theirs = desk.speech.label(theirs)
        replies = [desk.speech.say(reply, guide).text for reply in one.replies]
        shown.append((theirs, [text for text in replies if text]))
    return shown
