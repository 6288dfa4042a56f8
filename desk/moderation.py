"""What moderators send: a decision and its reason, masked words, duplicates, going back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.curated import Decision
from bot.errors import CurationError
from bot.moderating import MASKED, REASONS, fits
from bot.staff import Act
from desk import masks
from desk.contribution import page
from desk.entries import Reading
from desk.refusals import bad_field
from desk.seen import DECISIONS, Seen, checked, look
from desk.shell import Desk

PATH = "/contributions/{reference}"
Work = Callable[[Seen, int, str], Awaitable[tuple[Act, dict[str, str | int], str]]]


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    work = desk.memory.curations
    reading = Reading(desk.guides.of)

    async def done(request: Request, reference: str, act: Work) -> Response:
        seen = await desk.run(look, desk, reading, reference)
        stamp = await desk.field(request, "seen", 60)
        try:
            who = desk.seat(request).account.login
            what, about, told = await act(seen, checked(seen, stamp), who)
        except CurationError as error:
            return await refused(request, reference, str(error))
        await desk.note(request, what, {"reference": reference, **about})
        await asyncio.to_thread(_found_again, desk)
        after = await desk.run(look, desk, reading, reference)
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"told": told, "seen": after.stamp})
        if await desk.field(request, "to", 10) == "file":
            to = f"{desk.address('queue')}?apres={reference}&fait={reference}"
            return RedirectResponse(to, 303)
        return desk.go("contributions.one", reference=reference)

    async def refused(request: Request, reference: str, problem: str) -> Response:
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"problem": problem}, 409)
        return await page(desk, reading, request, reference, problem=problem)

    async def masking(request: Request) -> tuple[set[int], list[str]]:
        """The places ticked, and the words written to be masked too."""
        form = await desk.form(request)
        places = (str(one) for one in form.getlist("mask"))
        chosen = {int(one) for one in places if one.isascii() and one.isdigit() and len(one) < 6}
        return chosen, (await desk.field(request, "also", masks.LONGEST)).split("\n")

    @router.post(f"{PATH}/decision", name="contributions.decide")
    async def decide(request: Request, reference: str) -> Response:
        written = await desk.field(request, "decision", 20)
        if written not in set(Decision):
            raise bad_field("Cette décision n’existe pas.")
        decision = Decision(written)
        reason = await desk.field(request, "reason", 40)
        shown = bool(await desk.field(request, "masks", 5))  # the boxes come with the decision
        chosen, also = await masking(request)

        async def act(seen: Seen, last: int, who: str) -> tuple[Act, dict[str, str | int], str]:
            why, words = reason, None
            if decision is Decision.PUBLISHED and shown:
                words = _changed(seen, chosen, also)
            if decision is Decision.PUBLISHED and not why:
                why = MASKED if seen.relit or words is not None else REASONS[decision][0].code
            if decision is Decision.WAITING and not why:
                why = REASONS[decision][0].code
            if not fits(decision, why):
                raise CurationError("Choisissez une raison : la personne la lira.")
            await desk.run(work.decide, reference, decision, why, who, last, words=words)
            return Act.DECIDED, {"decision": decision.value, "reason": why}, DECISIONS[decision]

        return await done(request, reference, act)

    @router.post(f"{PATH}/texte", name="contributions.text")
    async def text(request: Request, reference: str) -> Response:
        chosen, also = await masking(request)
        again = bool(await desk.field(request, "own", 5))

        async def act(seen: Seen, last: int, who: str) -> tuple[Act, dict[str, str | int], str]:
            words = None if again else masks.written(seen.pieces, chosen, also)
            await desk.run(work.confirm, reference, words, who, last)
            return Act.TEXT_CONFIRMED, {}, DECISIONS["text"]

        return await done(request, reference, act)

    @router.post(f"{PATH}/reunir", name="contributions.merge")
    async def merge(request: Request, reference: str) -> Response:
        into = (await desk.field(request, "into", 20)).strip().upper()

        async def act(_: Seen, last: int, who: str) -> tuple[Act, dict[str, str | int], str]:
            await desk.run(work.merge, reference, into, who, last)
            return Act.MERGED, {"into": into}, DECISIONS["merged"]

        return await done(request, reference, act)

    @router.post(f"{PATH}/separer", name="contributions.separate")
    async def separate(request: Request, reference: str) -> Response:
        async def act(_: Seen, last: int, who: str) -> tuple[Act, dict[str, str | int], str]:
            await desk.run(work.separate, reference, who, last)
            return Act.MERGED, {}, DECISIONS["separated"]

        return await done(request, reference, act)

    @router.post(f"{PATH}/annuler", name="contributions.undo")
    async def undo(request: Request, reference: str) -> Response:
        async def act(_: Seen, last: int, who: str) -> tuple[Act, dict[str, str | int], str]:
            await desk.run(work.undo, reference, who, last)
            return Act.DECIDED, {"decision": "annulée"}, "annulé"

        return await done(request, reference, act)

    return router


def _changed(seen: Seen, chosen: set[int], also: list[str]) -> str | None:
    """The text as masked in the card that is published; None when it leaves as it stood."""
    words = masks.written(seen.pieces, chosen, also)
    found = {one.number for one in seen.pieces if one.number}
    if words != seen.record.text or (not seen.relit and found - chosen):
        return words
    return None


def _found_again(desk: Desk) -> None:
    desk.memory.indexing.refresh(now=True)
