"""The cookies of the desk: who is signed in, and that somebody once signed in from this browser."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

KNOWN_FOR = 90 * 24 * 3600  # seconds


class Cookies:
    def __init__(self, *, https: bool) -> None:
        """`https`: browsers always come by it, whatever the request says."""
        self._https = https

    def token(self, request: Request) -> str:
        """Of the session of this browser; "" when it has none."""
        return request.cookies.get(self._name(request), "")

    def browser(self, request: Request) -> str:
        """What this browser keeps of a sign-in that succeeded; "" when there was none."""
        return request.cookies.get(self._known(request), "")

    def keep(self, request: Request, response: Response, token: str) -> Response:
        """Have the browser keep the token until it is closed."""
        response.set_cookie(
            self._name(request), token, path="/", secure=self._secure(request), httponly=True,
            samesite="strict",
        )  # fmt: skip
        return response

    def know(self, request: Request, response: Response, browser: str) -> None:
        """Have the browser keep that somebody signed in from it. It opens nothing."""
        response.set_cookie(
            self._known(request), browser, max_age=KNOWN_FOR, path="/",
            secure=self._secure(request), httponly=True, samesite="strict",
        )  # fmt: skip

    def forget(self, request: Request, response: Response) -> Response:
        response.delete_cookie(
            self._name(request), path="/", secure=self._secure(request), httponly=True,
            samesite="strict",
        )  # fmt: skip
        return response

    def _name(self, request: Request) -> str:
        return "__Host-equipe" if self._secure(request) else "equipe"

    def _known(self, request: Request) -> str:
        return f"{self._name(request)}-connu"

    def _secure(self, request: Request) -> bool:
        """Whether this browser came by https; over plain http it would not keep our cookies."""
        return self._https or request.url.scheme == "https"
