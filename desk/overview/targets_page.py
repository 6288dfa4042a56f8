"""How many persons are hoped for, answer by answer: by hand, or from a small CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import islice

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from bot.guide import Department, Guide
from bot.staff import Act
from desk.overview.overview_page import chosen_guide
from desk.overview.tables import AIMED
from desk.refusals import bad_field
from desk.shell import Desk
from exports.regions import DEPARTMENTS

MOST = 10_000_000  # persons
LARGEST = 200_000  # bytes of a file
LINES = 1000
Target = tuple[str, str]  # step, code


def possible(guide: Guide) -> dict[str, tuple[str, dict[str, str]]]:
    """By step: its name, and the label of each code that may have a target."""
    found = {}
    for step in guide.steps.values():
        if isinstance(step, AIMED):
            options = {option.value: option.label for option in step.options}
            if isinstance(step, Department):
                options = dict(DEPARTMENTS)
            found[step.id] = (step.name or step.question, options)
    return found


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory = desk.memory.overview

    async def page(request: Request, guide: Guide, status: int = 200, problem: str = "",
                   told: str = "") -> Response:  # fmt: skip
        wanted = await desk.run(memory.targets, guide.guide)
        steps = possible(guide)
        lines = [
            (f"{step}|{code}", steps[step][0], steps[step][1].get(code, code), count)
            if step in steps else (f"{step}|{code}", step, code, count)
            for (step, code), count in wanted.items()
        ]  # fmt: skip
        return desk.page(
            request, "targets.html", status,
            of=guide, lines=lines, steps=steps, problem=problem, told=told,
        )  # fmt: skip

    async def asked(request: Request) -> Guide:
        followed = await desk.run(memory.guides)
        return await desk.run(chosen_guide, desk, request.query_params.get("guide", ""), followed)

    @router.get("/objectifs", name="targets")
    async def targets(request: Request) -> Response:
        return await page(request, await asked(request))

    @router.post("/objectifs", name="targets.set")
    async def keep(request: Request) -> Response:
        guide = await asked(request)
        steps = possible(guide)
        kept: dict[Target, int] = {}
        sent = await desk.form(request)
        new = (await desk.field(request, "new", 100), await desk.field(request, "wanted", 12))
        pairs = [(str(k).removeprefix("n|"), str(v)) for k, v in sent.items()
                 if str(k).startswith("n|")]  # fmt: skip
        for name, written in [*pairs, *([new] if new[0] else [])]:
            step, _, code = name.partition("|")
            try:
                count = _number(written)
            except ValueError:
                return await page(request, guide, 422, "Écrivez un nombre de personnes.")
            if step not in steps or code not in steps[step][1]:
                if count and name == new[0]:
                    raise bad_field("Cette réponse n’est pas dans le questionnaire.")
                continue
            if count:
                kept[step, code] = count
        await desk.run(memory.set_targets, guide.guide, kept)
        await desk.note(request, Act.TARGETS_CHANGED, {"guide": guide.guide})
        return await page(request, guide, told=_kept(len(kept)))

    @router.post("/objectifs/fichier", name="targets.import")
    async def bring(request: Request) -> Response:
        guide = await asked(request)
        sent = (await desk.form(request)).get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            return await page(request, guide, 422, "Choisissez un fichier CSV.")
        octets = await sent.read(LARGEST + 1)
        await sent.close()
        if len(octets) > LARGEST:
            return await page(request, guide, 422, "Ce fichier est trop gros.")
        try:
            kept = dict(_read(octets, guide))
        except ValueError as error:
            return await page(request, guide, 422, str(error))
        await desk.run(memory.set_targets, guide.guide, kept)
        await desk.note(request, Act.TARGETS_CHANGED, {"guide": guide.guide})
        return await page(request, guide, told=_kept(len(kept)))

    return router


def _kept(count: int) -> str:
    return f"C’est gardé : {count} objectif{'s' * (count > 1)}."


def _number(written: str) -> int:
    """Empty: no target. Raises ValueError."""
    plain = written.replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
    if not plain:
        return 0
    if not (plain.isascii() and plain.isdigit()) or int(plain[:10]) > MOST:
        raise ValueError
    return int(plain)


def _read(octets: bytes, guide: Guide) -> Iterator[tuple[Target, int]]:
    """The targets of a CSV: question, réponse, objectif. Raises ValueError, in French."""
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = octets.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",")
    steps = possible(guide)
    for n, row in enumerate(islice(rows, LINES), start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (n == 1 and cells[0].lower() == "question"):
            continue
        if len(cells) < 3:
            raise ValueError(f"Ligne {n} : il faut trois colonnes, question, réponse, objectif.")
        found = _place(steps, cells[0], cells[1])
        if found is None:
            raise ValueError(f"Ligne {n} : cette question ou cette réponse n’existe pas.")
        try:
            yield found, _number(cells[2])
        except ValueError:
            raise ValueError(f"Ligne {n} : l’objectif n’est pas un nombre.") from None


def _place(
    steps: dict[str, tuple[str, dict[str, str]]], question: str, answer: str
) -> Target | None:
    """Found by code or by label, small letters or capitals."""
    for step, (name, options) in steps.items():
        if question.casefold() in (step.casefold(), name.casefold()):
            for code, label in options.items():
                if answer.casefold() in (code.casefold(), label.casefold()):
                    return step, code
    return None
