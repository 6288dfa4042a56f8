"""Consent: nothing typed is kept before it, and each agreement is apart, dated and obeyed."""

from __future__ import annotations

from pathlib import Path

from consent_machine import Consenting
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from storage.conversations import SqlStore
from storage.database import open_database
from storage.keys import Keys
from storage.threads import Threads

ROOT = Path(__file__).parents[1]
SHORT = settings(
    max_examples=40, stateful_step_count=25, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


def test_nothing_typed_is_kept_before_the_agreement_of_that_version(tmp_path):
    """P4, P5: the short version of `python -m bench.consent`, which plays 10 000 paths."""
    engine = open_database(f"sqlite:///{tmp_path / 'parole.db'}", create=True)

    class Here(Consenting):
        store = SqlStore(engine, Keys(bytes(range(32))), remembered=0)
        threads = Threads(1)

    run_state_machine_as_test(Here, settings=SHORT)
    assert Here.paths >= SHORT.max_examples
    assert Here.withdrawals > 0
    Here.threads.close()
    engine.dispose()
