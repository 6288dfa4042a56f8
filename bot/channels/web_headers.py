"""Around every answer of the service: the security headers, and a last resort that tells nothing.

Pure ASGI: it costs a few microseconds and does not stand between a stream and its reader.
"""

from __future__ import annotations

import traceback

import structlog
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channels.web_problems import failed

log = structlog.get_logger(__name__)

CONTENT_POLICY = "; ".join((
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
))  # fmt: skip

# « same-origin » tells other sites nothing, as « no-referrer » does; the latter would also have
# browsers write `Origin: null` on our own forms, and the same-origin check could not work.
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"permissions-policy",
        b"camera=(), microphone=(self), geolocation=(), payment=(), usb=(), browsing-topics=()",
    ),
    (b"cache-control", b"no-store"),
)
HSTS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


class Shell:
    """Adds the headers a response has not set itself.

    `secure`: the service is under https; a request that came by https is in any case.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False
        secure = self.secure or scope["scheme"] == "https"
        headers = (*HEADERS, HSTS) if secure else HEADERS

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                own = {name.lower() for name, _ in message["headers"]}
                added = [pair for pair in headers if pair[0] not in own]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            log.error("request_failed", route=_route(scope), error=where(error))
            if begun:
                raise
            await failed().response()(scope, receive, send_with_headers)


def _route(scope: Scope) -> str:
    """The route's own pattern: an address typed by somebody may hold anything."""
    return str(getattr(scope.get("route"), "path", "")) or Request(scope).method


def where(error: BaseException) -> str:
    """The kind of error and the line that raised it; its text may quote the person."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} {frames[-1].name}:{frames[-1].lineno}"
