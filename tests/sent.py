"""P2, over the whole suite: what the tests sent as somebody, to look for in whatever is logged.

    LOOKED_FOLDER=/tmp/looked pytest … ; python -m tests.sent /tmp/looked     the figures

Whatever goes through httpx, or reaches the reception by any door, is noticed by itself
(`noticing`): texts, codes, passwords, tokens. The emulated Telegram says what its people send.
A word is looked for in what was logged, or written to standard error, since a mark.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from bot.model import Given, Message
from bot.reception import Reception

LONGER_THAN, HEAD = 8, 60  # signs: of a text that is looked for, and what is looked for of it
NAME = re.compile(r"[A-ZÀ-Ý][\w'-]{3,}")  # a shorter text is looked for if it may be a name
CHAT = 5  # figures: a shorter number may be anything
FIELDS = {"text", "words", "password", "new_password", "code", "q", "note", "first_name",
          "last_name", "username", "phone_number"}  # fmt: skip
_sent: list[str] = []
looked = {"logs": 0, "bytes": 0, "words": 0}  # by this run


def sent(*words: object) -> None:
    """Somebody sent this. Of a text of several lines, each line: a log has one line an event."""
    for word in words:
        for line in str(word).splitlines():
            if len(line.strip()) > LONGER_THAN or NAME.fullmatch(line.strip()):
                _sent.append(line.strip()[:HEAD])


def from_chat(number: int) -> None:
    if len(str(number)) >= CHAT:
        _sent.append(str(number))


def so_far() -> int:
    return len(_sent)


def found(said: str, since: int) -> list[str]:
    """What was sent since this mark and is in these logs."""
    canaries = set(_sent[since:])
    looked["logs"], looked["bytes"] = looked["logs"] + 1, looked["bytes"] + len(said)
    looked["words"] += len(canaries)
    return sorted(one for one in canaries if one in said and _alone(one, said))


def _alone(one: str, said: str) -> bool:
    """A number or a short name is one of its own, not a piece of a longer one."""
    if not one.isdigit() and len(one) > LONGER_THAN:
        return True
    return re.search(rf"(?<![\w.:-]){re.escape(one)}(?![\w.])", said) is not None


def everything_in(value: object, under: str = "") -> None:
    """Each text of a decoded body that stands under a name of FIELDS."""
    if isinstance(value, dict):
        for name, inside in value.items():
            everything_in(inside, str(name))
    elif isinstance(value, list):
        for inside in value:
            everything_in(inside, under)
    elif under in FIELDS and isinstance(value, str):
        sent(value)


def _notice(request: httpx.Request) -> None:
    if "/bot" in request.url.path:  # what we say to Telegram
        return
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        sent(token)
    for one in request.headers.get("cookie", "").split(";"):
        sent(one.partition("=")[2])
    for pairs in (parse_qsl(urlsplit(str(request.url)).query), _form(request)):
        everything_in(dict(pairs))
    if "json" in request.headers.get("content-type", ""):
        try:
            everything_in(json.loads(request.content))
        except (ValueError, RecursionError, httpx.RequestNotRead):
            return


def _form(request: httpx.Request) -> list[tuple[str, str]]:
    if "urlencoded" not in request.headers.get("content-type", ""):
        return []
    try:
        return parse_qsl(request.content.decode("utf-8", "replace"))
    except (ValueError, httpx.RequestNotRead):
        return []


@contextmanager
def noticing() -> Iterator[None]:
    """Meanwhile, what any httpx client of this program sends, or any door receives, is noticed."""
    send, send_async = httpx.Client.send, httpx.AsyncClient.send
    receive, come_back = Reception.receive, Reception.come_back

    def sends(self: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        _notice(request)
        return send(self, request, **more)

    async def sends_async(
        self: httpx.AsyncClient, request: httpx.Request, **more: Any
    ) -> httpx.Response:
        _notice(request)
        return await send_async(self, request, **more)

    async def receives(self: Reception, message: Message, **more: Any) -> Given:
        sent(message.text or "")
        return await receive(self, message, **more)

    async def comes_back(self: Reception, message: Message) -> Any:
        sent(message.text or "")
        return await come_back(self, message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reception, "receive", receives)
        patch.setattr(Reception, "come_back", comes_back)
        patch.setattr(httpx.Client, "send", sends)
        patch.setattr(httpx.AsyncClient, "send", sends_async)
        yield


if __name__ == "__main__":
    files = [json.loads(one.read_text("utf-8")) for one in Path(sys.argv[1]).glob("*.json")]
    print({name: sum(one[name] for one in files) for name in looked})
