"""The measure of the exports runs, on few contributions: what it prints is in docs/speed.md."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
