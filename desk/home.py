"""The first page: what awaits this person, and where the consultation is. And the help."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.guide import Guide
from bot.staff import GUARDED, Act, Seat
from desk import roles
from desk.awaiting import Facts, Task, of_mine, tasks
from desk.moments import PARIS
from desk.overview.counting import Tallies
from desk.overview.tables import key_figures, missed
from desk.shell import Desk

WAIT = 0.5  # seconds that the page waits, the first time, for the search to be filled
RECENT = 100  # exports, and downloads of this person, looked at


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory = desk.memory

    def contributions(seat: Seat, since: date | None, facts: Facts) -> Facts:
        """With what the search counts. Nothing of it reads a text."""
        indexing = memory.indexing
        if not indexing.wait(WAIT):
            return facts
        indexing.refresh()
        alike = None
        if roles.may(seat, "groups"):
            memory.alike.look()
            alike = memory.alike.count()
        standing = indexing.search.counts(since or desk.now().date())
        return replace(facts, standing=standing, since=since, alike=alike)

    def before(login: str) -> date | None:
        """The day this person came before today's visit."""
        found = memory.journal.lines(who=login, what=Act.SIGN_IN.value, limit=2)
        if len(found) < 2:
            return None
        return datetime.fromisoformat(found[1].at).astimezone(PARIS).date()

    def left_to_code(login: str) -> int | None:
        if not memory.codebook.codes():
            return None
        return max(0, memory.present.codable() - memory.judgements.judged(login))

    def exported(login: str) -> Facts:
        lines = memory.journal.lines(who=login, what=Act.EXPORT_TAKEN.value, limit=RECENT)
        taken = frozenset(str(line.about.get("package", "")) for line in lines)
        return Facts(orders=of_mine(memory.packages.every(RECENT), login, taken))

    async def gathered(seat: Seat, tallies: Tallies | None, guide: Guide) -> Facts:
        login, facts = seat.account.login, Facts()
        if roles.may(seat, "exports"):
            facts = await desk.aside(exported, login)
        if roles.may(seat, "coding.mark"):
            facts = replace(facts, to_code=await desk.aside(left_to_code, login))
        if not roles.may(seat, "contributions"):
            return facts
        if tallies:
            hoped = await desk.aside(memory.overview.targets, guide.guide)
            facts = replace(facts, missed=missed(tallies, guide, hoped))
        since = await desk.aside(before, login)
        return await asyncio.to_thread(contributions, seat, since, facts)

    def to(task: Task) -> str:
        path = {"id": task.export} if task.export else {}
        return desk.address(task.route, **path) + task.query

    @router.get("/", name="home")
    async def home(request: Request) -> Response:
        seat, guide = desk.seat(request), desk.guides.current()
        memory.indexing.start()  # filled before somebody looks for something
        tallies = None
        if roles.may(seat, "overview"):
            desk.following.visited()
            counted = desk.following.figures
            tallies = counted.tallies.get(guide.guide) if counted else None
        facts = await gathered(seat, tallies, guide)
        nobody = facts.standing is not None and not facts.standing.every
        return desk.page(
            request,
            "home.html",
            shut=bool(seat.account.roles & GUARDED) and not seat.second_factor,
            figures=key_figures(tallies) if tallies else [],
            tasks=[(one, to(one)) for one in tasks(facts, lambda route: roles.may(seat, route))],
            empty_desk=nobody and not (tallies and tallies.begun),
            progress=memory.indexing.progress,
        )

    @router.get("/aide", name="help")
    async def help(request: Request) -> Response:
        return desk.page(request, "help.html")

    return router
