"""The fault bench as tests run it: few people, short delays, counts only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.faults.goals import POSTGRES, SQLITE, Asked, Result, told
from tests.postgres import Cluster, programs

BOTH = pytest.mark.parametrize("database", [SQLITE, POSTGRES])


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Asked:
    def cluster() -> Cluster:
        found: Cluster = request.getfixturevalue("postgres")
        return found

    return Asked(tmp_path_factory.mktemp("faults"), databases=(), cluster=cluster)


def held(results: Iterator[Result]) -> None:
    played = list(results)
    print(told(played))
    assert played
    assert all(one.held for one in played)


def on(asked: Asked, database: str) -> Asked:
    if database == POSTGRES and programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    asked.databases = (database,)
    return asked
