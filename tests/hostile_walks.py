"""Hostile words through every text entry of every door of the whole service. Who walks says which.

Each walk raises AssertionError at the first answer that is a fault of ours, or that repeats what
was sent where it is refused. `tests/test_hostile_doors.py` walks a part, `bench/hostile.py` all.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from urllib.parse import quote

import lxml.html
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from bot.as_typed import as_typed
from tests.asgi import Answer
from tests.whole_service import ORIGIN, Whole, csrf

NUMBER = count(1)
SHORT = 12  # characters: a shorter text may be in a page by chance
HEADERS = (
    b"host", b"origin", b"referer", b"cookie", b"accept", b"accept-encoding", b"accept-language",
    b"user-agent", b"content-type", b"content-length", b"content-encoding", b"authorization",
    b"sec-fetch-site", b"sec-purpose", b"x-forwarded-for", b"x-forwarded-proto", b"forwarded",
    b"hx-request", b"x-csrf-token", b"x-by-itself", b"range", b"if-none-match", b"upgrade",
    b"connection", b"transfer-encoding", b"expect", b"x-telegram-bot-api-secret-token",
)  # fmt: skip


def fine(answer: Answer, text: str, where: str) -> Answer:
    """No fault of ours, and a refusal that says nothing of what was sent."""
    assert answer.status < 500, (where, answer.status, text[:60])
    if answer.status >= 400 and len(text) > SHORT and where not in KEPT_BESIDE:
        said = answer.body.decode("utf-8", "surrogatepass")
        for written in (text, as_typed(text), html.escape(text), json.dumps(text)[1:-1]):
            assert written not in said, (where, "is repeated", text[:60])
    return answer


# The draft of a form that could not be sent stays in the page of who wrote it, escaped.
KEPT_BESIDE = {"POST /discussion/message"}


def in_path(text: str) -> str:
    return quote(text[:2000], safe="", errors="surrogatepass")


def in_header(text: str) -> bytes:
    """As far as a header may hold it: servers refuse NUL and line breaks before us."""
    return re.sub(rb"[\0\r\n]", b"", text[:4000].encode("latin-1", "replace"))


# --- the public doors ---


async def api(service: Whole, text: str, token: str) -> None:
    """Every field of every route of the JSON API, the others being right."""

    async def post(target: str, content: object, key: str | None) -> None:
        fine(await service.json("POST", target, content, key), text, f"POST {target}")

    for field in ("guide", "origin", "opening", "autre"):
        await post("/api/conversations", {field: text}, None)
    for content in ({"id": text, "text": "mot"}, {"id": f"n{next(NUMBER)}", "choice": text},
                    {"id": f"n{next(NUMBER)}", "text": text}, {text: text, "id": "n"},
                    [text], text, {"id": [text], "text": {text: text}}):  # fmt: skip
        await post("/api/messages", content, token)
    await post("/api/messages", {"id": "n", "text": "mot"}, text)
    raw = text.encode("utf-8", "surrogatepass")
    bearer = (b"authorization", b"Bearer " + token.encode())
    for target in ("/api/conversations", "/api/messages"):
        for body in (
            raw,
            b'{"text": "' + raw + b'"}',
            text.encode("utf-16", "replace"),
        ):
            answer = await service.ask("POST", target, headers=[bearer], body=body)
            fine(answer, text, f"POST {target}")
    for target in ("/api/messages", "/api/copy"):
        for asked in (f"{target}?guide={in_path(text)}", f"{target}?{in_path(text)}"):
            fine(await service.ask("GET", asked), text, target)
        fine(await service.json("GET", target, {}, text), text, target)
    fine(await service.json("DELETE", f"/api/conversation?guide={in_path(text)}", {}, text), text,
         "DELETE")  # fmt: skip


async def pages(service: Whole, text: str, token: str) -> None:
    """Every address and every form of the respondent's page."""
    cookie = b"parole=" + token.encode()
    for path in (
        "/g/{}", "/o/{}", "/g/{}/o/{}", "/g/cese-2022/o/{}", "/static/{}/{}", "/{}", "/api/{}",
        "/?origine={}", "/?guide={}", "/?{}", "/retour?guide={}", "/efface?guide={}",
        "/manifest.webmanifest?guide={}", "/quitter?{}", "/healthz?{}", "/readyz/{}",
    ):  # fmt: skip
        target = path.replace("{}", in_path(text))
        for headers in ((), ((b"accept", b"text/html"),), ((b"cookie", cookie),)):
            fine(await service.ask("GET", target, headers=headers), text, f"GET {path}")
    number = next(NUMBER)
    for target, fields in (
        ("/discussion", {"guide": text, "origin": text, "opening": text}),
        ("/discussion", {"opening": text}),
        ("/discussion/message", {"id": text, "text": text}),
        ("/discussion/message", {"id": f"f{number}", "text": text}),
        ("/discussion/message", {"id": f"g{number}", "choice": text}),
        ("/discussion/message", {"id": f"h{number}", "text": "mot", "guide": text}),
        ("/retour", {"id": f"r{number}", "words": text}),
        ("/retour", {"id": text, "words": "lune lune lune lune", "guide": text}),
        ("/masquer", {"masked": text, "guide": text}),
        ("/masquer", {text: text}),
    ):
        for kept in (cookie, b""):
            address = f"9.{number % 200}.{number // 200 % 200}.7"  # not one person who tries codes
            answer = await service.form(target, fields, kept, client=address)
            fine(answer, text, f"POST {target}")


async def headers(service: Whole, text: str, token: str, staff: bytes) -> None:
    """Every header that we, or what we stand on, may read."""
    value = in_header(text)
    ours = [(b"cookie", b"parole=" + token.encode() + b"; " + staff)]
    for name in HEADERS:
        for method, target in (
            ("GET", "/"), ("GET", "/api/messages"), ("POST", "/masquer"), ("POST", "/api/messages"),
            ("GET", "/equipe/"), ("POST", "/equipe/connexion"), ("POST", "/telegram/webhook"),
        ):  # fmt: skip
            kept = [pair for pair in ours if pair[0] != name]
            answer = await service.ask(method, target, headers=[*kept, (name, value)], body=b"{}")
            fine(answer, text, f"{method} {target} {name.decode()}")


async def telegram(service: Whole, text: str) -> None:
    """Every text of an update: each is acknowledged, whatever it holds."""
    chat = 10_000 + next(NUMBER)
    said = service.message(chat, text=text)
    number = said["message"]["message_id"]  # type: ignore[index]
    named = service.message(chat, text="mot")
    named["message"]["from"] |= {"first_name": text, "username": text, "language_code": text}  # type: ignore[index]
    edited = service.message(chat, text=text, edit_date=2)["message"] | {"message_id": number}  # type: ignore[operator]
    press = service.press(chat, "mot")
    press["callback_query"] |= {"id": text, "data": text, "chat_instance": text}  # type: ignore[operator]
    for update in (
        service.message(chat, text=f"/start {text}"), said, named,
        service.message(chat, caption=text, photo=[{"file_id": text}]),
        service.message(chat, caption=text, document={"file_name": text, "mime_type": text}),
        service.message(chat, voice={"file_id": text, "mime_type": text, "duration": 3}),
        service.message(chat, sticker={"emoji": text, "set_name": text}),
        service.message(chat, contact={"phone_number": text, "first_name": text}),
        service.message(chat, poll={"question": text}), service.message(chat, **{text: text}),
        service.message(chat, text={text: text}), service.message(chat, text=[text]),
        {"update_id": 1, "edited_message": edited}, service.press(chat, text), press,
        {"update_id": text, "message": text}, {text: text}, [text], text,
    ):  # fmt: skip
        answer = await service.update(update)
        assert answer.status == 200, (answer.status, text[:60])
    raw = text.encode("utf-8", "surrogatepass")
    secret = (b"x-telegram-bot-api-secret-token", b"")
    answer = await service.ask("POST", "/telegram/webhook", headers=[secret], body=raw)
    assert answer.status == 401
    fine(answer, text, "webhook")


# --- the desk ---


@dataclass(frozen=True)
class Form:
    """A form of a page of the desk, as a browser would send it."""

    target: str
    method: str
    fields: tuple[tuple[str, str], ...]
    files: bool = False

    @property
    def names(self) -> list[str]:
        """The fields that somebody may change."""
        own = {name for name, _ in self.fields} - {"csrf"}
        return sorted(own | ({"file"} if self.files else set()))


def inside(routes: Sequence[BaseRoute]) -> Iterator[APIRoute]:
    for one in routes:
        if isinstance(one, APIRoute):
            yield one
        elif (router := getattr(one, "original_router", None)) is not None:
            yield from inside(router.routes)


def desk_routes(service: Whole) -> list[APIRoute]:
    [mount] = [one for one in service.app.routes if getattr(one, "name", "") == "equipe"]
    return list(inside(mount.app.routes))  # type: ignore[attr-defined]


CLOSING = ("/deconnexion", "/connexion", "/compte/sessions", "/compte/mot-de-passe")


async def desk_forms(service: Whole, cookie: bytes, known: Sequence[str]) -> list[Form]:
    """Every form found by following the links of the desk, one of each shape.

    `known`: values for what addresses name, such as a reference.
    """
    waiting = [
        "/equipe" + re.sub(r"\{[^}]*\}", value, route.path)
        for route in desk_routes(service)
        for value in (known if "{" in route.path else known[:1])
        if "GET" in (route.methods or ())
    ]
    seen: set[str] = set()
    found: dict[tuple[object, ...], Form] = {}
    while waiting:
        target = waiting.pop(0)
        shape = re.sub(r"\d+|[0-9a-f-]{32,}", "1", target.partition("?")[0])
        if shape in seen:
            continue
        seen.add(shape)
        answer = await service.ask("GET", target, headers=[(b"cookie", cookie)])
        assert answer.status < 500, target
        if "text/html" not in (answer.header("content-type") or "") or not answer.body:
            continue
        page = lxml.html.fromstring(answer.text)
        for form in page.forms:
            fields = tuple((n, str(v or "")) for n, v in form.form_values())
            buttons = form.xpath(".//button[@name]")
            fields += tuple((b.get("name"), b.get("value", "")) for b in buttons[:1])
            files = bool(form.xpath(".//input[@type='file']"))
            to = form.get("action") or target
            key = (re.sub(r"\d+", "1", to), form.method, tuple(sorted({n for n, _ in fields})))
            if not to.removeprefix("/equipe").startswith(CLOSING):
                found.setdefault(key, Form(to, form.method, fields, files))
        links = (str(one) for one in page.xpath("//a/@href"))
        waiting += [one for one in links if one.startswith("/equipe")]
    return list(found.values())


async def desk_form(
    service: Whole, form: Form, name: str, text: str, cookie: bytes, token: str
) -> None:
    """This form, as its page fills it, but for one field."""
    fields = [(n, v) for n, v in form.fields if n not in (name, "csrf")]
    where = f"{form.method} {form.target} {name}"
    if form.method == "GET":
        asked = "&".join(f"{quote(n)}={in_path(v)}" for n, v in [*fields, (name, text)])
        answer = await service.ask("GET", f"{form.target}?{asked}", headers=[(b"cookie", cookie)])
    elif form.files:
        answer = await service.ask(
            "POST", form.target, body=_multipart([*fields, ("csrf", token)], name, text),
            headers=[(b"cookie", cookie), (b"origin", ORIGIN), MULTIPART],
        )  # fmt: skip
    else:
        given = dict([*fields, ("csrf", token), (name, text)])
        answer = await service.form(form.target, given, cookie)
    not_run(answer, text, where)


def not_run(answer: Answer, text: str, where: str) -> None:
    """No fault of ours; what a page shows of the text is escaped."""
    assert answer.status < 500, (where, answer.status, text[:60])
    kind = answer.header("content-type") or ""
    if "text/html" in kind and len(text) > SHORT and re.search(r"[<>\"]", text):
        assert as_typed(text) not in answer.body.decode("utf-8", "replace"), where


MULTIPART = (b"content-type", b"multipart/form-data; boundary=limite")


def _multipart(fields: Sequence[tuple[str, str]], name: str, text: str) -> bytes:
    """A file whose content, name and kind are hostile, and a field beside it."""
    raw = text.encode("utf-8", "surrogatepass")
    kept = re.sub(rb'[\0\r\n"]', b"", raw)[:500]
    parts = [
        b'--limite\r\ncontent-disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (n.encode(), v.encode("utf-8", "replace"))
        for n, v in [*fields, *([(name, text)] if name != "file" else [])]
        if n != "file"
    ]
    parts.append(
        b'--limite\r\ncontent-disposition: form-data; name="file"; filename="%s.csv"\r\n'
        b"content-type: text/csv\r\n\r\nid;texte;code;nom\n1;%s\n\r\n--limite--\r\n" % (kept, raw)
    )
    return b"".join(parts)


async def desk_addresses(service: Whole, text: str, cookie: bytes, known: str) -> None:
    """Every route of the desk: what its address names, what is asked for and what is sent."""
    given = in_path(text)
    for route in desk_routes(service):
        if route.path.startswith(CLOSING):
            continue
        for value in (given, known):
            path = "/equipe" + re.sub(r"\{[^}]*\}", value, route.path)
            where = f"{route.path} {'known' if value == known else ''}"
            if "GET" in (route.methods or ()):
                asked = "&".join(f"{name}={given}" for name in ASKED)
                got = await service.ask("GET", f"{path}?{asked}", headers=[(b"cookie", cookie)])
            else:
                headers = [(b"cookie", cookie), (b"origin", ORIGIN)]
                got = await service.ask("POST", path, headers=headers, body=given.encode())
            not_run(got, text, where)
            if "{" not in route.path:
                break


ASKED = (
    "q", "page", "tri", "theme", "de", "voir", "apres", "avant", "profil", "forme", "reference",
    "guide", "kind", "topic", "decision", "public", "department", "origin", "channel", "comme",
    "du", "au", "qui", "acte", "fait", "encore", "suite", "language", "helped",
)  # fmt: skip


async def tokens(service: Whole, guide: str | None = None) -> AsyncIterator[str]:
    """A token for each text: somebody new every hundred, before their answer is full."""
    while True:
        token = await service.begins(guide)
        for _ in range(100):
            yield token


async def csrf_of(service: Whole, cookie: bytes) -> str:
    return csrf(await service.ask("GET", "/equipe/compte", headers=[(b"cookie", cookie)]))
