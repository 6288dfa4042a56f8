"""Is the service well? `/healthz` as soon as the process listens, `/readyz` when it can serve."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from bot.errors import DatabaseUnfit, StorageError
from bot.ports import Threads

PATIENCE = 2.0  # seconds given to the database to answer
LATE = 120.0  # seconds after which a reply still waiting is a fault


def routes(
    threads: Threads,
    oldest_waiting: Callable[[], float],
    understanding: Callable[[], str],
    short: Callable[[], bool] = lambda: False,
) -> APIRouter:
    """`oldest_waiting` reads the database: it shows at once whether it answers. `short`: too little
    room on the disk for a new conversation."""
    router = APIRouter(tags=["service"])

    @router.get("/healthz", summary="Le programme répond-il ?")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz", summary="Le service est-il prêt ?", responses={503: {}})
    async def readyz() -> JSONResponse:
        found: dict[str, Any] = {"understanding": understanding()}
        try:
            age = await asyncio.wait_for(threads.run(oldest_waiting), PATIENCE)
        except DatabaseUnfit:  # its key was changed: to be started again
            return JSONResponse({"status": "unready", "database": "unfit", **found}, 503)
        except (StorageError, TimeoutError):
            return JSONResponse({"status": "unready", "database": "away", **found}, 503)
        found |= {"database": "ok", "outbox_oldest_seconds": round(age, 1)}
        if short():
            return JSONResponse({"status": "no_room", **found}, 503)
        late = age > LATE
        return JSONResponse({"status": "late" if late else "ready", **found}, 503 if late else 200)

    return router
