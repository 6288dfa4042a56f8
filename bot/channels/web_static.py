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
WEB = Path(str(resources.files("bot") / "web"))
KINDS = {".css": "text/css", ".js": "text/javascript"}
FOR_A_YEAR = "public, max-age=31536000, immutable"
BEFORE = re.compile(r" (?=[?!:;»](?:\s|$))")
ADDRESS = re.compile(r"https?://[^\s<>\"«»]*[^\s<>\"«».,;:!?)\]]")


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    smaller: bytes
    kind: str
    version: str


class Files:
    """The static files, plain and compressed."""

    def __init__(self, folder: Path = WEB / "static") -> None:
        self._files = {
            path.name: _file(path) for path in sorted(folder.iterdir()) if path.suffix in KINDS
        }

    def address(self, name: str) -> str:
        return f"/static/{name}?v={self._files[name].version}"

    def routes(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)

        @router.api_route("/static/{name}", methods=["GET", "HEAD"])
        async def static(request: Request, name: str) -> Response:
            file = self._files.get(name)
            if file is None:
                raise not_found()
            current = request.query_params.get("v") == file.version
            headers = {
                "Cache-Control": FOR_A_YEAR if current else "no-cache",
                "Vary": "Accept-Encoding",
            }
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["Content-Encoding"] = "gzip"
                return Response(file.smaller, 200, headers, file.kind)
            return Response(file.content, 200, headers, file.kind)

        return router


def _file(path: Path) -> File:
    content = path.read_bytes()
    version = hashlib.sha256(content).hexdigest()[:12]
    return File(content, gzip.compress(content, mtime=0), KINDS[path.suffix], version)


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
        "privacy_url": elsewhere,
        "more_elsewhere": _is_elsewhere(elsewhere),
        "style": files.address("parole.css"),
        "script": files.address("parole.js"),
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
