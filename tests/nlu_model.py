"""The real model, trained once and kept while its inputs do not change; its real server."""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from nlu import seal

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv-nlu" / "bin" / "python"
PREPARED, OURS = ROOT / "data" / "model", ROOT / "out" / "model-for-tests"


def trained() -> Path:
    """The folder of the model. Skips where Rasa's environment is not installed."""
    if not (PYTHON.parent.parent / "parole.lock").exists():
        pytest.skip("Rasa's environment is not installed (make run installs it)")
    if seal.trained_from(PREPARED) == seal.digest_of(ROOT) and not seal.problem_with(PREPARED):
        return PREPARED
    command = [PYTHON, "-m", "nlu.train", "--out", OURS]
    OURS.parent.mkdir(exist_ok=True)
    with OURS.with_suffix(".lock").open("w") as lock:  # tests run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)
    return OURS


def serve(model: Path, socket: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start the server; everything it says goes to `output`."""
    command = [PYTHON, "-m", "nlu.server", "--model", model, "--socket", socket]
    with output.open("wb") as file:
        return subprocess.Popen(
            command, cwd=ROOT, stdout=file, stderr=file, env=os.environ | {"LOG_LEVEL": "DEBUG"}
        )


@contextmanager
def running(model: Path, folder: Path) -> Iterator[tuple[Path, Path]]:
    """A ready server: its socket and the file of its output."""
    socket, output = folder / "nlu.sock", folder / "output.txt"
    server = serve(model, socket, output)
    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket))) as client:
            for _ in range(1200):
                assert server.poll() is None, output.read_text("utf-8")
                if socket.exists() and client.get("http://rasa/status").status_code == 200:
                    break
                time.sleep(0.1)
        yield socket, output
    finally:
        server.terminate()
        server.wait(10)
