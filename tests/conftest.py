"""Every test of the memory runs on both databases."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres import Cluster, programs
from sqlalchemy import Engine

from storage.conversations import SqlStore
from storage.database import migrate, open_database
from storage.keys import Keys

MASTER = bytes(range(32))


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
def postgres_template(postgres: Cluster) -> str:
    """The name of a database with the tables, to be copied."""
    migrate(postgres.url())
    return "parole_1"


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
    template: str = request.getfixturevalue("postgres_template")
    cluster: Cluster = request.getfixturevalue("postgres")
    url = cluster.url(template)
    yield url
    cluster.drop(url)


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
    return SqlStore(engine, keys)
