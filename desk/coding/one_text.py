"""One contribution to code: its text, its passages, the themes to give, the next one."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.curated import Coding, Reading
from bot.errors import CodebookError
from bot.staff import Act
from desk.coding.codebook import shown
from desk.coding.passages import code_points, pieces
from desk.refusals import bad_field, not_found
from desk.shell import Desk
from exports.canonical import canonical
from exports.coding.texts import team_records
from exports.leaving.anchoring import anchored
from exports.records import Record
from exports.refi.characters import plain

COLOURS_OF_CODERS = 6


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory = desk.memory

    async def page(request: Request, reference: str, problem: str = "") -> Response:
        record = await desk.run(_record, desk, reference)
        me = desk.seat(request).account.login
        codes = shown(await desk.run(memory.codebook.codes), {})
        named = {one.code.id: one.code for one in codes}
        stored = [
            (id, coding) for id, coding in await desk.run(_now, desk, record)
            if coding.code in named
        ]  # fmt: skip
        coders = sorted({coding.coder for _, coding in stored} - {me})
        wanted = set(request.query_params.getlist("de")) & set(coders)
        visible = [(id, one) for id, one in stored if one.coder == me or one.coder in wanted]
        before, after = await desk.run(memory.present.beside, reference)
        readers = await desk.run(memory.judgements.readers, reference)
        text = plain(record.text or "")[0]
        await desk.note(request, Act.CONTRIBUTION_READ, {"reference": reference})
        return desk.page(
            request,
            "coding_text.html",
            422 if problem else 200,
            reference=reference,
            title=plain(record.title or "")[0],
            text=text,
            pieces=list(pieces(text, [one for _, one in visible])),
            passages=visible,
            mine=[place for place, (_, one) in enumerate(visible) if one.coder == me],
            codes=codes,
            named=named,
            me=me,
            coders=[(coder, coder in wanted, place % COLOURS_OF_CODERS)
                    for place, coder in enumerate(coders)],
            places={coder: place % COLOURS_OF_CODERS for place, coder in enumerate(coders)},
            before=before,
            after=after,
            last=max((one for one in stored if _undoable(one[1], me)), default=None, key=_id),
            nothing=me in readers,
            readers=[one for one in readers if one != me],
            done=await desk.aside(memory.judgements.judged, me),
            total=await desk.aside(memory.present.codable),
            problem=problem,
        )  # fmt: skip

    @router.get("/codage/suivante", name="coding.next")
    async def following(request: Request) -> Response:
        me, after = desk.seat(request).account.login, request.query_params.get("apres")
        try:
            reference = await desk.run(memory.present.to_code, me, after)
        except CodebookError:
            raise not_found() from None
        if reference is None:
            return desk.go("coding")
        return desk.go("coding.text", reference=reference)

    @router.get("/codage/texte/{reference}", name="coding.text")
    async def text(request: Request, reference: str) -> Response:
        return await page(request, reference)

    @router.post("/codage/texte/{reference}", name="coding.mark")
    async def mark(request: Request, reference: str) -> Response:
        record = await desk.run(_record, desk, reference)
        words, seat = record.text or "", desk.seat(request)
        code = await desk.field(request, "code", 32)
        try:
            units = [int(await desk.field(request, name, 9)) for name in ("start", "end")]
            start, end = (code_points(plain(words)[0], one) for one in units)
        except ValueError:
            return await page(request, reference, "Sélectionnez d’abord un passage du texte.")
        passage = Coding(
            code, start, end, seat.account.login, desk.now().date(), words=words[start:end]
        )
        try:
            await desk.run(_keep, desk, record, passage)
        except CodebookError as error:
            return await page(request, reference, str(error))
        await desk.note(request, Act.CODED, {"reference": reference, "code": code})
        return _back(desk, request, reference)

    @router.post("/codage/lue/{reference}", name="coding.read")
    async def read(request: Request, reference: str) -> Response:
        await desk.run(_record, desk, reference)
        me, judged = desk.seat(request).account.login, memory.judgements
        if await desk.field(request, "undo", 3):
            await desk.run(judged.unread, reference, me)
        else:
            try:
                reading = Reading(me, desk.now().date())
                await desk.run(judged.read, reference, reading)
            except CodebookError as error:
                return await page(request, reference, str(error))
        await desk.note(request, Act.CODED, {"reference": reference})
        return _back(desk, request, reference)

    @router.post("/codage/texte/{reference}/{id}", name="coding.unmark")
    async def unmark(request: Request, reference: str, id: str) -> Response:
        me = desk.seat(request).account.login
        try:
            await desk.run(memory.codings.remove, reference, _number(id), me)
        except CodebookError:
            raise not_found() from None
        await desk.note(request, Act.CODED, {"reference": reference})
        return _back(desk, request, reference)

    @router.post("/codage/texte/{reference}/{id}/note", name="coding.note")
    async def annotate(request: Request, reference: str, id: str) -> Response:
        me, note = desk.seat(request).account.login, await desk.field(request, "note", 20_000)
        try:
            there = await desk.run(
                memory.codings.annotate, reference, _number(id), canonical(note).strip(), me
            )
        except CodebookError as error:
            return await page(request, reference, str(error))
        if not there:
            raise not_found()
        await desk.note(request, Act.CODED, {"reference": reference})
        return _back(desk, request, reference)

    return router


def _number(id: str) -> int:
    if not (id.isascii() and id.isdigit() and len(id) < 10):
        raise bad_field("Ce passage n’existe pas.")
    return int(id)


def _undoable(coding: Coding, me: str) -> bool:
    return coding.coder == me and coding.origin == "human" and not coding.redo


def _id(stored: tuple[int, Coding]) -> int:
    return stored[0]


def _record(desk: Desk, reference: str) -> Record:
    """Raises Refused when it is not there, or when nothing of it may be read."""
    try:
        one = desk.memory.present.one(reference)
    except CodebookError:
        raise not_found() from None
    records = team_records([one] if one else [], desk.guides.of)
    found = next((record for record in records if record.reference == reference), None)
    if found is None:
        raise not_found()
    return found


def _now(desk: Desk, record: Record) -> list[tuple[int, Coding]]:
    """The codings where their words are in the text of now."""
    found = []
    for id, coding in desk.memory.codings.of(record.reference):
        there, gone = anchored(record.text, [coding])
        found.append((id, (*there, *gone)[0]))
    return found


def _keep(desk: Desk, record: Record, passage: Coding) -> None:
    """Keep a passage; those that a change of the text moved are put right at the same time."""
    stored, now = desk.memory.codings.of(record.reference), _now(desk, record)
    if [coding for _, coding in stored] != [coding for _, coding in now]:
        desk.memory.codings.settle(record.reference, now)
    desk.memory.codings.add(record.reference, [passage])


def _back(desk: Desk, request: Request, reference: str) -> Response:
    """To the same text, the same coders shown."""
    asked = f"?{request.url.query}" if request.url.query else ""
    to = desk.address("coding.text", reference=reference)
    return RedirectResponse(f"{to}{asked}#texte", 303)
