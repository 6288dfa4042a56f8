"""Reads what a browser or a program sends: its size, its JSON, its fields. Nothing is quoted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from starlette.requests import Request

from bot.as_typed import as_typed
from bot.channels.web_problems import Problem, bad_field, too_big, too_deep, too_long, unreadable
from bot.origins import RULE, is_name

LARGEST_BODY = 256 * 1024  # bytes
DEEPEST = 32  # levels of JSON
LONGEST_ID = 100
LONGEST_CHOICE = 200  # ours have 64 bytes at most
OPENING = "start"  # the id of the message that opens every conversation

OPENING_ID = re.compile(r"[A-Za-z0-9_-]{22,100}")  # at least 128 bits, in base 64
ID = re.compile(r"[!-~]{1,100}")


def announces_more(request: Request, most: int) -> bool:
    """Whether the request says that its body has more octets than this."""
    said = request.headers.get("content-length", "")
    return said.isascii() and said.isdigit() and int(said[:12]) > most


async def body(request: Request) -> bytes:
    """The whole body. Raises Problem 413 as soon as it is too big, before anything is parsed."""
    if announces_more(request, LARGEST_BODY):
        raise too_big(LARGEST_BODY)
    got = bytearray()
    async for piece in request.stream():
        got += piece
        if len(got) > LARGEST_BODY:
            raise too_big(LARGEST_BODY)
    return bytes(got)


def json_object(raw: bytes) -> dict[str, Any]:
    """The JSON object in these bytes. Raises Problem 400 or 422."""
    try:
        read = json.loads(raw.decode("utf-8"), parse_constant=_not_json)
    except (ValueError, RecursionError):
        raise unreadable() from None
    if _too_deep(read):
        raise too_deep(DEEPEST)
    if not isinstance(read, dict):
        raise bad_field("Il faut un objet JSON, entre accolades.")
    return read


def _not_json(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def _too_deep(read: Any) -> bool:
    level = [read]
    for _ in range(DEEPEST):
        inside: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inside += one.values()
            elif isinstance(one, list):
                inside += one
        level = [one for one in inside if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def opening(fields: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The guide and the origin asked for. Raises Problem 422."""
    return _name(fields, "guide"), _name(fields, "origin")


def opening_id(fields: Mapping[str, Any]) -> str | None:
    """The secret that makes an opening the same when it is sent again. Raises Problem 422."""
    given = fields.get("opening")
    if given is None:
        return None
    if not isinstance(given, str):
        raise bad_field("« opening » doit être un texte.")
    if not OPENING_ID.fullmatch(given):
        raise bad_field("« opening » est un secret au hasard, de 22 à 100 lettres ou chiffres.")
    return given


def _name(fields: Mapping[str, Any], field: str) -> str | None:
    given = fields.get(field)
    if given is None:
        return None
    if not isinstance(given, str):
        raise bad_field(f"« {field} » doit être un texte.")
    if not is_name(given):
        raise bad_field(f"« {field} » s’écrit avec {RULE}.")
    return given


def message(fields: Mapping[str, Any], limit: int) -> tuple[str, str, str | None]:
    """Id, text and choice of a message. Raises Problem 422."""
    id = fields.get("id")
    if id is None:
        raise bad_field("« id » manque : donnez un identifiant différent à chaque message.")
    if not isinstance(id, str):
        raise bad_field("« id » doit être un texte.")
    if not ID.fullmatch(id):
        rule = f"1 à {LONGEST_ID} lettres sans accent, chiffres ou signes, sans espace"
        raise bad_field(f"« id » s’écrit avec {rule}.")
    if id == OPENING:
        raise bad_field("Cet « id » sert à ouvrir la conversation. Choisissez-en un autre.")
    text, choice = fields.get("text"), fields.get("choice")
    if (text is None) == (choice is None):
        raise bad_field("Envoyez « text » ou « choice », l’un des deux.")
    if choice is not None:
        return id, "", _choice(choice)
    if not isinstance(text, str):
        raise bad_field("« text » doit être un texte.")
    text = as_typed(text)
    if len(text) > limit:
        raise too_long(len(text), limit)
    return id, text, None


def _choice(given: object) -> str:
    if not isinstance(given, str):
        raise bad_field("« choice » doit être un texte.")
    value = as_typed(given)
    if not 1 <= len(value) <= LONGEST_CHOICE:
        raise bad_field("« choice » est la valeur d’un bouton. Renvoyez-la telle quelle.")
    return value


def form_fields(raw: bytes) -> dict[str, str]:
    """The fields of a plain form. A browser sends line breaks as CR LF: they are LF again."""
    try:
        pairs = parse_qsl(raw.decode("ascii", "replace"), True, max_num_fields=20)
    except ValueError:
        raise Problem("refused", "Ce formulaire n’est pas le nôtre. Rechargez la page.") from None
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def form_id(given: str, content: str) -> str:
    """The id of a form: the same when the same form is sent again with the same content.

    Without the content, going back in the browser and answering otherwise would not be heard.
    """
    return hashlib.sha256(f"{given}\0{content}".encode("utf-8", "replace")).hexdigest()[:40]
