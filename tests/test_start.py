"""Starting badly is a sentence that says what to do; stopping leaves nothing behind."""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from storage.database import migrate
from storage.tables import REVISION
from tests import nlu_model
from tests.postgres import Cluster
from tests.serving import ROOT, parole, serving
from tests.telegram_server import TelegramServer

GUIDE = (ROOT / "bot" / "guides" / "assises.yml").read_text("utf-8")
LATER = """
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{}", None, None

def upgrade(): op.execute("CREATE TABLE more (id INTEGER)")
"""
AHEAD = """
from pathlib import Path
import sys
from storage import database
database.MIGRATIONS, database.REVISION = Path(sys.argv.pop(1)), "9999"
from bot.__main__ import main
main()
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a server has left."""
    folder = tmp_path_factory.mktemp("made") / "data"
    with serving(folder):
        pass
    return folder


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "data")


def refused(folder: Path, *words: str, port: int = 0, **settings: object) -> str:
    """`parole serve` ends at once, with a sentence; the sentence."""
    ended = parole("serve", "--port", str(port), "--data", folder, **settings)
    print(ended.stderr)
    assert (ended.returncode, ended.stdout) == (2, "")
    last = ended.stderr.strip().splitlines()[-1]
    for word in words:
        assert word in last
    assert re.search(r"[.?]\s\S|, ou | : ", last), "no remedy"
    for never in ("Traceback", "Error", "Exception", "sqlalchemy", "sqlite3", "psycopg"):
        assert never not in ended.stderr
    return last


def execute(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def without_rights(*command: str | Path) -> tuple[str | Path, ...]:
    """The command as somebody whom permissions stop, even when the tests run as root."""
    if os.geteuid() != 0:
        return command
    return ("setpriv", "--bounding-set=-all", "--inh-caps=-all", *command)


def opened(url: str) -> str:
    answer = httpx.post(f"{url}/api/conversations", json={}, trust_env=False)
    assert answer.status_code == 201
    token: str = answer.json()["token"]
    return token


def tells(url: str, token: str, id: str, **what: str) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {token}"}
    body = {"id": id, **what}
    return httpx.post(f"{url}/api/messages", json=body, headers=bearer, timeout=20, trust_env=False)


# --- where to listen, where to write ---


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        refused(tmp_path, "un autre programme écoute déjà", "--port", port=other.getsockname()[1])


def test_an_address_of_another_machine(tmp_path: Path) -> None:
    refused(tmp_path, "PAROLE_HOST", host="192.0.2.1")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    refused(tmp_path / "file", "PAROLE_DATA_DIR", "c’est un fichier")


@pytest.mark.parametrize("what", ["folder", "file"])
def test_what_cannot_be_written(data: Path, tmp_path: Path, what: str, monkeypatch) -> None:
    monkeypatch.setattr("tests.serving.PAROLE", without_rights(sys.executable, "-m", "bot"))
    if what == "file":
        (data / "parole.db").chmod(0o444)
        refused(data, "ne peut pas être modifiée", "droit d'écrire")
    else:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o555)
        refused(closed / "data", "ne peut pas être créée", "PAROLE_DATA_DIR")
        closed.chmod(0o755)


# --- the database ---


def test_a_database_that_another_program_holds(data: Path) -> None:
    with closing(sqlite3.connect(data / "parole.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        refused(data, "Un autre programme tient la base", "PAROLE_DATABASE_URL")


def test_a_database_held_during_a_turn(data: Path) -> None:
    with serving(data) as served:
        token = opened(served.url)
        with closing(sqlite3.connect(data / "parole.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            began = time.monotonic()
            busy = tells(served.url, token, "m1", choice="qui_repond:seul")
            assert time.monotonic() - began < 10
            assert busy.status_code == 503
            assert busy.headers["content-type"] == "application/problem+json"
            assert int(busy.headers["retry-after"]) > 0
            assert "traceback" not in served.said.casefold()
            other.execute("ROLLBACK")
        kept = tells(served.url, token, "m1", choice="qui_repond:seul")
        assert kept.status_code == 200
        assert tells(served.url, token, "m1", choice="qui_repond:seul").json() == kept.json()


def test_a_file_that_is_not_a_database(data: Path) -> None:
    (data / "parole.db").write_bytes(b"Bonjour. " * 1000)
    refused(data, "n'est pas une base de Parole", "PAROLE_DATABASE_URL")


def test_the_tables_of_another_application(data: Path) -> None:
    (data / "parole.db").unlink()
    execute(data / "parole.db", "CREATE TABLE answers (x)")
    refused(data, "une autre application", "PAROLE_DATABASE_URL")


def test_a_database_of_a_newer_version(data: Path) -> None:
    execute(data / "parole.db", "UPDATE alembic_version SET version_num = '9999'")
    refused(data, "plus récente", "Mettez Parole à jour")


def test_an_older_embedded_database_is_brought_up_to_date(data: Path, tmp_path: Path) -> None:
    with serving(data) as served:
        token = opened(served.url)
    folder = shutil.copytree(ROOT / "storage" / "migrations", tmp_path / "migrations")
    (folder / "versions" / "9999_more.py").write_text(LATER.format(REVISION))
    with serving(data, by=(sys.executable, "-c", AHEAD, str(folder))) as served:
        assert "a été mise à jour" in served.said
        assert tells(served.url, token, "m1", choice="qui_repond:seul").status_code == 200


def test_an_older_postgresql_is_left_as_it_is(tmp_path: Path, postgres: Cluster) -> None:
    url = postgres.url()
    key = base64.b64encode(os.urandom(32)).decode()
    refused(tmp_path, "parole migrate", database_url=url, master_key=key)
    migrate(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    refused(tmp_path, "plus ancienne", "parole migrate", database_url=url, master_key=key)
    postgres.drop(url)


def test_an_absent_postgresql(tmp_path: Path) -> None:
    url = "postgresql://parole:canary-Zx81Qm47tPw9@127.0.0.1:1/parole"
    said = refused(tmp_path, "PostgreSQL ne répond pas", "PAROLE_DATABASE_URL", database_url=url)
    assert "canary" not in said


# --- the key ---


def test_the_wrong_key(data: Path) -> None:
    other = base64.b64encode(os.urandom(32)).decode()
    assert other not in refused(data, "une autre clé", "PAROLE_MASTER_KEY", master_key=other)


def test_a_lost_key(data: Path) -> None:
    (data / "parole.key").unlink()
    refused(data, "la clé n'est pas là", str(data / "parole.key"), "PAROLE_MASTER_KEY")


def test_a_key_that_others_can_read(data: Path) -> None:
    (data / "parole.key").chmod(0o644)
    refused(data, "chmod 600")


def test_a_key_that_cannot_be_read(data: Path) -> None:
    (data / "parole.key").unlink()
    (data / "parole.key").mkdir(mode=0o700)
    refused(data, "ne peut pas être lu", "PAROLE_MASTER_KEY")


# --- guides and settings ---


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("guide: assises", "guide: assises\nguid: x"), ("mien.yml, ligne 3", "guid")),
        (("kind: place", "kind: lieu"), ("mien.yml, ligne ", "Choisissez « kind » parmi")),
        (("if: recueil = yes", "if: nulle_part = yes"), ("mien.yml, ligne ", "nulle_part")),
        (("guide: assises", "guide: [assises"), ("mien.yml, ligne ", "YAML")),
    ],
)
def test_a_guide_that_is_broken_or_contradicts_itself(
    tmp_path: Path, change: tuple[str, str], expected: tuple[str, ...]
) -> None:
    guides = tmp_path / "guides"
    guides.mkdir()
    (guides / "mien.yml").write_text(GUIDE.replace(*change, 1), "utf-8")
    refused(tmp_path / "data", *expected, guides_dir=guides)


def test_a_guide_changed_while_people_answer_it(data: Path, tmp_path: Path) -> None:
    with serving(data, guide="assises") as served:
        opened(served.url)
    guides = tmp_path / "guides"
    guides.mkdir()
    (guides / "mien.yml").write_text(GUIDE.replace("3 minutes", "4 minutes"), "utf-8")
    refused(data, "assises, version 2", "Changez la version", guide="assises", guides_dir=guides)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"guide": "nulle-part"}, ("PAROLE_GUIDE", "nulle-part", "assises, cese-2022")),
        ({"telegram_tokn": "x"}, ("PAROLE_TELEGRAM_TOKN", "PAROLE_TELEGRAM_TOKEN ?")),
        ({"telegram_token": "canary"}, ("PAROLE_TELEGRAM_TOKEN", "@BotFather")),
        ({"telegram_secret": "canary"}, ("PAROLE_TELEGRAM_SECRET", "openssl rand -hex 32")),
        ({"port": "huit"}, ("PAROLE_PORT", "nombre entier")),
    ],
)
def test_a_setting_that_cannot_be_used(
    tmp_path: Path, settings: dict[str, str], expected: tuple[str, ...]
) -> None:
    ended = parole("serve", "--data", tmp_path, **{"port": 0} | settings)
    assert (ended.returncode, ended.stdout) == (2, "")
    last = ended.stderr.strip().splitlines()[-1]
    assert all(word in last for word in expected), last
    assert "Traceback" not in ended.stderr
    assert "canary" not in ended.stderr


# --- Telegram: the web door goes on alone ---


def test_a_wrong_token_leaves_the_web_alone(tmp_path: Path) -> None:
    with TelegramServer(token="1:another") as telegram:
        token = "4242:canary-token-Zx81"
        with serving(tmp_path / "d", telegram_token=token, telegram_api=telegram.url) as served:
            served.says("Telegram n'est pas branché. PAROLE_TELEGRAM_TOKEN")
            assert "@BotFather" in served.said
            opened(served.url)
            assert served.answers("/readyz").status_code == 200
        assert "canary" not in served.said


def test_telegram_away_leaves_the_web_alone(tmp_path: Path) -> None:
    away = "http://127.0.0.1:1"
    with serving(tmp_path / "d", telegram_token="1:abc", telegram_api=away) as served:
        opened(served.url)


# --- understanding ---


def test_an_altered_model_is_not_loaded(tmp_path: Path, made: Path) -> None:
    data = shutil.copytree(made, tmp_path / "data")
    shutil.copytree(nlu_model.trained(), data / "model")
    with (data / "model" / "parole.tar.gz").open("ab") as model:
        model.write(b"more")
    with serving(data, rasa_url="") as served:
        assert served.answers("/readyz").json()["understanding"] == "preparing"
        served.says("a été modifié : il n'est pas chargé", within=60)
        assert "L'assistant continue avec ses règles seules" in served.said
        assert served.answers("/readyz").json()["understanding"] == "failed"
        token = opened(served.url)
        assert tells(served.url, token, "m1", text="aide").status_code == 200


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopping_ends_the_understanding_too(
    tmp_path: Path, made: Path, how: signal.Signals
) -> None:
    """SIGINT while a missing model is being trained, SIGTERM while the server runs."""
    model = nlu_model.trained()
    data = shutil.copytree(made, tmp_path / "data")
    if how is signal.SIGTERM:
        shutil.copytree(model, data / "model")
    with serving(data, rasa_url="") as served:
        if how is signal.SIGTERM:
            served.says("La compréhension du français est prête", within=90)
            assert served.answers("/readyz").json()["understanding"] == "ready"
        else:
            served.says("entraînement")
            assert served.answers("/healthz").status_code == 200
            token = opened(served.url)
            assert tells(served.url, token, "m1", text="aide").status_code == 200
        below = descendants(served.process.pid)
        assert below
        assert served.stop(how) == 0
    assert not [pid for pid in below if is_alive(pid)]
    assert not list(data.glob("*.sock"))


def test_no_understanding_server_where_it_should_be(tmp_path: Path) -> None:
    with serving(tmp_path / "d", rasa_url="http://127.0.0.1:1") as served:
        token = opened(served.url)
        assert tells(served.url, token, "m1", text="je réponds pour moi").status_code == 200
        assert served.answers("/readyz").json()["understanding"] == "external"


# --- health, and the end ---


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_a_signal(tmp_path: Path, how: signal.Signals) -> None:
    with serving(tmp_path / "d") as served:
        ready = served.answers("/readyz")
        assert ready.json() == {
            "status": "ready",
            "understanding": "rules",
            "database": "ok",
            "outbox_oldest_seconds": 0.0,
        }
        with httpx.Client(base_url=served.url, trust_env=False) as kept:
            kept.get("/healthz")  # a browser that keeps its connection does not hold us back
            assert served.stop(how) == 0
    assert served.said.endswith("Parole est arrêtée.\n")


@pytest.fixture
def own_postgres() -> Iterator[Cluster]:
    from tests.postgres import programs

    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    cluster = Cluster()
    yield cluster
    cluster.stop()


def test_a_database_that_goes_away_and_comes_back(tmp_path: Path, own_postgres: Cluster) -> None:
    url, key = own_postgres.url(), base64.b64encode(os.urandom(32)).decode()
    migrate(url)
    with serving(tmp_path / "d", database_url=url, master_key=key) as served:
        token = opened(served.url)
        own_postgres.halt(signal.SIGQUIT)
        began = time.monotonic()
        away = served.answers("/readyz")
        assert (away.status_code, away.json()["database"]) == (503, "away")
        assert served.answers("/healthz").status_code == 200
        lost = tells(served.url, token, "m1", choice="qui_repond:seul")
        assert (lost.status_code, "retry-after" in lost.headers) == (503, True)
        assert time.monotonic() - began < 10
        own_postgres.start()
        assert tells(served.url, token, "m1", choice="qui_repond:seul").status_code == 200
        assert served.answers("/readyz").status_code == 200


def test_an_embedded_database_that_was_taken_away(data: Path) -> None:
    with serving(data) as served:
        token = opened(served.url)
        (data / "parole.db").rename(data / "elsewhere.db")
        assert served.answers("/readyz").status_code == 503
        (data / "elsewhere.db").rename(data / "parole.db")
        assert served.answers("/readyz").status_code == 200
        assert tells(served.url, token, "m1", choice="qui_repond:seul").status_code == 200


def test_a_key_changed_under_a_server_is_said_until_it_starts_again(data: Path) -> None:
    """R10, F26: it can read nothing any more; whoever watches must know."""
    with serving(data) as served:
        opened(served.url)
        assert served.answers("/readyz").status_code == 200
        changed = parole("key", "rotate", data_dir=data)
        assert (changed.returncode, "relancez-la" in changed.stderr) == (0, True)
        said = served.answers("/readyz")
        assert (said.status_code, said.json()["database"]) == (503, "unfit")
        assert served.answers("/healthz").status_code == 200
    with serving(data) as again:
        assert again.answers("/readyz").status_code == 200


def test_people_finish_on_the_version_they_began_with(data: Path, tmp_path: Path) -> None:
    guides = tmp_path / "guides"
    guides.mkdir()
    file = guides / "mien.yml"
    file.write_text(GUIDE, "utf-8")
    with serving(data, guide="assises", guides_dir=guides) as served:
        before = opened(served.url)
    changed = GUIDE.replace('version: "2"', 'version: "3"')
    changed = changed.replace("Dans quel département se tient", "Où se tient")
    file.write_text(changed, "utf-8")
    with serving(data, guide="assises", guides_dir=guides) as served:
        old = tells(served.url, before, "m1", choice="recueil:yes").text
        new = tells(served.url, opened(served.url), "m1", choice="recueil:yes").text
    assert "Dans quel département se tient" in old
    assert "Où se tient" in new


def descendants(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    )
    parent = {int(line.split()[0]): int(line.split()[1]) for line in listed.stdout.splitlines()}
    found, older = [], [pid]
    while older:
        one = older.pop()
        younger = [child for child, above in parent.items() if above == one]
        found += younger
        older += younger
    return found


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False
