"""The codebook: themes made, changed and imported; who coded what; how far coders agree."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import ascii_lowercase

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.curated import Code
from bot.errors import CodebookError
from bot.staff import Act
from desk.refusals import bad_field, not_found
from desk.shell import Desk
from exports.coding.codebook_csv import sheet
from exports.coding.texts import team_records
from exports.records import Record
from exports.refi.bringing_in import bring_in
from exports.refi.codebook import write_codebook
from exports.refi.tally import Tally
from exports.refi.told import lines

NAME, DEFINITION = 500, 20_000  # longer is no form of ours; the codebook says its own limits
TYPES = {"qdc": "application/xml", "csv": "text/csv; charset=utf-8"}
EACH, BREATH = 200, 0.005  # so many texts, then seconds left to others
ACTIONS = ("save", "up", "down", "place", "merge", "delete")


@dataclass(frozen=True, slots=True)
class Shown:
    """A code as pages show it."""

    code: Code
    level: int
    letter: str  # the key that gives it; "" after z
    codings: int = 0
    contributions: int = 0


@dataclass(frozen=True, slots=True)
class Confirm:
    """What is asked twice before it is done."""

    code: str
    action: str
    yes: str
    to: str = ""


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
        judged = await desk.aside(memory.judgements.progress)
        known = {
            "codes": shown(codes, used), "total": await desk.aside(memory.present.codable),
            "coders": list(judged.items()),
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

    @router.get("/codage/themes.{kind}", name="coding.book")
    async def book(request: Request, kind: str) -> Response:  # noqa: ARG001
        codes = await desk.run(memory.codebook.codes)
        if kind not in TYPES or not codes:
            raise not_found()
        name = {"Content-Disposition": f'attachment; filename="themes.{kind}"'}
        return Response(_book(codes, kind), media_type=TYPES[kind], headers=name)

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
        if action == "merge" and not confirmed:
            return await joining(request, id, to)
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
            confirm = None
            if action == "delete" and "Confirmez" in str(error):
                confirm = Confirm(id, "delete", "Oui, supprimer ce thème partout")
            return await page(request, 422, problem=str(error), confirm=confirm)
        await desk.note(request, Act.CODEBOOK_CHANGED, {"code": id[:32]})
        gone = {"merge": to, "delete": ""}.get(action, id)
        return RedirectResponse(f"{desk.address('coding')}#theme-{gone}", 303)

    async def joining(request: Request, id: str, to: str) -> Response:
        """Joining is for good: what it does is said first."""
        names = {code.id: code.name for code in await desk.run(memory.codebook.codes)}
        if id not in names or to not in names:
            return await page(request, 422, problem="Choisissez l’autre thème dans la liste.")
        count = (await desk.run(memory.codebook.used)).get(id, (0, 0))[0]
        problem = (
            f"Joindre « {names[id]} » à « {names[to]} » : "
            f"{count} passage{'s' if count > 1 else ''} et les sous-thèmes passent à "
            f"« {names[to]} ». « {names[id]} » disparaît. On ne peut pas revenir en arrière."
        )
        confirm = Confirm(id, "merge", "Oui, joindre", to)
        return await page(request, 422, problem=problem, confirm=confirm)

    @router.post("/codage/import", name="coding.import")
    async def bring(request: Request) -> Response:
        sent = (await desk.form(request)).get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            return await page(request, 422, problem="Choisissez un fichier .qdpx, .qdc ou .csv.")
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
    records = _unhurried(team_records(memory.present.curated(), desk.guides.of))
    codes, today = memory.codebook.codes(), desk.now().date()
    return bring_in(
        path, records, codes, memory.codebook.take, memory.codings.add, memory.judgements.read,
        today,
    )  # fmt: skip


def _book(codes: Sequence[Code], kind: str) -> bytes:
    if kind == "csv":
        return sheet(codes)
    out = io.BytesIO()
    write_codebook(out, codes)
    return out.getvalue()


def _unhurried(records: Iterable[Record]) -> Iterator[Record]:
    """The same, leaving time to those who answer."""
    for n, one in enumerate(records):
        if n % EACH == 0:
            time.sleep(BREATH)
        yield one
