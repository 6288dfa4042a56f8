"""What came from another platform, taken away as a file: a workbook, or an object per line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.staff import Act
from desk.exporting.workroom import private
from desk.platform.arriving import gently
from desk.refusals import bad_field
from desk.shell import Desk
from exports.fusion.received import json_lines, sha256_of, workbook

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl",
}
PIECE = 1 << 18


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()

    @router.get("/plateforme/recu/{kind}", name="platform.received")
    async def received(request: Request, kind: str) -> Response:
        if kind not in KINDS:
            raise bad_field("Ce format n’existe pas.")
        file, count, sha256 = await desk.aside(_made, desk, kind)
        about: dict[str, str | int] = {"format": f"plateforme-{kind}", "contributions": count}
        await desk.note(request, Act.EXPORT_TAKEN, {**about, "sha256": sha256})
        name = f"plateforme-{desk.now():%Y-%m-%d}.{kind}"
        return StreamingResponse(
            _pieces(file), media_type=KINDS[kind], background=BackgroundTask(file.close),
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip

    return router


def _made(desk: Desk, kind: str) -> tuple[IO[bytes], int, str]:
    """A file without a name, that goes when it is closed; how many are in it; its SHA-256."""
    memory, folder = desk.memory, str(private(desk.workroom.folder))
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed once it is sent
    theirs, said = gently(memory.outsides.every()), memory.pairs.every()
    try:
        if kind == "xlsx":
            count = workbook(file, folder, theirs, said)
        else:
            count = json_lines(file, theirs, said)
        return file, count, sha256_of(file)
    except BaseException:
        file.close()
        raise


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
