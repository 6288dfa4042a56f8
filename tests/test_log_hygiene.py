"""P2: every door played at DEBUG with words to look for: none is in what the programs wrote."""

from __future__ import annotations

import ast
import base64
import logging
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from bot import logs
from bot.guide_file import bundled
from bot.logs import ALLOWED, WithoutWords, allowed, knows
from bot.our_words import named
from bot.shelf import Shelf
from bot.wording import read_sentences
from tests.nlu_model import running, trained
from tests.sent import found, from_chat, sent, so_far
from tests.serving import ROOT, Served, environment, parole, serving
from tests.telegram_server import TelegramServer

LOUD = (sys.executable, str(ROOT / "tests" / "loud_parole.py"))
PERSON = 987654321  # a chat
KEY = base64.b64encode(sha256(b"log hygiene").digest()).decode()
SECRETS = {"token": "4242:canary-token-Zx81", "key": KEY, "password": "Kq7vLm2xTz9wRb4n-canari"}
WORDS = {
    "text": "zinzolin quatorze mirabelles",
    "name": "Madame Quinquempoix",
    "phone": "06 98 76 54 32",
    "street": "12 rue des Grenouillettes",
    "chat": str(PERSON),
    "first name": "Théodolinde",
    "user name": "theodolinde_q",
    "address": "203.0.113.77",
    "agent": "NavigateurCanari",
    "path": "chemin-canari",
    "body": "corps-canari",
}
TOLD = f"{WORDS['text']}, {WORDS['name']}, {WORDS['phone']}, {WORDS['street']}"


class Looked:
    """What was written, and what it must not hold."""

    def __init__(self) -> None:
        self.canaries = {**WORDS, **SECRETS}
        self.written: dict[str, str] = {}

    def keep(self, name: str, value: str) -> str:
        assert len(value) >= 8, name
        self.canaries[name] = value
        return value

    def found(self) -> list[tuple[str, str]]:
        return [
            (where, name)
            for where, text in self.written.items()
            for name, value in self.canaries.items()
            if value in text
        ]


def on_the_web(served: Served, looked: Looked) -> None:
    shown = {"X-Forwarded-For": WORDS["address"], "User-Agent": WORDS["agent"]}
    with httpx.Client(base_url=served.url, trust_env=False, headers=shown, timeout=30) as client:
        opened = client.post("/api/conversations", json={}).json()
        token = looked.keep("conversation", opened["token"])
        bearer = {"Authorization": f"Bearer {token}"}

        def sends(n: int, **what: object) -> int:
            return client.post(
                "/api/messages", json={"id": f"message-{n}", **what}, headers=bearer
            ).status_code

        for n, choice in enumerate(("qui_repond:seul", "age:yes", "accord:yes")):
            assert sends(n, choice=choice) == 200
        assert sends(10, text=TOLD) == 200
        assert sends(11, text=f"panne {TOLD}") == 500
        assert sends(12, text=TOLD + " é" * 20_000) in {413, 422}
        for body in (b'{"text": "corps-canari', b"\xffcorps-canari", b"[" * 900, b'"corps-canari"'):
            assert client.post("/api/messages", content=body, headers=bearer).status_code < 500
        wrong = {"Authorization": "Bearer corps-canari"}
        assert client.get("/api/thread", headers=wrong).status_code in {401, 404}
        for path in ("chemin-canari", "api/chemin-canari?q=corps-canari", "%00chemin-canari"):
            assert client.get(f"/{path}").status_code == 404
        assert client.get("/api/copy", headers=bearer).status_code == 200
        assert client.post(
            "/telegram/webhook", content=b'{"text": "corps-canari"}'
        ).status_code in {401, 403, 404}
        assert sends(13, text="je veux tout effacer") == 200


def on_telegram(telegram: TelegramServer) -> None:
    telegram.says(PERSON, "/start")
    for choice in ("qui_repond:seul", "age:yes", "accord:yes"):
        telegram.presses(PERSON, choice)
    number = telegram.says(PERSON, TOLD)
    telegram.edits(PERSON, number, TOLD + " bis")
    telegram.says(PERSON, f"panne {TOLD}")
    poison = {"message_id": "corps-canari", "from": {"id": PERSON, "username": WORDS["user name"]}}
    telegram.push({"message": poison})
    telegram.push({"corps-canari": {"first_name": WORDS["first name"]}})
    telegram.sends(PERSON, contact={"phone_number": WORDS["phone"], "first_name": "Théodolinde"})
    telegram.says(PERSON, "effacer")
    until = time.monotonic() + 60
    while telegram.updates and time.monotonic() < until:
        time.sleep(0.1)
    assert not telegram.updates, "not all read"


def at_the_desk(served: Served, folder: Path, looked: Looked, **settings: object) -> None:
    made = parole("staff", "add", "lea", "--role", "lecture", data_dir=folder, **settings)
    password = looked.keep("staff password", made.stdout.strip())
    ours = {"Origin": served.url}
    with httpx.Client(base_url=served.url, trust_env=False, headers=ours, timeout=30) as client:
        wrong = {"login": "lea", "password": "corps-canari"}
        assert client.post("/equipe/connexion", data=wrong).status_code < 500
        client.post("/equipe/connexion", data={"login": "lea", "password": password})
        for name, value in client.cookies.items():
            looked.keep(f"cookie {name}", value)
        assert client.get("/equipe/").status_code == 200
        for path in ("/equipe/contributions", "/equipe/chemin-canari"):
            assert client.get(path, params={"q": TOLD}).status_code < 500


@pytest.fixture(scope="module")
def rasa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    with running(trained(), tmp_path_factory.mktemp("nlu")) as found:
        yield found


def test_nothing_of_anybody_is_in_any_log(
    backend: str, blank_url: str, tmp_path: Path, rasa: tuple[Path, Path],
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    """P2: web, Telegram, desk, exports, erasure, errors, refused bodies; every library at DEBUG."""
    looked, folder = Looked(), tmp_path / "data"
    settings: dict[str, object] = {"master_key": KEY, "rasa_url": f"unix:{rasa[0]}"}
    if backend == "postgres":
        settings["database_url"] = blank_url.replace("parole@", f"parole:{SECRETS['password']}@")
        assert parole("migrate", data_dir=folder, **settings).returncode == 0
    with TelegramServer() as telegram:
        more = {"telegram_token": telegram.token, "telegram_api": telegram.url}
        with serving(folder, by=LOUD, **settings, **more) as served:
            on_telegram(telegram)
            on_the_web(served, looked)
            at_the_desk(served, folder, looked, **settings)
            commands = (("export", "csv-excel", "--out", tmp_path / "out"), ("origins",),
                        ("journal",), ("erase", "AAAA-AAAA", "--yes"))  # fmt: skip
            for command in commands:
                ended = parole(*command, data_dir=folder, **settings)
                assert ended.returncode == (2 if command[0] == "erase" else 0), ended.stderr
                looked.written[f"parole {command[0]}"] = ended.stderr
        looked.written["parole serve"] = served.said
    looked.written["Rasa"] = rasa[1].read_text("utf-8")
    if backend == "postgres":
        cluster = request.getfixturevalue("postgres")
        looked.written["PostgreSQL"] = (cluster.folder / "server.log").read_text("utf-8", "replace")
    sizes = {name: len(text.encode()) for name, text in looked.written.items()}
    found = looked.found()
    print(f"{backend}: {len(looked.canaries)} words, {sizes} bytes, {len(found)} found")
    said = looked.written["parole serve"]
    assert found == [], said
    assert "DEBUG sqlalchemy" in said, "not loud enough"
    assert "DEBUG httpcore" in said or "DEBUG httpx" in said, "not loud enough"
    assert re.search(r"CRITICAL parole ValueError .* > fall:\d+\n", said), "no thread fell"
    assert "request_failed" in said
    assert "='#" not in said, "every question, sentence and code of ours is known"
    assert "update_set_aside" in said


def test_an_error_of_a_command_is_told_without_its_words() -> None:
    """P2: typer's own hook would write the whole error; every command ends in `main`."""
    broken = (
        "import bot.settings; from bot.__main__ import main\n"
        "def load(**_): raise ValueError('zinzolin quatorze mirabelles')\n"
        "bot.settings.load = load; main()"
    )
    for command in (("purge",), ("serve",), ("origins",), ("key", "rotate")):
        ended = subprocess.run(
            [sys.executable, "-c", broken, *command], cwd=ROOT, env=environment({}),
            capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        assert ended.returncode == 1, command
        assert re.fullmatch(r"CRITICAL parole ValueError main:\d+ > .* > load:\d+\n", ended.stderr)
        assert ended.stdout == ""


def test_a_name_or_a_phone_that_looks_like_ours_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """P2: a shape is not enough where the values are ours."""
    monkeypatch.setattr(logs, "_known", dict(logs._known))
    shelf = Shelf(bundled(), "cese-2022", lambda *_: None)
    knows(**named(map(shelf.current, shelf.sources), read_sentences()))
    posing = {"event": "started", "about": "marie.dupont", "spot": "0612345678",
              "key": "theodolinde_q", "export": "203.0.113.77"}  # fmt: skip
    kept = allowed(None, "", dict(posing))
    assert kept["withheld"] == "export"
    assert not set(posing.values()) - {"started"} & set(map(str, kept.values()))
    for name in ("about", "spot", "key"):
        assert re.fullmatch("#[0-9a-f]{8}", kept[name])
        assert kept[name] == allowed(None, "", {name: posing[name]})[name], "told apart"
    ours = {"about": "experience", "spot": "qui_repond.2", "key": "receipt", "export": "0a" * 16}
    assert allowed(None, "", dict(ours)) == ours
    knows()
    assert allowed(None, "", {"spot": "qui_repond"})["spot"].startswith("#"), "nothing is known"


def test_what_the_tests_send_would_be_found() -> None:
    """P2: `found`, which looks at every log of the suite, finds."""
    mark = so_far()
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        client.post("http://t/api/messages", json={"text": "un soir\nà la mairie de Trifouilly"},
                    headers={"Authorization": "Bearer un-jeton-tres-long"})  # fmt: skip
        client.post("http://t/equipe/connexion", data={"password": "trois tasses de verveine"})
        client.get("http://t/equipe/x", params={"q": "la vieille dame du 3e"})
    from_chat(987654321)
    sent("bref", "Dupont")
    quoted = ("à la mairie de Trifouilly", "un-jeton-tres-long", "trois tasses de verveine",
              "la vieille dame du 3e", "987654321")  # fmt: skip
    for one in quoted:
        assert found(f"event='lost' text='{one}'", mark) == [one]
    assert found("error='Dupont' event='x'", mark) == ["Dupont"]
    assert (
        found("bref un soir Dupontel update=1987654321 2026-11-22T10:00:00.987654321Z", mark) == []
    )
    assert found(" ".join(quoted), so_far()) == [], "only what was sent since"


@pytest.mark.parametrize(
    ("line", "withheld"),
    [
        ({"event": "started", "conversation": "0a1b2c3d", "spot": "experience"}, None),
        ({"event": "failed", "error": "KeyError _open:12"}, None),
        ({"event": "failed", "error": "KeyError: 'mes mots'"}, "error"),
        ({"event": "Mes mots à moi"}, "event"),
        ({"event": "started", "text": "bonjour"}, "text"),
        ({"event": "started", "route": "/api/Mes mots"}, "route"),
        ({"event": "started", "seconds": "06 12 34"}, "seconds"),
        ({"event": "started", "conversation": "a whole reference"}, "conversation"),
        ({"event": "started", "key": "a\nb"}, "key"),
    ],
)
def test_what_is_not_on_the_list_is_left_out(line: dict[str, object], withheld: str | None) -> None:
    """P2."""
    kept = allowed(None, "", dict(line))
    assert kept.get("withheld") == withheld
    assert set(kept) - {"withheld"} == set(line) - {withheld}


def test_every_line_of_ours_is_on_the_list() -> None:
    """P2: the names given to a log, wherever one is written."""
    named: set[str] = set()
    for package in ("bot", "nlu", "actions", "storage", "exports", "desk"):
        for file in (ROOT / package).rglob("*.py"):
            for call in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(call, ast.Call) and re.match(
                    r"_?log\.(debug|info|warning|error)$", ast.unparse(call.func)
                ):
                    named |= {str(one.arg) for one in call.keywords}
    assert named <= set(ALLOWED)
    assert named | {"event", "level", "timestamp"} == set(ALLOWED)


def test_a_library_is_named_and_not_quoted() -> None:
    """P2."""
    try:
        raise ValueError("mes mots")
    except ValueError:
        record = logging.LogRecord(
            "httpx", logging.ERROR, "", 1, "mes mots %s %s", ("un",), sys.exc_info()
        )
    said = WithoutWords().format(record)
    assert "mots" not in said
    assert re.fullmatch(r"ERROR httpx ValueError test_a_library_is_named_and_not_quoted:\d+", said)
