"""The codebook: themes made, changed and imported; who coded what; how far coders agree."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import ascii_lowercase

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from bot.curated import Code
from bot.errors import CodebookError
from bot.staff import Act
from desk.refusals import bad_field
from desk.shell import Desk
from exports.agreement import Agreement, agreement
from exports.coding_texts import team_records
from exports.refi_import import Tally, bring_in, lines

NAME, DEFINITION = 500, 20_000  # longer is no form of ours; the codebook says its own limits
ACTIONS = ("save", "up", "down", "place", "merge", "delete")


@dataclass(frozen=True, slots=True)
class Shown:
    """A code as pages show it."""

    code: Code
    level: int
    letter: str  # the key that gives it; "" after z
    codings: int = 0
    contributions: int = 0


def shown(codes: Sequence[Code], used: Mapping[str, tuple[int, int]]) -> list[Shown]:
    """The codes in order, how deep each is, and its key."""
    levels: dict[str | None, int] = {None: -1}
    found = []
    for code, letter in zip(codes, [*ascii_lowercase, *[""] * len(codes)], strict=False):
        levels[code.id] = min(levels.get(code.parent, -1) + 1, 5)
        found.append(Shown(code, levels[code.id], letter, *used.get(code.id, (0, 0))))
    return found


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory = desk.memory

    async def page(request: Request, status: int = 200, **more: object) -> Response:
        codes = await desk.run(memory.codebook.codes)
        used = await desk.aside(memory.codebook.used)
        given = await desk.aside(memory.codings.given)
        known = {
            "codes": shown(codes, used), "total": await desk.aside(memory.present.codable),
            "coders": [(coder, len(given[coder])) for coder in given],
            "problem": "", "told": (), "confirm": None,
            "asked": {"name": "", "definition": "", "parent": ""},
        }  # fmt: skip
        return desk.page(request, "coding.html", status, **{**known, **more})

    @router.get("/codage", name="coding")
    async def coding(request: Request) -> Response:
        return await page(request)

    @router.get("/codage/couleurs.css", name="coding.colours")
    async def colours(request: Request) -> Response:  # noqa: ARG001
        codes = await desk.run(memory.codebook.codes)
        rules = "".join(f".c-{code.id}{{--c:{code.colour}}}\n" for code in codes)
        return Response(rules, media_type="text/css")

    @router.get("/codage/accord", name="coding.agreement")
    async def agreeing(request: Request) -> Response:
        codes = await desk.run(memory.codebook.codes)
        given = await desk.aside(memory.codings.given)
        found: Agreement = await desk.aside(agreement, given, [code.id for code in codes])
        names = {code.id: code.name for code in codes}
        return desk.page(request, "coding_agreement.html", agreement=found, names=names)

    @router.post("/codage/themes", name="coding.add")
    async def add(request: Request) -> Response:
        asked = {
            "name": await desk.field(request, "name", NAME),
            "definition": await desk.field(request, "definition", DEFINITION),
            "parent": await desk.field(request, "parent", 32),
        }
        try:
            code = await desk.run(
                memory.codebook.add, asked["name"], asked["definition"], None,
                asked["parent"] or None,
            )  # fmt: skip
        except CodebookError as error:
            return await page(request, 422, problem=str(error), asked=asked)
        await desk.note(request, Act.CODEBOOK_CHANGED, {"code": code.id})
        return desk.go("coding")

    @router.post("/codage/themes/{id}", name="coding.change")
    async def change(request: Request, id: str) -> Response:
        action = await desk.field(request, "action", 10)
        if action not in ACTIONS:
            raise bad_field("Ce bouton n’existe pas.")
        to = await desk.field(request, "to", 32)
        confirmed = bool(await desk.field(request, "confirmed", 5))
        book = memory.codebook
        try:
            match action:
                case "save":
                    name = await desk.field(request, "name", NAME)
                    definition = await desk.field(request, "definition", DEFINITION)
                    colour = await desk.field(request, "colour", 20)
                    said = partial(book.change, id, name=name, definition=definition)
                    await desk.run(partial(said, colour=colour))
                case "up" | "down":
                    await desk.run(book.shift, id, -1 if action == "up" else 1)
                case "place":
                    await desk.run(book.place, id, to or None)
                case "merge":
                    await desk.run(book.merge, id, to)
                case "delete":
                    await desk.run(partial(book.remove, id, confirmed=confirmed))
        except CodebookError as error:
            confirm = id if action == "delete" and "Confirmez" in str(error) else None
            return await page(request, 422, problem=str(error), confirm=confirm)
        await desk.note(request, Act.CODEBOOK_CHANGED, {"code": id[:32]})
        return desk.go("coding")

    @router.post("/codage/import", name="coding.import")
    async def bring(request: Request) -> Response:
        sent = (await desk.form(request)).get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            return await page(request, 422, problem="Choisissez un fichier .qdpx ou .qdc.")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "projet"
            with path.open("wb") as file:
                while octets := await sent.read(2**20):
                    file.write(octets)
            await sent.close()
            try:
                tally = await desk.aside(_bring, desk, path)
            except CodebookError as error:
                return await page(request, 422, problem=str(error))
        await desk.note(request, Act.IMPORTED, {"contributions": len(tally.places)})
        return await page(request, told=list(lines(tally)))

    return router


def _bring(desk: Desk, path: Path) -> Tally:
    memory = desk.memory
    records = team_records(memory.present.curated(), desk.guides.of)
    codes, today = memory.codebook.codes(), desk.now().date()
    return bring_in(path, records, codes, memory.codebook.take, memory.codings.add, today)
