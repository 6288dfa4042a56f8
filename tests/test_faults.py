"""The short fault bench: what is promised when things break, shown on both databases.

R1 R2 R3 R4 R9 R10: counts only.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.faults import full_disk, killed, poison, repeated, restarted, watched
from bench.faults.chats import Told
from bench.faults.goals import POSTGRES, Asked
from bench.faults.points import POINTS
from tests.fault_bench import BOTH, asked, held, on

__all__ = ["asked"]


@BOTH
def test_r1_each_message_is_kept_once(asked: Asked, database: str) -> None:
    held(repeated.run(on(asked, database)))


@BOTH
def test_r2_a_server_killed_on_the_web(asked: Asked, database: str) -> None:
    held(iter([killed.web(on(asked, database), database, 1)]))


def test_r3_postgresql_starts_again(asked: Asked) -> None:
    held(restarted.run(on(asked, POSTGRES)))


@BOTH
def test_r4_a_full_disk(asked: Asked, database: str) -> None:
    with full_disk.small_disk() as disk:
        if disk is None:
            pytest.skip("only root makes a small disk (tmpfs)")
    held(full_disk.run(on(asked, database)))


@BOTH
def test_r9_a_poisoned_message(asked: Asked, database: str) -> None:
    held(poison.run(on(asked, database)))


@BOTH
def test_r10_health(asked: Asked, database: str) -> None:
    held(watched.run(on(asked, database)))


# --- the bench itself ---


def test_the_shipped_server_knows_no_point_of_death() -> None:
    root = Path(__file__).parents[1]
    for package in ("bot", "storage", "nlu", "desk", "exports", "actions"):
        for file in (root / package).rglob("*.py"):
            written = file.read_text("utf-8")
            ours = file.name in ("runner.py", "tied.py")  # they end Rasa, not themselves
            assert ours or "SIGKILL" not in written, file.name
            assert "import bench" not in written, file.name
            assert "from bench" not in written, file.name
    assert len(POINTS) >= 12


@pytest.mark.parametrize(
    ("due", "received", "missing", "twice", "otherwise"),
    [
        ("abcd", "abcd", 0, 0, 0), ("abcd", "abbcd", 0, 1, 0), ("abcd", "acd", 1, 0, 0),
        ("abcd", "acbd", 0, 0, 1), ("abcd", "abxcd", 0, 0, 1), ("abcd", "abc", 1, 0, 0),
        ("abcd", "", 4, 0, 0), ("abcade", "aabcade", 0, 1, 0), ("abcade", "abccade", 0, 1, 0),
        ("abcade", "abcdae", 0, 0, 1), ("abcade", "abcde", 1, 0, 0),
    ],
)  # fmt: skip
def test_what_is_missing_twice_or_out_of_order_is_seen(
    due: str, received: str, missing: int, twice: int, otherwise: int
) -> None:
    """R2, R6: a reply that is due twice, said once too often, is not an order that was broken."""
    told = Told()
    told.compare(list(received), list(due))
    assert (told.missing, told.twice, told.otherwise) == (missing, twice, otherwise)
