"""The contributions: looked for in plain words, filtered, sorted, fifty at a time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.errors import GuideError
from bot.finding import CHOICES, SORTS, Found, Wanted
from bot.guide import Guide
from desk.moderating.contribution import ready
from desk.moderating.seen import DECISIONS
from desk.shell import Desk
from exports.code_names import CONTRIBUTIONS, HELPED, LANGUAGES
from exports.regions import DEPARTMENTS

FRENCH: Mapping[str, str] = {
    "guide": "Questionnaire", "kind": "Sorte", "topic": "Sujet", "decision": "Décision",
    "public": "Qui parle", "department": "Département", "origin": "Origine", "channel": "Canal",
    "language": "Langue", "helped": "Aide",
}  # fmt: skip
ORDERS: Mapping[str, str] = {
    "newest": "plus récentes", "oldest": "plus anciennes", "longest": "plus longues",
    "shortest": "plus courtes", "closest": "plus proches des mots cherchés",
}  # fmt: skip
CHANNELS = {"web": "Page web", "telegram": "Telegram", "terminal": "Terminal"}
LONGEST = 200  # characters looked for
REFERENCE = re.compile(r"[EP]-[0-9]{1,12}")
OUTSIDE = 20  # of another platform, shown under ours


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    indexing = desk.memory.indexing

    def elsewhere(wanted: Wanted) -> Found | None:
        """The same words on the other platform, when nothing chosen is only of ours."""
        filters = {name for name, code in wanted.chosen.items() if code} - {"kind"}
        ours_alone = filters or wanted.like or wanted.personal or wanted.uncoded
        outside = desk.memory.outside
        if ours_alone or wanted.page > 1 or not outside.count():
            return None
        return outside.find(wanted)

    def find(wanted: Wanted) -> tuple[Found, Mapping[str, Sequence[tuple[str, int]]]]:
        ready(desk)
        return indexing.search.find(wanted), indexing.search.possible()

    @router.get("/contributions", name="contributions")
    async def contributions(request: Request) -> Response:
        wanted = _wanted(request)
        found, possible = await asyncio.to_thread(find, wanted)
        outside = await asyncio.to_thread(elsewhere, wanted)
        names = _names(desk, [code for code, _ in possible["guide"]])
        answer = desk.page(
            request, "contributions.html", wanted=wanted, found=found, orders=ORDERS,
            decisions=DECISIONS, progress=indexing.progress, kinds=CONTRIBUTIONS,
            filters=[
                (name, FRENCH[name], [(code, names[name].get(code, code), count)
                                      for code, count in possible[name]])
                for name in CHOICES
                if possible[name] and (len(possible[name]) > 1 or wanted.chosen.get(name))
            ],
            chosen=sum(map(bool, wanted.chosen.values())) + wanted.personal + wanted.uncoded,
            address_of=lambda page: _address(desk, request, page),
            outside=outside, outside_shown=OUTSIDE,
        )  # fmt: skip
        await desk.note_read(request, (one.reference for one in found.entries))
        return answer

    return router


def _wanted(request: Request) -> Wanted:
    asked = request.query_params
    page = asked.get("page", "1")
    sort = asked.get("tri", "")
    like = asked.get("comme", "")
    words = asked.get("q", "")[:LONGEST].replace("\0", "")
    return Wanted(
        words,
        {name: asked.get(name, "")[:100] for name in CHOICES},
        bool(asked.get("personal")),
        bool(asked.get("uncoded")),
        like if REFERENCE.fullmatch(like) else "",
        sort if sort in SORTS else "closest" if words else "newest",
        int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )


def _address(desk: Desk, request: Request, page: int) -> str:
    asked = [(name, value) for name, value in request.query_params.multi_items() if value]
    kept = [(name, value) for name, value in asked if name != "page"]
    return f"{desk.address('contributions')}?{urlencode([*kept, ('page', str(page))])}"


def _names(desk: Desk, guides: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """What the codes mean, by filter."""
    options = dict(pair for guide in _known(desk, guides) for pair in _options(guide))
    titles = {guide.guide: guide.title for guide in _known(desk, guides)}
    return {
        "guide": titles, "kind": CONTRIBUTIONS, "topic": options, "decision": DECISIONS,
        "public": options, "department": DEPARTMENTS, "origin": {}, "channel": CHANNELS,
        "language": LANGUAGES, "helped": HELPED,
    }  # fmt: skip


def _known(desk: Desk, guides: Sequence[str]) -> Iterator[Guide]:
    for name in guides:
        try:
            yield desk.guides.current(name)
        except (GuideError, KeyError):
            continue


def _options(guide: Guide) -> Iterator[tuple[str, str]]:
    for step in guide.steps.values():
        for option in getattr(step, "options", ()):
            yield option.value, option.label
