"""Who is at the web door: a token in a header, or the page's cookie, and then only from our page.

Besides the cookie, a request must prove that it comes from the page: `Sec-Fetch-Site`, else
`Origin`, must say so. A request that changes something and proves nothing is refused.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from bot import network
from bot.channels.web_problems import elsewhere, unknown_token

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
LIFETIME = 60 * 24 * 3600  # seconds


def new_token() -> str:
    """256 bits, in letters that an address or a header carries unchanged."""
    return secrets.token_urlsafe(32)


def host_of(address: str) -> str:
    """The name and port in a header that holds an address; "" for what is none."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""


class Door:
    """Reads and writes tokens for one public address."""

    def __init__(self, public_url: str | None) -> None:
        public = urlsplit(public_url or "")
        self.secure = public.scheme == "https"
        self.lifetime = LIFETIME
        self._host = public.netloc.lower()
        self._name = "__Host-parole" if self.secure else "parole"

    def token(self, request: Request) -> str:
        """The bearer's token, else the page's. Raises Problem 401 or 403."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() == "bearer" and TOKEN.fullmatch(given.strip()):
                return given.strip()
            raise unknown_token()
        token = self.cookie(request, request.query_params.get("guide"))
        if token is None:
            raise unknown_token()
        self.check_same_origin(request)
        return token

    def address(self, request: Request) -> str:
        """Which connection it comes from; "" when that is our own proxy, the same for all."""
        return network.somebody(request.client.host if request.client else None)

    def cookie(self, request: Request, guide: str | None) -> str | None:
        """The token this browser keeps for this guide (None: the default one)."""
        token = request.cookies.get(self._cookie(guide))
        return token if token and TOKEN.fullmatch(token) else None

    def keep(self, response: Response, token: str, guide: str | None) -> None:
        """Have the browser keep the token. Lax: a link from elsewhere finds the thread again."""
        response.set_cookie(
            self._cookie(guide),
            token,
            max_age=LIFETIME,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def forget(self, response: Response, guide: str | None) -> None:
        response.delete_cookie(
            self._cookie(guide), path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def forget_all(self, request: Request, response: Response) -> None:
        """Have the browser forget the token of every guide."""
        for name in request.cookies:
            if name == self._name or name.startswith(f"{self._name}-"):
                response.delete_cookie(
                    name, path="/", secure=self.secure, httponly=True, samesite="lax"
                )

    def check_same_origin(self, request: Request) -> None:
        """Raises Problem 403 unless the request comes from our own page."""
        reads = request.method in ("GET", "HEAD")
        site = request.headers.get("sec-fetch-site")
        if site is not None:
            if site == "same-origin" or (reads and site == "none"):
                return
            raise elsewhere()
        origin = request.headers.get("origin")
        if origin is None and reads:
            return
        host = host_of(origin or "")
        if not host or host not in (self._host, request.headers.get("host", "").lower()):
            raise elsewhere()

    def _cookie(self, guide: str | None) -> str:
        return f"{self._name}-{guide}" if guide else self._name
