"""Requests of any kind to the whole service, by Hypothesis and by schemathesis, from a seed (I1).

The alphabet over-weights what breaks things: NUL, halves of characters, zero-width, right-to-left,
`=`, `/`. The desk has no OpenAPI: its requests are made from its own routes and forms.
"""

from __future__ import annotations

import asyncio
import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import schemathesis
import structlog
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests import hostile_walks as walks
from tests.hostile import NASTY, TEXTS
from tests.whole_service import FORM, HOOK, ORIGIN, SECRET, Whole

letters = st.sampled_from(NASTY) | st.characters()
words = st.text(letters, max_size=40) | st.sampled_from(TEXTS) | st.sampled_from(
    ["1", "oui", "effacer", "retour", "cese-2022", "=age:yes", "P-000001", "plateforme:op1", "00"]
)  # fmt: skip
values = words | st.none() | st.booleans() | st.integers() | st.floats()
anything = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=4,
)
READY = "/readyz"  # 503 when a reply waits: nothing leaves for Telegram here
TOKEN = b"the-token-of-the-person-who-is-there-now"
CALM = settings(
    database=None, deadline=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Asked:
    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    def __repr__(self) -> str:
        given = {name.decode(): value[:60] for name, value in self.headers}
        return f"{self.method} {self.target[:300]} {given} {self.body[:300]!r}"


class Attack:
    """What the requests are made from: a service with a person, a member of staff, and forms."""

    def __init__(self, service: Whole, loop: asyncio.Runner) -> None:
        self.service, self.loop = service, loop
        service.fills()
        self.token = loop.run(service.begins())
        self.cookie = loop.run(service.staff())
        known = ["P-000001", "plateforme:op1", "1"]
        self.forms = loop.run(walks.desk_forms(service, self.cookie, known))
        self.csrf = loop.run(walks.csrf_of(service, self.cookie))
        self.sent = 0

    def by_hypothesis(self, number: int, count: int) -> None:
        """So many requests of ours from this seed; AssertionError at the first fault of ours."""
        each = st.one_of(self._api(), self._pages(), self._updates(), self._desk(), self._headers())
        self._run(each, number, count)

    def by_schemathesis(self, number: int, count: int) -> None:
        """So many requests of the OpenAPI, right ones and wrong ones."""
        schema = schemathesis.openapi.from_dict(self.service.app.openapi())
        each = [
            one.ok().as_strategy(generation_mode=mode)
            for one in schema.get_all_operations()
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        ]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._run(st.tuples(st.one_of(each), st.booleans()).map(self._of_case), number, count)

    def check(self) -> None:
        """That the requests came in: the member of staff is still signed in."""
        cookie = [(b"cookie", self.cookie)]
        assert self.loop.run(self.service.ask("GET", "/equipe/", headers=cookie)).status == 200

    def _run(self, each: st.SearchStrategy[Asked], number: int, count: int) -> None:
        @seed(number)
        @settings(CALM, max_examples=count)
        @given(each)
        def ask(asked: Asked) -> None:
            self.sent += 1
            token = self.token.encode()
            headers = [(name, value.replace(TOKEN, token)) for name, value in asked.headers]
            answer = self.loop.run(
                self.service.ask(
                    asked.method, asked.target, headers=headers, body=asked.body,
                    client=f"9.{self.sent % 250}.{self.sent // 250 % 250}.1",
                )
            )  # fmt: skip
            ours = answer.status >= 500 and not (answer.status == 503 and asked.target == READY)
            assert not ours, (answer.status, asked)
            if asked.target.startswith(HOOK):
                assert answer.status in (200, 401, 405, 413), (answer.status, asked)
            if answer.status == 410:  # erased by one of these requests: somebody else begins
                self.token = self.loop.run(self.service.begins())
            for line in answer.headers:
                assert b"\n" not in line[1]

        ask()

    def _of_case(self, pair: tuple[Any, bool]) -> Asked:
        """A case of schemathesis; every other one comes from a person who is known."""
        case, known = pair
        given = {k: str(v) for k, v in (case.headers or {}).items()}
        if known:
            given |= {"Authorization": "Bearer " + TOKEN.decode()}
        given |= {"Cookie": "; ".join(f"{k}={v}" for k, v in (case.cookies or {}).items())}
        headers = [
            (k.encode("latin-1", "replace"), walks.in_header(v)) for k, v in given.items() if k
        ]
        body = case.body
        if isinstance(body, bytes):
            raw = body
        elif type(body).__name__ == "NotSet":
            raw = b""
        else:
            raw = json.dumps(body).encode()
        query = urlencode(
            [(k, str(v)) for k, v in (case.query or {}).items()], errors="surrogatepass"
        )
        target = quote(case.formatted_path, safe="/%") + f"?{query}" * bool(query)
        return Asked(case.method.upper(), target, tuple(headers), raw)

    # --- ours ---

    def _api(self) -> st.SearchStrategy[Asked]:
        bearer = (b"authorization", b"Bearer " + TOKEN)
        fields = st.dictionaries(
            st.sampled_from(["id", "text", "choice", "guide", "origin", "opening"]) | words,
            anything, max_size=4,
        )  # fmt: skip
        said = st.builds(lambda id, text: {"id": f"h{id}", "text": text}, st.integers(0), words)
        pressed = st.builds(lambda id, c: {"id": f"h{id}", "choice": c}, st.integers(0), words)
        bodies = (fields | said | pressed | anything).map(lambda one: json.dumps(one).encode())
        return st.builds(
            Asked,
            st.sampled_from(["POST", "POST", "POST", "GET", "DELETE", "PUT"]),
            st.builds(
                lambda path, guide: path + (f"?guide={walks.in_path(guide)}" if guide else ""),
                st.sampled_from(["/api/conversations", "/api/messages", "/api/copy"]),
                st.just("") | words,
            ),
            st.sampled_from([(bearer,), (bearer,), ()]),
            bodies | st.binary(max_size=60),
        )

    def _pages(self) -> st.SearchStrategy[Asked]:
        cookie = (b"cookie", b"parole=" + TOKEN)
        targets = st.sampled_from(
            ["/", "/g/{}", "/o/{}", "/g/{}/o/{}", "/?origine={}&{}={}", "/retour?guide={}", "/{}",
             "/efface?guide={}", "/manifest.webmanifest?guide={}", "/static/{}/{}", "/quitter"]
        )  # fmt: skip
        asked = st.builds(
            lambda path, text: Asked("GET", path.replace("{}", walks.in_path(text)), (cookie,)),
            targets, words,
        )  # fmt: skip
        names = st.sampled_from(["id", "text", "choice", "guide", "origin", "words", "masked"])
        sent = st.builds(
            lambda to, fields: Asked(
                "POST", to, (cookie, FORM, (b"origin", ORIGIN)),
                urlencode(fields, errors="surrogatepass").encode(),
            ),
            st.sampled_from(["/discussion/message", "/discussion", "/retour", "/masquer"]),
            st.dictionaries(names | words, words, max_size=4),
        )  # fmt: skip
        return asked | sent

    def _updates(self) -> st.SearchStrategy[Asked]:
        secret = (b"x-telegram-bot-api-secret-token", SECRET.encode())
        keys = st.sampled_from(
            ["text", "caption", "photo", "voice", "sticker", "edit_date", "contact", "location",
             "entities", "from", "chat", "message_id", "date"]
        )  # fmt: skip
        more = st.dictionaries(keys | words, anything, max_size=3)
        chats = st.integers(1, 40).map(lambda one: 50_000 + one)
        said = st.builds(lambda chat, m: self.service.message(chat, **m), chats, more)
        spoken = st.builds(lambda chat, t: self.service.message(chat, text=t), chats, words)
        edited = said.map(lambda one: {"update_id": 1, "edited_message": one["message"]})
        pressed = st.builds(self.service.press, chats, anything)
        updates = spoken | said | edited | pressed | anything
        return updates.map(lambda one: Asked("POST", HOOK, (secret,), json.dumps(one).encode()))

    def _desk(self) -> st.SearchStrategy[Asked]:
        cookie, origin = (b"cookie", self.cookie), (b"origin", ORIGIN)
        routes = [r for r in walks.desk_routes(self.service)
                  if not r.path.startswith(walks.CLOSING)]  # fmt: skip
        path = st.builds(
            lambda route, text: "/equipe" + "".join(
                walks.in_path(text) if part.startswith("{") else part
                for part in route.path.replace("{", "\0{").replace("}", "}\0").split("\0")
            ),
            st.sampled_from(routes), words,
        )  # fmt: skip
        query = st.dictionaries(st.sampled_from(walks.ASKED), words, max_size=3)
        asked = st.builds(
            lambda to, q: Asked("GET", f"{to}?{urlencode(q, errors='surrogatepass')}", (cookie,)),
            path, query,
        )  # fmt: skip
        token = (b"x-csrf-token", self.csrf.encode())
        sent = st.builds(
            lambda to, fields: Asked(
                "POST", to, (cookie, origin, token, FORM),
                urlencode(fields, errors="surrogatepass").encode(),
            ),
            path,
            st.dictionaries(words, words, max_size=3),
        )  # fmt: skip
        forms = st.sampled_from([form for form in self.forms if not form.files]).flatmap(
            lambda form: st.dictionaries(
                st.sampled_from(form.names or ["x"]), words, max_size=3
            ).map(lambda changed: self._filled(form, changed))
        )
        return asked | sent | forms

    def _filled(self, form: walks.Form, changed: dict[str, str]) -> Asked:
        fields = {**dict(form.fields), **changed, "csrf": self.csrf}
        written = urlencode(fields, errors="surrogatepass")
        headers = ((b"cookie", self.cookie), (b"origin", ORIGIN), FORM)
        if form.method == "GET":
            return Asked("GET", f"{form.target}?{written}", headers)
        return Asked("POST", form.target.partition("#")[0], headers, written.encode())

    def _headers(self) -> st.SearchStrategy[Asked]:
        both = b"parole=" + TOKEN + b"; " + self.cookie
        pairs = st.tuples(st.sampled_from(walks.HEADERS), words.map(walks.in_header))
        return st.builds(
            lambda method, to, given: Asked(method, to, ((b"cookie", both), *given), b"{}"),
            st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "DELETE"]),
            st.sampled_from(
                ["/", "/api/messages", "/discussion/message", "/equipe/", "/equipe/contributions",
                 "/equipe/connexion", HOOK, "/healthz", "/retour"]
            ),
            st.lists(pairs, max_size=3),
        )  # fmt: skip


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def no_fault_logged() -> Iterator[list[Any]]:
    """Everything logged meanwhile; AssertionError at its end if one line is an error."""
    kept = _Kept()
    logging.getLogger().addHandler(kept)
    try:
        with structlog.testing.capture_logs() as lines:
            yield lines
    finally:
        logging.getLogger().removeHandler(kept)
    told = [one for one in lines if one["log_level"] in ("error", "critical")]
    assert not told, told[:3]
    assert not kept.lines, kept.lines[:3]
