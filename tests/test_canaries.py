"""Nothing of an erased person is found byte by byte, nor behind a key that was changed (P1)."""

from __future__ import annotations

import pytest
from postgres import Cluster, programs

from bench.canaries import on_postgres, on_sqlite, told

PEOPLE, SEED = 16, 7


def test_on_sqlite(tmp_path):
    """P1, F22, F25, the short version of `make canaries`."""
    outcome = on_sqlite(tmp_path, PEOPLE, SEED)
    assert outcome.right, told([outcome])
    assert outcome.raw_live == 0, "SQLite overwrites what it frees, and empties its journal"


def test_on_postgres(tmp_path):
    """P1, on a cluster of its own: its write-ahead log keeps wrapped keys, which open no more."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    cluster = Cluster()
    try:
        outcome = on_postgres(cluster, tmp_path, PEOPLE, SEED)
    finally:
        cluster.stop()
    assert outcome.right, told([outcome])
