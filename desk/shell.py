"""What every page of the desk is made with: who is there, a template, a form, a line of journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import ParamSpec, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.channels.web_door import Door
from bot.channels.web_static import Files
from bot.ports import Threads
from bot.staff import Act, Seat
from desk import roles
from desk.exporting.workroom import Workroom
from desk.moderating.ports import Personal
from desk.overview.following import Following
from desk.platform.comparing import Comparing
from desk.ports import Guides, Memory, Speech
from desk.refusals import Refused, bad_field
from desk.signing.cookies import Cookies
from desk.signing.passwords import Passwords
from desk.signing.proving import Proving
from desk.typography import FrenchSpaces

P = ParamSpec("P")
T = TypeVar("T")

HERE = Path(__file__).parent
ROOT = "/equipe"
LONGEST_FIELD = 2_000_000  # a codebook pasted in a form


@cache
def _templates() -> Environment:
    """Read and compiled once for all the desks of this program."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[FrenchSpaces],
    )


@dataclass(frozen=True, slots=True)
class About:
    """What the desk says of this server."""

    organiser: str
    to_write: tuple[str, ...] = ()  # settings whose text the organiser still has to write
    public_url: str | None = None


class Desk:
    """Given to every page: `routes(desk) -> APIRouter`."""

    def __init__(
        self,
        memory: Memory,
        threads: Threads,
        guides: Guides,
        about: About,
        passwords: Passwords,
        personal: Personal,
        speech: Speech,
        workroom: Workroom,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.memory, self.threads, self.guides, self.about = memory, threads, guides, about
        self.personal, self.speech = personal, speech
        self.now = now
        self.workroom = workroom
        self.following = Following(memory.overview, guides.of, lambda: self.now())
        self.comparing = Comparing(memory.present, memory.outsides, guides.of, lambda: self.now())
        self.run = threads.run  # every call of the memory goes through here
        self.files = Files(HERE / "static", f"{ROOT}/static")
        self.door = Door(about.public_url)
        self.cookies = Cookies(https=self.door.secure)
        self.proving = Proving(memory, passwords, self.cookies, threads, lambda: self.now())
        self._aside = asyncio.Semaphore(2)
        self.address: Callable[..., str] = lambda name, **_: f"{ROOT}/{name}"

    async def aside(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call what reads much, where nobody who talks waits behind it; two at a time."""
        async with self._aside:
            return await asyncio.to_thread(fn, *args, **kwargs)

    def seat(self, request: Request) -> Seat:
        """Who is there: on every page that asks for a role, or for being signed in."""
        seat: Seat | None = getattr(request.state, "seat", None)
        assert seat is not None  # noqa: S101 - the gate let them in
        return seat

    def page(
        self, request: Request, template: str, status: int = 200, **values: object
    ) -> Response:
        """A page, or the part of one that htmx asked for. Everything in it is escaped."""
        seat: Seat | None = getattr(request.state, "seat", None)
        known = {
            "seat": seat,
            "menu": self._menu(request, seat),
            "may": lambda route: roles.may(seat, route),
            "address": self.address,
            "static": self.files.address,
            "guide": self.guides.current(),
            "about": self.about,
            "role_names": roles.NAMES,
            "part": "hx-request" in request.headers,
        }
        written = _templates().get_template(template).render({**known, **values})
        return HTMLResponse(written, status, {"Vary": "Cookie, HX-Request"})

    def _menu(self, request: Request, seat: Seat | None) -> list[tuple[str, str, bool]]:
        """What this person may open: label, address, whether it is this page."""
        here = getattr(request.scope.get("route"), "name", "")
        shown = [(name, label) for name, label in roles.MENU if seat and roles.may(seat, name)]
        return [
            (label, self.address(name), here == name or here.startswith(f"{name}."))
            for name, label in shown
        ]

    def go(self, name: str, **path: object) -> Response:
        """To another page, after a form was taken."""
        return RedirectResponse(self.address(name, **path), 303)

    async def form(self, request: Request) -> FormData:
        """The fields sent. Raises Refused for what no form of ours sends."""
        try:
            return await request.form(max_files=1, max_fields=1000, max_part_size=LONGEST_FIELD)
        except Refused:
            raise
        except Exception:  # the parser has several, and they may quote what was sent
            raise bad_field("Ce formulaire est illisible.") from None

    async def field(self, request: Request, name: str, longest: int = 1000) -> str:
        """A field in words; "" when it is absent. Raises Refused when it is too long."""
        given = (await self.form(request)).get(name, "")
        if not isinstance(given, str) or len(given) > longest:
            raise bad_field(f"Un texte dépasse {longest} caractères, ou n’en est pas un.")
        return given.replace("\r\n", "\n").replace("\0", "")

    async def note(
        self, request: Request, act: Act, about: Mapping[str, str | int] | None = None
    ) -> None:
        """Write in the journal what this person does. `about`: codes and references, no words."""
        login = self.seat(request).account.login
        await self.run(self.memory.journal.write, login, act, about)

    async def note_read(self, request: Request, references: Iterable[str], **about: str) -> None:
        """Write in the journal which contributions were shown, if any was."""
        if shown := sorted(set(references)):
            told: dict[str, str | int] = {"contributions": len(shown), **about}
            told["references"] = " ".join(shown)
            await self.note(request, Act.CONTRIBUTION_READ, told)

    def told(self, request: Request, why: Refused) -> Response:
        """A refusal, as a page."""
        answer = self.page(request, "refused.html", why.status, why=why)
        if why.after is not None:
            answer.headers["Retry-After"] = str(why.after)
        return answer
