"""One sheet of columns: what it does, taken away to be changed, given back."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from bot.curated import Columns
from bot.errors import ExportError
from bot.staff import Act
from desk.platform import platform_page, sheets
from desk.platform.sheets import OUT, Listed
from desk.refusals import not_found
from desk.shell import Desk
from exports.fusion.mapping_file import LARGEST
from exports.fusion.mapping_table import table_of
from exports.fusion.preview import of_column


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    mappings = desk.memory.mappings

    async def found(name: str) -> Listed:
        one = await desk.run(sheets.one, desk, name)
        if one is None:
            raise not_found()
        return one

    @router.post("/plateforme/feuilles", name="platform.keep")
    async def keep(request: Request) -> Response:
        sent = (await desk.form(request)).get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            return await platform_page.page(desk, request, 422, "Choisissez un fichier.")
        name = await desk.field(request, "name", 40)
        octets = await sent.read(LARGEST + 1)
        await sent.close()
        try:
            name, text, _ = await desk.run(sheets.brought, octets, sent.filename, name)
        except ExportError as error:
            return await platform_page.page(desk, request, 422, str(error))
        login = desk.seat(request).account.login
        kept = Columns(name, text, login, desk.now().date())
        new = await desk.run(mappings.keep, OUT, kept)
        await desk.note(request, Act.MAPPING_CHANGED, {"sheet": name, "new": int(new)})
        return desk.go("platform.sheet", sheet=name)

    @router.get("/plateforme/feuilles/{sheet}", name="platform.sheet")
    async def one(request: Request, sheet: str) -> Response:
        its = await found(sheet)
        columns = []
        if its.mapping:
            profile = its.mapping.profiles[0]
            columns = [(c.name, of_column(c, profile)) for c in its.mapping.columns]
        return desk.page(request, "sheet.html", sheet=its, columns=columns)

    @router.get("/plateforme/feuilles/{sheet}/fichier", name="platform.take")
    async def take(request: Request, sheet: str) -> Response:
        its = await found(sheet)
        if request.query_params.get("forme") == "tableau" and its.mapping:
            return _file(table_of(its.mapping), f"{sheet}.csv", "text/csv")
        return _file(its.columns.text.encode(), f"{sheet}.yml", "application/yaml")

    @router.post("/plateforme/feuilles/{sheet}/supprimer", name="platform.remove")
    async def remove(request: Request, sheet: str) -> Response:
        if not await desk.run(mappings.remove, OUT, sheet):
            raise not_found()
        await desk.note(request, Act.MAPPING_CHANGED, {"sheet": sheet, "removed": 1})
        return desk.go("platform")

    return router


def _file(octets: bytes, name: str, kind: str) -> Response:
    return Response(
        octets, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
