"""What moderators send: a decision and its reason, masked words, duplicates, going back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from bot.curated import OWN, SHORT, Decision, Relit
from bot.errors import CurationError
from bot.moderating import MASKED, REASONS, fits
from bot.staff import Act
from desk.moderating import masks
from desk.moderating.contribution import page
from desk.moderating.entries import Reading
from desk.moderating.seen import DECISIONS, TEXT, Seen, checked, look
from desk.refusals import bad_field
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
        back = await desk.field(request, "to", 10)
        if back in ("file", "personnes"):
            only = "&personnes=oui" * (back == "personnes")
            to = f"{desk.address('queue')}?apres={reference}&fait={reference}{only}"
            return RedirectResponse(to, 303)
        return desk.go("contributions.one", reference=reference)

    async def refused(request: Request, reference: str, problem: str) -> Response:
        if "application/json" in request.headers.get("accept", ""):
            return JSONResponse({"problem": problem}, 409)
        return await page(desk, reading, request, reference, problem=problem)

    async def masking(request: Request, *, always: bool = False) -> Callable[[Seen], Relit | None]:
        """The words as ticked and written in the card; None when that changes nothing."""
        form = await desk.form(request)
        shown = bool(await desk.field(request, "masks", 5))  # the boxes came along
        ticked = set(filter(None, (_place(str(one)) for one in form.getlist("mask"))))
        also = (await desk.field(request, "also", masks.LONGEST)).split("\n")

        def relit(seen: Seen) -> Relit | None:
            words = seen.chosen(ticked, also)
            return words if always or (shown and seen.changes(words, ticked)) else None

        return relit

    @router.post(f"{PATH}/decision", name="contributions.decide")
    async def decide(request: Request, reference: str) -> Response:
        written, _, reason = (await desk.field(request, "decision", 60)).partition(".")
        if written not in set(Decision):
            raise bad_field("Cette décision n’existe pas.")
        decision = Decision(written)
        masked = await masking(request)

        async def act(seen: Seen, last: int, who: str) -> tuple[Act, dict[str, str | int], str]:
            why, relit = reason, masked(seen)
            if decision is Decision.PUBLISHED and not why:
                why = MASKED if seen.relit or relit is not None else REASONS[decision][0].code
            if decision is Decision.WAITING and not why:
                why = REASONS[decision][0].code
            if not fits(decision, why):
                raise CurationError("Choisissez une raison : la personne la lira.")
            await desk.run(work.decide, reference, decision, why, who, last, relit=relit)
            about: dict[str, str | int] = {"decision": decision.value, "reason": why}
            return Act.DECIDED, about | _noted(relit), DECISIONS[decision]

        return await done(request, reference, act)

    @router.post(f"{PATH}/texte", name="contributions.text")
    async def text(request: Request, reference: str) -> Response:
        masked = await masking(request, always=True)
        again = bool(await desk.field(request, "own", 5))

        async def act(seen: Seen, last: int, who: str) -> tuple[Act, dict[str, str | int], str]:
            relit = (None if again else masked(seen)) or OWN
            await desk.run(work.confirm, reference, relit, who, last)
            return Act.TEXT_CONFIRMED, _noted(relit), DECISIONS["text"]

        return await done(request, reference, act)

    @router.post(f"{PATH}/reunir", name="contributions.merge")
    async def merge(request: Request, reference: str) -> Response:
        into = (await desk.field(request, "into", 20)).strip().upper()
        masked = await masking(request)

        async def act(seen: Seen, last: int, who: str) -> tuple[Act, dict[str, str | int], str]:
            relit = masked(seen)
            await desk.run(work.merge, reference, into, who, last, relit=relit)
            return Act.MERGED, {"into": into} | _noted(relit), DECISIONS["merged"]

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


def _place(written: str) -> tuple[str, int] | None:
    """« 3 »: the third place of the text; « title.1 »: the first one of the title."""
    role, _, number = written.rpartition(".")
    known = (role or TEXT) in (TEXT, *SHORT)
    if not known or not (number.isascii() and number.isdigit() and len(number) < 6):
        return None
    return role or TEXT, int(number)


def _noted(relit: Relit | None) -> dict[str, str | int]:
    """Which words staff made others of, for the journal."""
    if relit is None:
        return {}
    roles = [*([TEXT] if relit.text is not None else []), *relit.short]
    return {"words": " ".join(roles)} if roles else {}


def _found_again(desk: Desk) -> None:
    desk.memory.indexing.refresh(now=True)
