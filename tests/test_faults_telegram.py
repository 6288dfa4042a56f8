"""The short fault bench, on Telegram: what is promised when things break, on both databases.

R1 R2 R6 R7: counts only.
"""

from __future__ import annotations

from bench.faults import absent, killed, redelivered, refused
from bench.faults.goals import POSTGRES, Asked
from tests.fault_bench import BOTH, asked, held, on

__all__ = ["asked"]


@BOTH
def test_r1_each_update_is_kept_once(asked: Asked, database: str) -> None:
    held(redelivered.run(on(asked, database)))


@BOTH
def test_r2_a_server_killed_on_telegram(asked: Asked, database: str) -> None:
    held(iter([killed.telegram(on(asked, database), database, 1)]))


def test_r6_telegram_refuses(asked: Asked) -> None:
    held(refused.run(on(asked, POSTGRES)))


@BOTH
def test_r7_twenty_three_hours_away(asked: Asked, database: str) -> None:
    held(absent.run(on(asked, database)))
