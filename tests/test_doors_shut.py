"""What keeps the doors: the webhook's secret, headers on every answer, limits, no WebSocket."""

from __future__ import annotations

import json
import random
import string
from collections.abc import AsyncIterator
from hmac import compare_digest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import structlog
from fastapi.routing import APIRoute

from bot.channels.web_reading import LARGEST_BODY
from tests import hostile_walks as walks
from tests.asgi import Answer
from tests.hostile import TEXTS
from tests.serving import serving
from tests.whole_service import HOOK, ORIGIN, SECRET, Whole, whole

pytestmark = pytest.mark.anyio
HEADER = b"x-telegram-bot-api-secret-token"
CANARY = "canari-7351-de-la-porte"
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "strict-transport-security": "max-age=31536000; includeSubDomains",
}
KEPT_BY_BROWSERS = ("/static/", "/equipe/static/", "/service-worker.js", "/manifest.webmanifest")


@pytest.fixture
async def service(database_url: str, tmp_path: Path) -> AsyncIterator[Whole]:
    async with whole(database_url, tmp_path) as made:
        yield made


@pytest.fixture
def backend() -> str:
    """These are refused before any database is asked."""
    return "sqlite"


# --- the webhook ---


def wrong_secrets(seed: int, how_many: int) -> list[bytes]:
    """The right one cut, lengthened, recased, with one sign changed; others; octets of any kind."""
    chance, right = random.Random(seed), SECRET.encode()
    signs = (string.ascii_letters + string.digits + "_-").encode()

    def one() -> bytes:
        at = chance.randrange(len(right))
        other = bytes([chance.choice(signs)])
        match chance.randrange(8):
            case 0:
                return right[:at]
            case 1:
                return right + other * chance.randrange(1, 9)
            case 2:
                return right[:at] + other + right[at + 1 :]
            case 3:
                return right.swapcase() if chance.random() < 0.5 else right[::-1]
            case 4:
                return bytes(chance.choice(signs) for _ in range(chance.randrange(1, 257)))
            case 5:
                return bytes(chance.randrange(1, 256) for _ in range(chance.randrange(0, 300)))
            case 6:
                return b" " + right + b"\t" * chance.randrange(2)
        return walks.in_header(chance.choice(TEXTS))

    return [found for found in (one() for _ in range(how_many)) if found != right]


@pytest.mark.parametrize("seed", range(5))
async def test_no_wrong_secret_is_let_in(service: Whole, seed: int) -> None:
    """S12, F16: 10 000 cases in all: 401, nothing read, nothing stored, nothing said of them."""
    update = json.dumps(service.message(77, text=CANARY)).encode()
    refused = 0
    with structlog.testing.capture_logs() as lines:
        for secret in (*wrong_secrets(seed, 2100), None):
            headers = [] if secret is None else [(HEADER, secret)]
            answer = await service.ask("POST", HOOK, headers=headers, body=update)
            assert answer.status == 401, secret
            assert CANARY not in answer.text
            refused += 1
    assert refused >= 2000
    assert lines == []
    doubled = [(HEADER, b"x"), (HEADER, SECRET.encode())]
    assert (await service.ask("POST", HOOK, headers=doubled, body=update)).status == 401
    with service.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM conversations").scalar() == 0
    print(f"{refused} wrong secrets, seed {seed}: 0 let in")


async def test_secrets_are_compared_whole(service: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """S12, F16: by `hmac.compare_digest`, which takes as long wherever the difference is."""
    compared: list[tuple[bytes, bytes]] = []

    def watched(shown: bytes, expected: bytes) -> bool:
        compared.append((shown, expected))
        return compare_digest(shown, expected)

    monkeypatch.setattr("bot.channels.telegram_doors.hmac.compare_digest", watched)
    for secret in (b"", b"x", SECRET.encode()):
        await service.ask("POST", HOOK, headers=[(HEADER, secret)], body=b"{}")
    assert compared == [(secret, SECRET.encode()) for secret in (b"", b"x", SECRET.encode())]


# --- headers ---


def protected(answer: Answer, where: str) -> None:
    for name, value in HEADERS.items():
        assert answer.header(name) == value, (where, name)
    policy = answer.header("content-security-policy") or ""
    assert "unsafe" not in policy, where
    for part in ("default-src 'none'", "script-src 'self'", "style-src 'self'",
                 "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):  # fmt: skip
        assert part in policy, (where, part)
    if not where.split(" ")[1].startswith(KEPT_BY_BROWSERS) or answer.status >= 400:
        assert answer.header("cache-control") == "no-store", where
    names = [name for name, _ in answer.headers]
    assert len(names) == len(set(names) | set()) + names.count(b"set-cookie") - (
        b"set-cookie" in names
    ), where
    for cookie in answer.cookies():
        name, _, rest = cookie.partition("=")
        attributes = {one.strip().lower() for one in rest.split(";")[1:]}
        assert {"secure", "path=/"} <= attributes, (where, name)
        assert name.startswith("__Host-"), (where, name)
        assert not {one for one in attributes if one.startswith("domain")}, where
        assert attributes & {"samesite=lax", "samesite=strict"}, where
        assert "httponly" in attributes or name == "__Host-parole-masque", where


async def test_every_answer_of_every_route_has_the_headers(
    database_url: str, tmp_path: Path
) -> None:
    """S8, S4: under https, each route by each method, and errors of every sort, on both sides."""
    https = "https://parole.exemple.fr"
    asked = set()
    async with whole(database_url, tmp_path, public_url=https) as service:
        routes = [r for r in walks.inside(service.app.routes) if isinstance(r, APIRoute)]
        paths = [r.path for r in routes] + ["/equipe" + r.path for r in walks.desk_routes(service)]
        paths += ["/rien", "/equipe/rien", "/api/rien", "/openapi.json", "/static/1/rien.css"]
        secret, host = (HEADER, SECRET.encode()), (b"host", b"parole.exemple.fr")
        for path in paths:
            target = path.replace("{", "").replace("}", "")
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
                for headers, body in (
                    ([], b""), ([(b"accept", b"text/html")], b"{"),
                    ([secret, (b"origin", https.encode())], b"a=b&guide=cese-2022"),
                    ([(b"origin", b"http://[")], b"\xff" * (LARGEST_BODY + 1)),
                ):  # fmt: skip
                    answer = await service.ask(
                        method, target, headers=[*headers, host], body=body, scheme="https"
                    )
                    protected(answer, f"{method} {target}")
                    assert answer.status < 500, target
                    asked.add(answer.status)
        print(f"{len(paths)} routes, {service.told()}")
    assert {200, 201, 303, 307, 401, 403, 404, 405, 413} <= asked


@pytest.mark.parametrize("path", ["/", "/api/messages", "/equipe/", "/rien"])
async def test_a_fault_of_ours_has_them_too(
    service: Whole, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S8: the last resort, which tells nothing."""

    async def broken(*_: Any, **__: Any) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr("starlette.routing.Router.__call__", broken)
    with structlog.testing.capture_logs() as lines:
        answer = await service.ask("GET", path, scheme="https")
    assert answer.status == 500
    protected(answer, f"GET {path}")
    assert CANARY not in answer.text + str(lines)


@pytest.mark.parametrize("address", [b"http://[", b"http://[x", "http://a℀b".encode(), b"//["])
@pytest.mark.parametrize("header", [b"origin", b"referer", b"host"])
async def test_an_address_that_is_none_is_no_fault_of_ours(
    service: Whole, header: bytes, address: bytes
) -> None:
    """F15: in a header that tells where a request comes from."""
    token, staff = await service.begins(), await service.staff()
    cookie = (b"cookie", b"parole=" + token.encode() + b"; " + staff)
    for site in (b"same-origin", b"none", b""):
        given = [cookie, (header, address), *([(b"sec-fetch-site", site)] if site else [])]
        for method, target in (("GET", "/"), ("POST", "/masquer"), ("GET", "/equipe/"),
                               ("POST", "/equipe/deconnexion"), ("GET", "/quitter")):  # fmt: skip
            answer = await service.ask(method, target, headers=given)
            assert answer.status in (200, 303, 403), (target, answer.status)


# --- limits ---


async def test_what_is_too_big_is_refused_before_it_is_read(service: Whole) -> None:
    """I6: by its length, or as soon as 256 KB have come; the rest is not read."""
    token = await service.begins()
    json_kind = (b"content-type", b"application/json")
    bearer = (b"authorization", b"Bearer " + token.encode())
    origin, secret = (b"origin", ORIGIN), (HEADER, SECRET.encode())
    for target, given in (
        ("/api/conversations", [json_kind]), ("/api/messages", [json_kind, bearer]),
        ("/discussion", [origin]), ("/discussion/message", [origin]), ("/retour", [origin]),
        ("/masquer", [origin]), (HOOK, [secret]),
        ("/equipe/connexion", [origin, (b"content-type", b"application/x-www-form-urlencoded")]),
    ):  # fmt: skip
        said = (b"content-length", str(LARGEST_BODY + 1).encode())
        for headers, body in (([*given, said], [b"a=b"]), (given, [CANARY.encode() * 800] * 40)):
            left = list(body)
            answer = await service.ask("POST", target, headers=headers, body=left, taken=left)
            assert answer.status == 413, (target, answer.status)
            assert len(left) in ((1,) if len(body) == 1 else range(25, 40))
            assert CANARY not in answer.text


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("levels", [33, 1_000, 20_000])
async def test_json_too_deep_is_refused(service: Whole, opening: str, levels: int) -> None:
    """I6: 400, whatever the depth; a webhook's is let go, so that it does not come again."""
    body = (opening * levels).encode()
    closed = body + (b"1" + (b"]" if opening == "[" else b"}") * levels)
    for raw in (body, closed):
        for target in ("/api/conversations", "/api/messages"):
            token = (b"authorization", b"Bearer " + b"a" * 43)
            answer = await service.ask("POST", target, headers=[token], body=raw)
            assert answer.status == 400
        headers = [(HEADER, SECRET.encode())]
        assert (await service.ask("POST", HOOK, headers=headers, body=raw)).status == 200


async def test_who_writes_too_fast_waits(database_url: str, tmp_path: Path) -> None:
    """I6, A1: 429 with the seconds to wait, the words not repeated."""
    async with whole(database_url, tmp_path, max_turns_per_minute=12) as service:
        token = await service.begins()
        statuses = []
        for number in range(20):
            content = {"id": f"x{number}", "text": f"{CANARY} {number}"}
            answer = await service.json("POST", "/api/messages", content, token)
            statuses.append(answer.status)
            if answer.status == 429:
                assert int(answer.header("retry-after") or 0) >= 1
                assert CANARY not in answer.text
        assert 429 in statuses
        assert set(statuses) == {200, 429}


def test_no_door_is_a_websocket(tmp_path: Path) -> None:
    """F20, I6: an upgrade is answered as any other request, by the page or by a refusal."""
    with serving(tmp_path / "data") as service:
        asked = {
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": "https://ailleurs.test",
        }  # fmt: skip
        for path in ("/", "/api/messages", "/equipe/", "/ws"):
            answer = httpx.get(service.url + path, headers=asked, trust_env=False, timeout=15)
            assert answer.status_code in (200, 401, 303, 404), path
            assert answer.headers["x-content-type-options"] == "nosniff"
        assert urlsplit(service.url).hostname == "127.0.0.1"
        assert "Traceback" not in service.said
