"""A few people behind a network that loses a third: the bench, small."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.network import play
from bench.server import parole


def test_nothing_is_lost_and_nobody_answers_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with parole(tmp_path / "data") as server:
        told = asyncio.run(play(tmp_path / "data", server.port, 4, 12, 50))
    with capsys.disabled():
        print("\n".join(["", *told]))
    assert told[-1].startswith("Rien")
