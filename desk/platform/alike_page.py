"""What both sides say alike, side by side: the same, or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.curated import Matched, Outside
from bot.errors import CodebookError
from bot.staff import Act
from desk.moments import at_paris
from desk.refusals import bad_field, not_found
from desk.shell import Desk
from exports.coding.texts import team_records
from exports.fusion.alike import Alike
from exports.records import Record

A_PAGE = 10
SHOWN = {"": "À décider", "meme": "C’est la même", "autre": "Ce n’est pas la même"}
SAID: Mapping[str, bool | None] = {"meme": True, "autre": False, "oublier": None}


@dataclass(frozen=True, slots=True)
class Pair:
    """Both texts, and what was said of them."""

    alike: Alike
    ours: Record
    theirs: Outside
    said: Matched | None


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory, comparing = desk.memory, desk.comparing

    def pair(one: Alike, said: Mapping[tuple[str, str], Matched]) -> Pair | None:
        """None when one of both went since."""
        theirs, people = memory.outsides.get(one.theirs), memory.present.one(one.ours)
        if theirs is None or people is None:
            return None
        records = team_records([people], desk.guides.of)
        ours = next((r for r in records if r.reference == one.ours), None)
        return Pair(one, ours, theirs, said.get((one.ours, one.theirs))) if ours else None

    @router.get("/plateforme/ressemblances", name="platform.alike")
    async def alike(request: Request) -> Response:
        wanted = request.query_params.get("voir", "")
        wanted = wanted if wanted in SHOWN else ""
        said = await desk.aside(memory.pairs.every)
        found = comparing.last.found if comparing.last else ()
        by: dict[str, list[Alike]] = {name: [] for name in SHOWN}
        for one in found:
            its = said.get((one.ours, one.theirs))
            by["" if its is None else "meme" if its.same else "autre"].append(one)
        shown, page = by[wanted], _page(request)
        page = max(1, min(page, -(-len(shown) // A_PAGE)))
        here = [] if comparing.running else shown[(page - 1) * A_PAGE : page * A_PAGE]
        pairs = [await desk.aside(pair, one, said) for one in here]
        await desk.note_read(request, (one.ours.reference for one in pairs if one))
        return desk.page(
            request, "alike.html", last=comparing.last, running=comparing.running,
            done=comparing.done, failed=comparing.failed, pairs=[one for one in pairs if one],
            at=at_paris(comparing.last.at) if comparing.last else "", names=SHOWN, wanted=wanted,
            counts={name: len(its) for name, its in by.items()}, page=page,
            pages=-(-len(shown) // A_PAGE), exact=sum(one.score == 100 for one in found),
        )  # fmt: skip

    @router.post("/plateforme/ressemblances", name="platform.compare")
    async def compare(request: Request) -> Response:
        if not comparing.running:
            comparing.start()
            counts = await desk.aside(memory.outsides.counts)
            total = sum(sum(its.values()) for its in counts.values())
            await desk.note(request, Act.COMPARED, {"contributions": total})
        return desk.go("platform.alike")

    @router.post("/plateforme/ressemblances/dire", name="platform.say")
    async def say(request: Request) -> Response:
        ours = await desk.field(request, "ours", 20)
        theirs = await desk.field(request, "theirs", 300)
        what = await desk.field(request, "what", 10)
        if what not in SAID:
            raise bad_field("Ce bouton n’existe pas.")
        found = await desk.run(memory.outsides.get, theirs)
        if found is None:
            raise not_found()
        login, day = desk.seat(request).account.login, desk.now().date()
        try:
            there = await desk.run(memory.pairs.say, ours, theirs, SAID[what], login, day)
        except CodebookError:
            there = False
        if not there:
            raise not_found()
        about = {"reference": ours, "source": found.source, "said": what}
        await desk.note(request, Act.MATCHED, about)
        wanted = await desk.field(request, "voir", 10)
        asked = f"?voir={wanted}" if wanted in SHOWN and wanted else ""
        return RedirectResponse(desk.address("platform.alike") + asked, 303)

    return router


def _page(request: Request) -> int:
    asked = request.query_params.get("page", "1")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
