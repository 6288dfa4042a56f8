"""Every test of the memory runs on both databases."""

from __future__ import annotations

import gc
import json
import os
import shutil
from collections.abc import AsyncIterator, Generator, Iterator, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from postgres import Cluster, programs
from sqlalchemy import Engine, create_engine, delete, text
from structlog.typing import EventDict

from bot import logs
from storage.conversations import SqlStore
from storage.database import migrate, open_database
from storage.sealing.keys import Keys
from storage.tables import metadata
from tests.sent import found, looked, noticing, so_far

if TYPE_CHECKING:
    from tests.web_service import Service

MASTER = bytes(range(32))
MARK = pytest.StashKey[int]()  # what was sent before this test
# Side by side, a file goes whole to one worker: the longest begin first, so that they end together.
LONGEST = (
    "hostile_doors", "faults_telegram", "hostile_requests", "faults", "canaries", "faults_beside",
    "consent", "log_hygiene", "dead_letters", "key_kept", "telegram_voices", "exports_hostile",
    "start", "telegram_talk", "browser", "exports_files",
    "command_line", "browser_network", "laws", "web_api", "browser_access",
    "nlu_server", "respondents", "browser_device", "nlu_personal", "sender",
)  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "own_database: the test changes the tables themselves")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"test_{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


def pytest_collection_finish() -> None:
    """The tests stay until the end: looked at again at each collection, they slow the others."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(autouse=True)
def logs_as_they_were(request: pytest.FixtureRequest) -> Iterator[None]:
    """A command that sets the logs up writes where its test captured, and only there.

    P2: whatever the suite makes us log, at any level, is on the allow-list, and holds nothing of
    what the test sent.
    """
    withheld: list[str] = []
    said: list[str] = []
    mark = request.node.stash[MARK] = so_far()

    def watch(logger: object, method: str, line: MutableMapping[str, Any]) -> EventDict:
        written = logs.allowed(logger, method, line)
        said.append(repr(written))
        if left_out := written.get("withheld"):
            withheld.append(f"{line['event']}: {left_out}")
        return line

    structlog.configure(processors=[watch, *structlog.get_config()["processors"]])
    yield
    structlog.reset_defaults()
    assert not withheld, withheld
    assert not (told := found("\n".join(said), mark)), told


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """P2: nothing of what the test sent was written to standard error, by whatever it was."""
    report = yield
    told = found(report.capstderr, item.stash.get(MARK, so_far())) if report.capstderr else []
    if report.passed and told:
        report.outcome, report.longrepr = "failed", f"on standard error: {told}"
    return report


@pytest.fixture(scope="session", autouse=True)
def what_is_sent() -> Iterator[None]:
    with noticing():
        yield


def pytest_sessionfinish() -> None:
    """P2: how much this process looked at, in a file that `python -m tests.sent` adds up."""
    if looked["logs"] and (folder := os.environ.get("LOOKED_FOLDER")):
        file = Path(folder) / f"{os.getpid()}.json"
        file.write_text(json.dumps(looked), "utf-8")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL server for the whole run."""
    if programs() is None:
        why = "PostgreSQL is not installed (Debian: apt install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(why)
        print(f"skipped: {why}")
        pytest.skip(why)
    cluster = Cluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def postgres_shared(postgres: Cluster) -> Iterator[Engine]:
    """One database with the tables, emptied between tests: making one takes half a second."""
    url = postgres.url()
    migrate(url)
    engine = create_engine(url, pool_pre_ping=True)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "empty.db"
    open_database(f"sqlite:///{file}", create=True).dispose()
    return file


@pytest.fixture(params=["sqlite", "postgres"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def blank_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database without any table."""
    if backend == "sqlite":
        yield f"sqlite:///{tmp_path / 'parole.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    url = cluster.url()
    yield url
    cluster.drop(url)


@pytest.fixture
def database_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database of ours, with its tables."""
    if backend == "sqlite":
        file = tmp_path / "parole.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    if request.node.get_closest_marker("own_database"):
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.url()
        migrate(url)
        yield url
        cluster.drop(url)
        return
    shared: Engine = request.getfixturevalue("postgres_shared")
    yield shared.url.render_as_string(hide_password=False)
    with shared.connect() as connection, connection.begin():
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no triggers
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url, create=False)
    yield engine
    engine.dispose()


@pytest.fixture
def keys() -> Keys:
    return Keys(MASTER)


@pytest.fixture
def store(engine: Engine, keys: Keys) -> SqlStore:
    """A memory that keeps nothing between two turns: what is loaded comes from the database."""
    return SqlStore(engine, keys, remembered=0)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def web(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Service]:
    """The web service, without a network between it and the test."""
    from tests.web_service import service

    async with service(sqlite_template, tmp_path) as made:
        yield made


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite", action="store_true", help="write the transcripts again")
