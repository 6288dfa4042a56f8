"""The fault bench leaves no server behind it, however it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from tests.serving import ROOT

MARK = "BENCH_STARTED_BY"
COMMAND = (sys.executable, "-m", "bench.faults", "--short", "--only", "R2", "--database", "SQLite")


def alive(mark: str) -> set[int]:
    """The processes that were started for this run, grandchildren included."""
    found = set()
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if mark.encode() in (process / "environ").read_bytes():
                    found.add(int(process.name))
            except OSError:
                continue
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks in /proc")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_stopped_it_takes_its_servers_along(sign: signal.Signals, tmp_path: Path) -> None:
    mark = uuid.uuid4().hex
    variables = os.environ | {MARK: mark, "TMPDIR": str(tmp_path)}
    quiet = subprocess.DEVNULL
    bench = subprocess.Popen(COMMAND, cwd=ROOT, env=variables, stdout=quiet, stderr=quiet)
    until = time.monotonic() + 90
    while len(alive(mark)) < 4:  # the bench, the nursery, a keeper, its server
        assert bench.poll() is None
        assert time.monotonic() < until, "no server was started"
        time.sleep(0.1)
    bench.send_signal(sign)
    code = bench.wait(60)
    assert code == (-sign if sign == signal.SIGKILL else 128 + sign)
    until = time.monotonic() + 40
    while (left := alive(mark)) and time.monotonic() < until:
        time.sleep(0.1)
    try:
        assert not left
        if sign != signal.SIGKILL:
            assert not list(tmp_path.glob("parole-faults-*")), "its folder is removed"
    finally:
        for one in left:
            os.kill(one, signal.SIGKILL)
