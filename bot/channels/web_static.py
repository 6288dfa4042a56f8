"""The page's templates, style and script, read once. Their address changes with their content."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from fastapi import APIRouter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import Response

from bot.channels.web_problems import in_french, not_found
from bot.settings import Settings

YOUR_DATA = "vos données"
WORKER = "worker.js"
WEB = Path(str(resources.files("bot") / "web"))
KINDS = {".css": "text/css", ".js": "text/javascript", ".png": "image/png"}
SQUEEZED = frozenset({".css", ".js"})
FOR_A_YEAR = "public, max-age=31536000, immutable"
BEFORE = re.compile(r" (?=[?!:;»](?:[\s.,)]|$))")
ADDRESS = re.compile(r"https?://[^\s<>\"«»]*[^\s<>\"«».,;:!?)\]]")


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    smaller: bytes | None  # compressed; None when that gains nothing
    kind: str


class Files:
    """The static files, plain and compressed, under one version: a change of one renames all.

    The modules of the script then find one another without a build.
    """

    def __init__(self, folder: Path = WEB / "static", at: str = "/static") -> None:
        self._at = at
        self._files = {
            path.name: _file(path) for path in sorted(folder.iterdir()) if path.suffix in KINDS
        }
        whole = hashlib.sha256(b"".join(file.content for file in self._files.values()))
        self.version = whole.hexdigest()[:12]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._files)

    def address(self, name: str) -> str:
        self._files[name]
        return f"{self._at}/{self.version}/{name}"

    def routes(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)

        @router.api_route("/static/{version}/{name}", methods=["GET", "HEAD"])
        async def static(request: Request, version: str, name: str) -> Response:
            return self.answer(request, name, FOR_A_YEAR if version == self.version else "no-cache")

        @router.api_route("/service-worker.js", methods=["GET", "HEAD"])
        async def worker(request: Request) -> Response:
            return self.answer(request, WORKER, "no-cache")

        return router

    def answer(self, request: Request, name: str, keeping: str) -> Response:
        """This file. Raises Problem 404."""
        file = self._files.get(name)
        if file is None:
            raise not_found()
        headers = {"Cache-Control": keeping, "Vary": "Accept-Encoding"}
        if file.smaller is not None and takes_gzip(request):
            headers["Content-Encoding"] = "gzip"
            return Response(file.smaller, 200, headers, file.kind)
        return Response(file.content, 200, headers, file.kind)


def _file(path: Path) -> File:
    content = path.read_bytes()
    smaller = gzip.compress(content, mtime=0) if path.suffix in SQUEEZED else None
    return File(content, smaller, KINDS[path.suffix])


def takes_gzip(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def html_page(request: Request, written: str) -> Response:
    """A page, compressed for a browser that can read that. It holds no secret to guess."""
    content, headers = written.encode(), {"Vary": "Accept-Encoding"}
    if takes_gzip(request):
        headers["Content-Encoding"] = "gzip"
        content = gzip.compress(content, 6, mtime=0)
    return Response(content, 200, headers, "text/html")


def renderer(files: Files, settings: Settings) -> Callable[..., str]:
    """Fills a template. Everything is escaped; no value is ever trusted."""
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"linked": linked, "in_french": in_french}
    elsewhere = settings.organiser_privacy_url
    environment.globals |= {
        "organiser": settings.organiser_name,
        "contact": settings.organiser_contact,
        "human": settings.organiser_human,
        "closing": settings.closing_date and f"{settings.closing_date:%d/%m/%Y}",
        "months": settings.keep_months,
        "privacy_url": elsewhere,
        "more_elsewhere": _is_elsewhere(elsewhere),
        "quick_exit_url": settings.quick_exit_url,
        "static": files.address,
        "shell": files.version,
    }

    def render(template: str, **values: object) -> str:
        return environment.get_template(template).render(values)

    return render


def linked(text: str, privacy_url: str = "") -> Markup:
    """The text, escaped, its web addresses made into links, its « ? » never starting a line.

    The link to `privacy_url` says where it leads instead of the address.
    """
    text = BEFORE.sub("\u00a0", text).replace("« ", "«\u00a0")
    written, at = [], 0
    for found in ADDRESS.finditer(text):
        address = escape(found.group())
        link = Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{1}</a>')
        shown = YOUR_DATA if found.group() == privacy_url else address
        written += [escape(text[at : found.start()]), link.format(address, shown)]
        at = found.end()
    return Markup("").join([*written, escape(text[at:])])


def _is_elsewhere(url: str) -> bool:
    """Not words instead of an address, and not our own page again."""
    return url.startswith(("http://", "https://")) and not (
        url.rstrip("/").endswith("/vos-donnees")
    )
