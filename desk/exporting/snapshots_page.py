"""The snapshots: who took which, what is left of each, and deleting one."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.curated import Stage
from bot.staff import Act
from desk.moments import at_paris
from desk.refusals import Refused, not_found
from desk.shell import Desk


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory = desk.memory

    @router.get("/instantanes", name="snapshots")
    async def every(request: Request) -> Response:
        taken = await desk.aside(memory.snapshots.every)
        left = await desk.aside(memory.snapshots.left)
        orders = await desk.run(memory.packages.every)
        made = Counter(one.snapshot for one in orders if one.stage is Stage.DONE)
        return desk.page(
            request, "snapshots.html",
            snapshots=[(one.id, at_paris(one.taken), one.taken_by, one.participations,
                        one.participations - left.get(one.id, 0), made[one.id])
                       for one in reversed(taken)],
        )  # fmt: skip

    @router.post("/instantanes/{id}/supprimer", name="snapshots.delete")
    async def delete(request: Request, id: str) -> Response:
        if id not in {one.id for one in await desk.aside(memory.snapshots.every)}:
            raise not_found()
        its = [one for one in await desk.run(memory.packages.every) if one.snapshot == id]
        if any(one.stage.under_way for one in its):
            raise Refused(
                409, "Un export se fait avec cet instantané", "Rien n’a été supprimé.",
                "Attendez la fin de l’export, puis recommencez.",
            )  # fmt: skip
        made = sum(one.stage is Stage.DONE for one in its)
        await desk.note(request, Act.SNAPSHOT_DELETED, {"snapshot": id, "exports": made})
        await desk.aside(memory.snapshots.delete, id)
        await desk.aside(desk.workroom.tidy)
        return desk.go("snapshots")

    return router
