"""The real server killed in the middle of an export: the next one begins it again, same bytes."""

from __future__ import annotations

import re
import signal
import sqlite3
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
from desk_crowd import answered, people

from storage.database import open_database
from storage.sealing.masterkey import open_keys
from tests.desk_service import Office, csrf
from tests.serving import Served, parole, serving

SLOWLY = (
    sys.executable, "-W", "error", "-c",
    "import desk.exporting.workroom as w; w.EACH, w.BREATH = 1, 0.4; "
    "from bot.__main__ import main; main()",
)  # fmt: skip
FORMATS = ["csv", "jsonl", "xlsx", "refi-qda"]


def test_an_export_that_a_kill_interrupts_is_made_again_with_the_same_bytes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    password, secret = hired(data)
    told(data)
    with httpx.Client(timeout=20, trust_env=False) as client:
        with serving(data) as service:
            enters(client, service, password, secret)
            first = asks(client, service)
            wanted = taken(client, service, first)
        with serving(data, by=SLOWLY) as service:
            second = sends(client, service, f"/equipe/exports/{first}/refaire")
            until(lambda: "Fait à" in page(client, service, second), 15)
            service.stop(signal.SIGKILL)
        assert stage(data, second) == ("running", None)
        assert not any(second[:6] in file.name for file in (data / "exports").glob("*.zip"))
        killed = time.monotonic()
        with serving(data) as service:
            assert taken(client, service, second) == wanted
            assert "Mêmes octets" in page(client, service, second)
            print(f"{len(wanted)} bytes, the same {time.monotonic() - killed:.0f} s after the kill")
    lines = parole("journal", "--count", "100", "--data", data).stdout
    assert lines.count("export_asked") == 2
    assert lines.count("export_made") == 2


def hired(data: Path) -> tuple[str, str]:
    """An account that exports: its password, and the secret of its codes."""
    added = parole("staff", "add", "paul", "--role", "export", "--data", data)
    shown = parole("staff", "second-factor", "paul", "--data", data)
    uri = next(line for line in shown.stdout.splitlines() if line.startswith("otpauth:"))
    return added.stdout.strip(), parse_qs(urlsplit(uri).query)["secret"][0]


def told(data: Path) -> None:
    """Twenty-four people."""
    engine = open_database(f"sqlite:///{data / 'parole.db'}", create=False)
    keys = open_keys(engine, setting=None, file=data / "parole.key")
    answered(cast(Office, SimpleNamespace(engine=engine, keys=keys)), people(24))
    engine.dispose()


def enters(client: httpx.Client, service: Served, password: str, secret: str) -> None:
    """Sign in; the session outlives the server."""
    ours = {"Origin": service.url}
    fields = {"login": "paul", "password": password, "suite": ""}
    answer = client.post(f"{service.url}/equipe/connexion", data=fields, headers=ours)
    shown = client.get(service.url + answer.headers["location"])
    fields = {"csrf": csrf(shown.text), "code": pyotp.TOTP(secret).now(), "suite": ""}
    client.post(f"{service.url}/equipe/connexion/code", data=fields, headers=ours)


def sends(client: httpx.Client, service: Served, path: str, **fields: Any) -> str:
    """The export to which a form leads."""
    token = csrf(client.get(f"{service.url}/equipe/compte").text)
    answer = client.post(service.url + path, data={"csrf": token, **fields},
                         headers={"Origin": service.url})  # fmt: skip
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def asks(client: httpx.Client, service: Served) -> str:
    id = sends(client, service, "/equipe/exports", profile="interne", format=FORMATS)
    until(lambda: "Faire l’export" in page(client, service, id), 20)
    return sends(client, service, f"/equipe/exports/{id}/faire")


def page(client: httpx.Client, service: Served, id: str) -> str:
    shown = client.get(f"{service.url}/equipe/exports/{id}")
    assert shown.status_code == 200
    assert not re.search(r'class="notice alert"', shown.text), shown.text
    return shown.text


def taken(client: httpx.Client, service: Served, id: str) -> bytes:
    until(lambda: "Télécharger le ZIP" in page(client, service, id), 60)
    return client.get(f"{service.url}/equipe/exports/{id}/fichier").content


def stage(data: Path, id: str) -> tuple[str, str | None]:
    with sqlite3.connect(data / "parole.db") as connection:
        found = connection.execute("SELECT state, file FROM packages WHERE id = ?", (id,))
        state, file = found.fetchone()
    return state, file


def until(happens: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.2)
