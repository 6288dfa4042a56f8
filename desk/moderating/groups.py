"""Contributions that say nearly the same, side by side: one is kept, the others join it."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.curated import Decision
from bot.errors import CurationError
from bot.finding import Alike, Entry, Group
from bot.staff import Act
from desk.moderating.contribution import ready
from desk.moderating.seen import DECISIONS, digest
from desk.moments import PARIS
from desk.refusals import bad_field
from desk.shell import Desk

FIRST_LOOK = 2.0  # seconds that a page waits for groups
MOST = 400  # references in one move
WORD = re.compile(r"\s+|[^\s]+")
CHANGED = "Quelqu’un a changé ou décidé entre-temps. Relisez ce groupe."


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()
    memory = desk.memory

    def screen(after: int, again: bool) -> Alike:
        ready(desk)
        if memory.indexing.progress.ready:
            memory.alike.look(again=again)
            memory.alike.wait(FIRST_LOOK)
        return memory.alike.screen(after)

    async def shown(request: Request, after: int, again: bool = False, **more: object) -> Response:
        found = await asyncio.to_thread(screen, after, again)
        every = [one for group in found.groups for one in _of(group)]
        last = await desk.run(memory.curations.last, [one.reference for one in every])
        stamps = {one.reference: stamp(one, last[one.reference]) for one in every}
        known: dict[str, object] = {
            "found": found, "stamps": stamps, "after": after, "decisions": DECISIONS,
            "progress": memory.indexing.progress, "kept": _kept,
            "scored": _scored, "differing": differing,
            "at": found.at and found.at.astimezone(PARIS),
            "done": None, "problem": "",
        }  # fmt: skip
        answer = desk.page(request, "groups.html", 409 if more.get("problem") else 200,
                           **{**known, **more})  # fmt: skip
        await desk.note_read(request, (one.reference for one in every))
        return answer

    def moved(keep: str, join: Sequence[str], seen: Mapping[str, str], who: str) -> list[str]:
        """Those that joined it. What changed since it was seen is left where it is."""
        memory.indexing.refresh(now=True)
        numbers = [_number(one) for one in (keep, *join)]
        there = {one.reference: one for one in memory.indexing.search.these(numbers)}
        first = there.get(keep)
        if first is None or first.merged_into or first.decision is Decision.BINNED:
            raise CurationError(CHANGED)
        if not same(first, seen.get(keep, "")):
            raise CurationError(CHANGED)
        last = memory.curations.last(join)
        authors: dict[str, list[str]] = defaultdict(list)
        for one in join:
            as_seen = last[one] == _last(seen[one])
            if one in there and as_seen and same(there[one], seen[one]):
                authors[there[one].conversation].append(one)
        done: list[str] = []
        for mine in authors.values():
            left = list(mine)
            joined: list[str] = []
            for one in mine:
                left.remove(one)
                together = ("",) if left else (*joined, one)
                try:
                    memory.curations.merge(one, keep, who, _last(seen[one]), together=together)
                except CurationError:
                    continue
                joined.append(one)
            done += joined
        memory.indexing.refresh(now=True)
        return done

    @router.get("/doublons", name="groups")
    async def groups(request: Request) -> Response:
        asked = request.query_params
        digits = asked.get("apres", "")
        after = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 8 else 0
        return await shown(request, after, bool(asked.get("encore")))

    @router.post("/doublons", name="groups.join")
    async def join(request: Request) -> Response:
        form = await desk.form(request)
        keep = await desk.field(request, "keep", 20)
        after = int(await desk.field(request, "after", 7) or 0)
        seen = dict(str(one).partition(" ")[::2] for one in form.getlist("seen")[:MOST])
        chosen = {str(one) for one in form.getlist("join")[:MOST]} - {keep}
        who = desk.seat(request).account.login
        if keep not in seen or not chosen <= seen.keys():
            raise bad_field("Ce groupe ne se lit pas. Rechargez la page.")
        none = bool(await desk.field(request, "none", 5))
        others = [one for one in seen if one != keep]
        joining = [] if none else [one for one in others if one in chosen]
        apart = [one for one in others if one not in joining]
        try:
            done = await asyncio.to_thread(moved, keep, joining, seen, who) if joining else []
            today = desk.now().date()
            for judged in [[keep, *apart]] if none else ([keep, one] for one in apart):
                await desk.run(memory.apart.keep, judged, who, today)
        except CurationError as error:
            return await shown(request, after, problem=str(error))
        for one in done:
            await desk.note(request, Act.MERGED, {"reference": one, "into": keep})
        if apart:
            await desk.note(
                request, Act.KEPT_APART, {"reference": keep, "contributions": len(apart)}
            )
        last = await desk.run(memory.curations.last, done)
        return await shown(request, after, done={
            "keep": keep, "joined": last, "apart": len(apart),
            "left": len(joining) - len(done),
        })  # fmt: skip

    @router.post("/doublons/annuler", name="groups.undo")
    async def undo(request: Request) -> Response:
        form = await desk.form(request)
        who = desk.seat(request).account.login
        back = 0
        for written in form.getlist("joined")[:MOST]:
            one, _, last = str(written).partition(" ")
            try:
                await desk.run(memory.curations.undo, one, who, _last(last))
            except CurationError:
                continue
            back += 1
            await desk.note(request, Act.DECIDED, {"reference": one, "decision": "annulée"})
        await asyncio.to_thread(memory.indexing.refresh, now=True)
        return await shown(request, 0, done={"back": back})

    return router


def stamp(one: Entry, last: int) -> str:
    """What is before the eyes: the last decision, and the words."""
    return f"{last}-{digest((one.title, one.text))}"


def same(one: Entry, seen: str) -> bool:
    return seen.partition("-")[2] == digest((one.title, one.text))


def differing(first: str, other: str) -> Iterable[tuple[bool, str]]:
    """The other text in pieces, and whether the first one lacks them."""
    mine, theirs = WORD.findall(first), WORD.findall(other)
    for act, _, _, begun, end in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if words := "".join(theirs[begun:end]):
            yield act != "equal", words


def _of(group: Group) -> list[Entry]:
    return [group.first, *(one.entry for one in group.others)]


def _scored(group: Group) -> list[tuple[Entry, int]]:
    return [(group.first, 100), *((one.entry, one.score) for one in group.others)]


def _kept(group: Group) -> str:
    """The one proposed: the first that is published, else the first that came."""
    published = (one for one in _of(group) if one.decision is Decision.PUBLISHED)
    return next(published, group.first).reference


def _number(reference: str) -> int:
    digits = reference[2:]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 11 else 0


def _last(stamp: str) -> int:
    digits = stamp.partition("-")[0]
    return int(digits) if digits.isdecimal() and len(digits) < 19 else -1
