"""The overview: who came, how far they went, who is missing. It answers at once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import GuideError
from bot.guide import Guide
from desk.moments import at_paris
from desk.overview.counting import Tallies
from desk.overview.following import Following
from desk.overview.tables import key_figures, tables
from desk.shell import Desk
from exports.vocabulary import natural


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    following: Following = desk.following

    @router.get("/suivi", name="overview")
    async def overview(request: Request) -> Response:
        following.visited()
        followed = await desk.aside(desk.memory.overview.guides)
        guide = await desk.run(chosen_guide, desk, request.query_params.get("guide", ""), followed)
        names = sorted({desk.guides.current().guide, *(name for name, _ in followed)})
        figures = following.figures
        shown: dict[str, object] = {"figures": None, "tables": ()}
        if figures is not None:
            tallies = figures.tallies.get(guide.guide) or Tallies(guide.guide, guide.title)
            wanted = await desk.run(desk.memory.overview.targets, guide.guide)
            shown = {
                "figures": key_figures(tallies), "tables": tables(tallies, guide, wanted),
                "nobody": not tallies.begun, "lost": figures.lost,
                "counted": at_paris(figures.at), "seconds": figures.seconds,
            }  # fmt: skip
        known = {
            "of": guide, "names": names, "running": following.running,
            "failed": following.failed, "done": following.done,
        }  # fmt: skip
        return desk.page(request, "overview.html", 200, **known, **shown)

    @router.post("/suivi", name="overview.refresh")
    async def refresh(request: Request) -> Response:
        following.refresh()
        guide = await desk.field(request, "guide", 40)
        answer = desk.go("overview")
        if guide.replace("-", "").isalnum() and guide.isascii():
            answer.headers["location"] += f"?guide={guide}"
        return answer

    return router


def chosen_guide(desk: Desk, asked: str, followed: Sequence[tuple[str, str]]) -> Guide:
    """The guide of this name as it is today, or as it was last followed; else today's default."""
    versions = [version for name, version in followed if name == asked]
    if not versions:
        return desk.guides.current()
    try:
        return desk.guides.current(asked)
    except KeyError:  # its file is no longer among today's
        with suppress(GuideError):
            return desk.guides.of(asked, max(versions, key=natural))
        return desk.guides.current()
