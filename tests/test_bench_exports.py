"""The measure of the exports runs, on few contributions: what it prints is in docs/speed.md."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_a_format_is_timed_beside_the_bare_library(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "bench.exports", "csv", "jsonl", "--contributions", "80",
               "--place", str(tmp_path), "--dry")  # fmt: skip
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    rows = [line.split("|")[1].strip() for line in done.stdout.splitlines() if "| " in line]
    assert rows[2:] == ["csv", "jsonl"]
    assert "80 contributions" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "contributions-8", "contributions-80",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bench", "count", "says"),
    [
        ("bench.overview", ("130",), "sans rien de nouveau : 0 personnes lues"),
        ("bench.searching", ("--count", "20"), "20 contributions"),
    ],
)
def test_the_desk_is_timed_beside_what_cannot_be_spared(
    bench: str, count: tuple[str, ...], says: str
) -> None:
    done = subprocess.run(
        (sys.executable, "-m", bench, *count), cwd=ROOT, check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert says in done.stdout
    assert re.search(r"; rapport [0-9]", done.stdout)
