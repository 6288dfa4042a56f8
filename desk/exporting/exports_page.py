"""Exports: who for, which ones, what will leave; then a file, and who took it away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bot.curated import Decision, Order, Stage
from bot.errors import ExportError
from bot.staff import Act, Line
from desk.exporting import preview
from desk.exporting.words import FOR_WHOM, PROFILES, REASONS, STAGES
from desk.moments import at_paris
from desk.platform import sheets
from desk.refusals import Refused, bad_field, not_found
from desk.shell import Desk
from exports.code_names import CONTRIBUTIONS, LANGUAGES
from exports.confidentiality import K, Profile
from exports.fusion.sheet import laid_out
from exports.leaving.filters import FRENCH, POSSIBLE, Filters
from exports.packages_list import PACKAGES, chosen
from exports.reading_note import COLUMNS
from exports.tables.contribution_table import DECISIONS

LISTED = 100
LONGEST = 100  # letters of a filter


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory, room = desk.memory, desk.workroom

    def told(order: Order, earlier: Order | None = None) -> dict[str, Any]:
        """An order as pages show it."""
        titles = {package.name: package.title for package in PACKAGES}
        return {
            "id": order.id,
            "profile": PROFILES[Profile(order.profile)][0].partition(" : ")[0],
            "formats": [titles.get(name, name) for name in order.formats],
            "sheet": order.sheet,
            "filters": [f"{FRENCH[name]} : {value}" for name, value in order.filters.items()],
            "who": order.asked_by,
            "asked": at_paris(order.asked),
            "finished": at_paris(order.finished) if order.finished else "",
            "stage": STAGES[order.stage],
            "is": order.stage.value,
            "moving": order.stage.under_way,
            "written": order.written,
            "expected": order.expected,
            "percent": min(99, 100 * order.written // order.expected) if order.expected else None,
            "problem": order.problem,
            "file": order.file,
            "sha256": order.sha256,
            "snapshot": order.snapshot,
            "twin": at_paris(earlier.finished) if earlier and earlier.finished else "",
            "same": earlier.sha256 == order.sha256 if earlier else None,
        }

    async def order_of(id: str) -> Order:
        found = await desk.run(memory.packages.get, id)
        if found is None:
            raise not_found()
        return found

    def good(order: Order) -> bool:
        """Drops the file that may no longer be taken away."""
        if order.file is None:
            return False
        if room.may_leave(order):
            return room.is_here(order)
        preview.clear(room.folder / order.file)
        memory.packages.drop_file(order.id)
        return False

    def looked(order: Order) -> preview.Seen | None:
        """Forgets what would leave as soon as something of it is withdrawn."""
        if not room.nothing_left(order):
            preview.clear(room.seen_file(order))
        return preview.kept(room.seen_file(order), room.closed)

    @router.get("/exports", name="exports")
    async def every(request: Request) -> Response:
        orders = await desk.aside(memory.packages.every, LISTED)
        snapshots = await desk.aside(memory.snapshots.every)
        left = await desk.aside(memory.snapshots.left)
        return desk.page(
            request, "exports.html", profiles=PROFILES, orders=[told(one) for one in orders],
            snapshots=[(one.id, at_paris(one.taken), one.taken_by, one.participations,
                        one.participations - left.get(one.id, 0)) for one in reversed(snapshots)],
            days=room.keep.days,
        )  # fmt: skip

    async def published_from(line: Line) -> tuple[str, str]:
        """The day of an earlier publication, and its snapshot while it is there."""
        known = {one.id for one in await desk.aside(memory.snapshots.every)}
        snapshot = str(line.about.get("snapshot", ""))
        day = date.fromisoformat(line.at[:10])
        return f"{day:%d/%m/%Y}", snapshot if snapshot in known else ""

    async def prepare(
        request: Request, profile: Profile, status: int = 200, problem: str = "",
        given: Mapping[str, str] | None = None, formats: tuple[str, ...] = (),
    ) -> Response:  # fmt: skip
        snapshots = await desk.aside(memory.snapshots.every)
        guides = sorted({name for name, _ in await desk.aside(memory.overview.guides)})
        return desk.page(
            request, "export_new.html", status, profile=profile, said=PROFILES[profile],
            formats=[(p.name, p.title, FOR_WHOM.get(p.name, ""), p.name in formats)
                     for p in PACKAGES if profile in p.profiles],
            sheets=await desk.run(sheets.offered, desk, profile),
            possible=POSSIBLE[profile], choices=_choices(desk, guides), french=FRENCH,
            snapshots=[(one.id, at_paris(one.taken), one.participations)
                       for one in reversed(snapshots)],
            problem=problem, given=given or {},
        )  # fmt: skip

    @router.get("/exports/nouveau", name="exports.new")
    async def new(request: Request) -> Response:
        profile = _profile(request.query_params.get("profil", ""))
        asked = request.query_params
        given = {"snapshot": asked.get("instantane", "")[:32],
                 sheets.FIELD: asked.get("feuille", "")[:40]}  # fmt: skip
        formats = ("fusion",) if given[sheets.FIELD] else ()
        return await prepare(request, profile, given=given, formats=formats)

    @router.post("/exports", name="exports.ask")
    async def ask(request: Request) -> Response:
        profile = _profile(await desk.field(request, "profile", 20))
        sent = await desk.form(request)
        formats = tuple(str(one) for one in sent.getlist("format"))[:50]
        given = {name: (await desk.field(request, name, LONGEST)).strip()
                 for name in (*FRENCH, "snapshot", sheets.FIELD)}  # fmt: skip
        filled = {str(name): str(value).strip() for name, value in sent.items()
                  if str(name).startswith(sheets.FILLED)}  # fmt: skip
        given.update(filled)
        try:
            filters = Filters.read({n: v for n, v in given.items() if v and n in FRENCH})
            filters.check(profile)
            sheet = await desk.run(sheets.asked, desk, given[sheets.FIELD], filled, formats)
            packages = laid_out(chosen(formats), sheet)
            if not packages:
                raise ExportError("Choisissez au moins un format.")
            for package in packages:
                if profile not in package.profiles:
                    raise ExportError(f"Le format « {package.title} » n’existe pas pour ce profil.")
        except ExportError as error:
            return await prepare(request, profile, 422, str(error), given, formats)
        known = {one.id for one in await desk.aside(memory.snapshots.every)}
        if given["snapshot"] and given["snapshot"] not in known:
            raise bad_field("Cet instantané n’est plus là.")
        order = await desk.run(
            memory.packages.ask, desk.seat(request).account.login, profile.value,
            [package.name for package in packages], filters.chosen, desk.now(),
            snapshot=given["snapshot"] or None, sheet=sheet,
        )  # fmt: skip
        room.wake()
        return desk.go("exports.one", id=order.id)

    @router.get("/exports/{id}", name="exports.one")
    async def one(request: Request, id: str) -> Response:
        order = await order_of(id)
        kept = await desk.aside(good, order)
        if order.file and not kept:
            order = await order_of(id)  # withdrawn since, or on another server
        seen, earlier, published = None, None, None
        if order.stage is Stage.SEEN:
            seen = await desk.aside(looked, order)
            await desk.note_read(request, seen.shown if seen else (), package=order.id)
            if order.profile == Profile.PUBLIC and order.snapshot:
                published = await desk.run(memory.journal.published, unlike=order.snapshot)
        if order.stage is Stage.DONE:
            every = await desk.aside(memory.packages.every)
            twins = (one for one in every if one.same_as(order) and one.stage is Stage.DONE)
            earlier = next(
                (one for one in twins if one.id != order.id and one.asked <= order.asked), None
            )
        return desk.page(
            request, "export_one.html", order=told(order, earlier), kept=kept, seen=seen,
            reasons=REASONS, columns=COLUMNS, few=K, days=room.keep.days,
            published=await published_from(published) if published else None,
        )  # fmt: skip

    @router.post("/exports/{id}/faire", name="exports.make")
    async def make(request: Request, id: str) -> Response:
        order = await order_of(id)
        if order.stage is Stage.SEEN:
            await desk.note(request, Act.EXPORT_ASKED, _about(order))  # before anything is made
            await desk.run(memory.packages.confirm, id)
            room.wake()
        return desk.go("exports.one", id=order.id)

    @router.post("/exports/{id}/refaire", name="exports.again")
    async def again(request: Request, id: str) -> Response:
        order = await order_of(id)
        made = order.stage is Stage.DONE
        new = await desk.run(
            memory.packages.ask, desk.seat(request).account.login, order.profile, order.formats,
            order.filters, desk.now(), snapshot=order.snapshot,
            stage=Stage.WAITING if made else Stage.LOOKING, sheet=order.sheet,
        )  # fmt: skip
        if made:
            await desk.note(request, Act.EXPORT_ASKED, _about(new))
        room.wake()
        return desk.go("exports.one", id=new.id)

    @router.get("/exports/{id}/fichier", name="exports.take")
    async def take(request: Request, id: str) -> Response:
        order = await order_of(id)
        if not await desk.aside(good, order) or order.file is None:
            raise Refused(
                410, "Ce fichier n’est plus là",
                "Il était trop ancien, ou sur un autre serveur, ou quelque chose en a été retiré "
                "depuis : une personne a effacé ou changé ses réponses, ou l’équipe a masqué un "
                "texte.",
                "Ouvrez l’export, puis « Refaire le même export ».",
            )  # fmt: skip
        await desk.note(request, Act.EXPORT_TAKEN, {"sha256": order.sha256 or "", **_about(order)})
        file = room.folder / order.file
        headers = {
            "Content-Disposition": f'attachment; filename="{order.file}"',
            "Content-Length": str(await desk.aside(room.closed.size, file)),
        }
        return StreamingResponse(room.closed.opened(file), 200, headers, "application/zip")

    return router


def _about(order: Order) -> dict[str, str | int]:
    about = {"package": order.id, "profile": order.profile, "formats": " ".join(order.formats)}
    about |= {"sheet": order.sheet.name} if order.sheet else {}
    return {**about, **({"snapshot": order.snapshot} if order.snapshot else {})}


def _profile(written: str) -> Profile:
    try:
        return Profile(written)
    except ValueError:
        raise bad_field("Choisissez d’abord pour qui est l’export.") from None


def _choices(desk: Desk, guides: list[str]) -> dict[str, list[tuple[str, str]]]:
    """What a list offers for each filter; the others are typed."""
    guide = desk.guides.current()
    topics = {
        option.value: option.label
        for section in guide.sections
        for made in section.contributions
        if made.topic
        for option in guide.steps[made.topic].options
    }
    return {
        "guide": [(name, name) for name in guides],
        "kind": list(CONTRIBUTIONS.items()),
        "topic": list(topics.items()),
        "decision": [(one.value, DECISIONS[one.value]) for one in Decision],
        "language": list(LANGUAGES.items()),
    }
