"""The real training and the real server, started here and stopped here."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.server import ROOT, Server

PYTHON = ROOT / ".venv-nlu" / "bin" / "python"
START_LIMIT = 120.0


def train(out: Path) -> float:
    """Train from nothing through `nlu.train`; how long it took, in seconds."""
    began = time.perf_counter()
    command: list[str | Path] = [PYTHON, "-m", "nlu.train", "--out", out, "--force"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


@contextmanager
def serving(model: Path, socket: Path) -> Iterator[tuple[Server, float]]:
    """A ready `nlu.server`, and how long it took to be, in seconds."""
    began = time.perf_counter()
    command: list[str | Path] = [PYTHON, "-m", "nlu.server", "--model", model, "--socket", socket]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"LOG_LEVEL": "ERROR"})
    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket))) as client:
            while not (socket.exists() and client.get("http://rasa/status").is_success):
                if process.poll() is not None or time.perf_counter() - began > START_LIMIT:
                    raise SystemExit("Le serveur de compréhension ne démarre pas : make train")
                time.sleep(0.02)
        yield Server("", 0, process.pid), time.perf_counter() - began
    finally:
        process.terminate()
        process.wait(10)
