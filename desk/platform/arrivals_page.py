"""The export of another platform: sent, looked at, tried, kept; and one of its contributions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from bot.curated import Columns, Taken
from bot.errors import ExportError, StorageError
from bot.staff import Act
from desk.platform import arriving, platform_page
from desk.platform.arriving import FIELDS, IN, LONGEST, Tried
from desk.refusals import bad_field, not_found
from desk.shell import Desk
from exports.code_names import CONTRIBUTIONS
from exports.fusion.arriving import Arriving, Reading, contributions
from exports.fusion.looking import Looked, look

LARGEST = 60_000_000  # bytes
PLAIN = re.compile(r"[\w-]{1,40}")  # a number, or nearly: what may be written in the journal


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory = desk.memory

    async def shown(
        request: Request, file: str, looked: Looked, given: Mapping[str, str], status: int = 200,
        problem: str = "", tried: Tried | None = None,
    ) -> Response:  # fmt: skip
        known = {name: given.get(name, "") for name in FIELDS}
        return desk.page(
            request, "arrival.html", status, file=file, looked=looked, given=known, tried=tried,
            problem=problem,
            sheets=[(one, one) for one in looked.sheets] if len(looked.sheets) > 1 else [],
        )  # fmt: skip

    def seen(file: str, given: Mapping[str, str]) -> Looked:
        with memory.arrivals.open(file) as path:
            return look(path, arriving.layout_of(given))

    @router.post("/plateforme/fichiers", name="platform.bring")
    async def bring(request: Request) -> Response:
        sent = (await desk.form(request)).get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            return await platform_page.page(desk, request, 422, "Choisissez un fichier.")
        octets = await sent.read(LARGEST + 1)
        kind = Path(sent.filename).suffix.lower()
        await sent.close()
        if not octets or len(octets) > LARGEST:
            what = "est trop gros. Coupez-le en plusieurs fichiers" if octets else "est vide"
            return await platform_page.page(desk, request, 422, f"Ce fichier {what}.")
        if kind in (".xls", ".ods"):
            wanted = "Enregistrez ce fichier en XLSX ou en CSV, puis recommencez."
            return await platform_page.page(desk, request, 422, wanted)
        workbook = octets.startswith(b"PK\3\4")
        try:
            put = memory.arrivals.put
            file = await desk.aside(put, octets, workbook=workbook, now=desk.now())
            await desk.aside(seen, file, {})
        except (ExportError, StorageError) as error:
            return await platform_page.page(desk, request, 422, _told(error))
        return desk.go("platform.arrival", file=file)

    @router.get("/plateforme/fichiers/{file}", name="platform.arrival")
    async def arrival(request: Request, file: str) -> Response:
        try:
            looked = await desk.aside(seen, file, {})
        except (ExportError, StorageError) as error:
            return await platform_page.page(desk, request, 410, _told(error))
        known = await desk.run(memory.mappings.every, IN)
        return await shown(request, file, looked, arriving.first_guess(looked, known))

    @router.post("/plateforme/fichiers/{file}", name="platform.read")
    async def read(request: Request, file: str) -> Response:
        given = {name: (await desk.field(request, name, LONGEST)).strip() for name in FIELDS}
        action = await desk.field(request, "action", 10)
        if action not in ("relire", "essayer", "garder"):
            raise bad_field("Ce bouton n’existe pas.")
        try:
            looked = await desk.aside(seen, file, given)
        except (ExportError, StorageError) as error:
            return await platform_page.page(desk, request, 422, _told(error))
        if action == "relire":
            return await shown(request, file, looked, given)
        try:
            if strangers := {given[k] for k in _NAMED if given[k]} - set(looked.heads):
                raise ExportError(f"La colonne « {min(strangers)} » n’est pas dans ce fichier.")
            mapping, text = arriving.columns_of(given)
            if action == "essayer":
                tried = await desk.aside(_try, desk, file, mapping)
                return await shown(request, file, looked, given, tried=tried)
            reading, taken = await desk.aside(_keep, desk, file, mapping)
        except (ExportError, StorageError) as error:
            return await shown(request, file, looked, given, 422, _told(error))
        kept = Columns(mapping.source, text, desk.seat(request).account.login, desk.now().date())
        await desk.run(memory.mappings.keep, IN, kept)
        await desk.aside(memory.arrivals.drop, file)
        counts = {"new": taken.new, "changed": taken.changed, "same": taken.same}
        await desk.note(request, Act.IMPORTED, {"source": mapping.source, **counts})
        told = [
            f"C’est gardé : {reading.read} contributions de « {mapping.source} ».",
            f"Nouvelles : {taken.new}. Modifiées : {taken.changed}. Pareilles : {taken.same}.",
        ]
        if taken.absent:
            told.append(f"{taken.absent} ne sont plus dans ce fichier : elles restent ici.")
        return await platform_page.page(desk, request, told=told)

    @router.post("/plateforme/effacer", name="platform.forget")
    async def forget(request: Request) -> Response:
        source = await desk.field(request, "source", 40)
        count = await desk.aside(memory.outsides.forget, source)
        if not count:
            return await platform_page.page(desk, request, 422, "Choisissez une plateforme.")
        await desk.note(request, Act.ERASURE, {"source": source, "contributions": count})
        return await platform_page.page(desk, request, told=[f"Effacées : {count}."])

    @router.get("/plateforme/contribution", name="platform.one")
    async def one(request: Request) -> Response:
        reference = request.query_params.get("reference", "")[:300]
        found = await desk.run(memory.outsides.get, reference)
        if found is None:
            raise not_found()
        about = {"source": found.source}
        if PLAIN.fullmatch(found.id):
            about["reference"] = found.reference
        await desk.note(request, Act.CONTRIBUTION_READ, about)
        said = await desk.aside(memory.pairs.every)
        same = [ours for (ours, theirs), one in said.items() if theirs == reference and one.same]
        return desk.page(request, "outside.html", one=found, kinds=CONTRIBUTIONS, same=same)

    return router


_NAMED = ("identifiant", "texte", "suite", "titre", "sujet", "jour", "colonne_type", "garder")


def _try(desk: Desk, file: str, mapping: Arriving) -> Tried:
    with desk.memory.arrivals.open(file) as path:
        return arriving.read(path, mapping, desk.memory.outsides)


def _keep(desk: Desk, file: str, mapping: Arriving) -> tuple[Reading, Taken]:
    reading = Reading()
    with desk.memory.arrivals.open(file) as path:
        read = arriving.gently(contributions(path, mapping, reading))
        return reading, desk.memory.outsides.take(mapping.source, read, desk.now().date())


def _told(error: Exception) -> str:
    """Why, without the name under which the file is kept here."""
    told = str(error)
    for kind in ("csv", "xlsx"):
        told = told.replace(f"« export.{kind} »", "Ce fichier")
    return told
