"""What understanding costs: python bench/understanding.py [--model FOLDER] [--python PYTHON]

Cold start, memory and time per sentence of the real server, with the model already trained.
Accuracy here is on tests/nlu_eval.yml; bench/crossed.py gives the harder, cross-validated one.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import httpx
import yaml

from nlu.rasa import Rasa

ROOT = Path(__file__).parent.parent
STARTS, ROUNDS = 3, 3


@contextmanager
def serving(python: Path, model: Path, socket: Path) -> Iterator[tuple[int, float]]:
    """A ready server: its process number and how long it took, in seconds."""
    began = time.perf_counter()
    command = [python, "-m", "nlu.server", "--model", model, "--socket", socket]
    server = subprocess.Popen(command, cwd=ROOT)
    try:
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket))) as client:
            while not (socket.exists() and client.get("http://rasa/status").is_success):
                if server.poll() is not None:
                    raise SystemExit("Le serveur ne démarre pas : make train d'abord.")
                time.sleep(0.02)
        yield server.pid, time.perf_counter() - began
    finally:
        server.terminate()
        server.wait(10)


async def ask(socket: Path, said: dict[str, list[str]]) -> tuple[list[float], float]:
    """Milliseconds of every parse, one at a time, and the share understood."""
    rasa, times, right = Rasa(socket=socket, timeout=30), [], 0
    pairs = [(intent, text) for intent in said for text in said[intent]]
    for _ in range(ROUNDS):
        for intent, text in pairs:
            began = time.perf_counter()
            right += (await rasa.parse(text)).intent == intent
            times.append((time.perf_counter() - began) * 1_000)
    await rasa.close()
    return times, right / len(times)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, default=ROOT / "data" / "model")
    parser.add_argument("--python", type=Path, default=ROOT / ".venv-nlu" / "bin" / "python")
    asked = parser.parse_args()
    said = yaml.safe_load((ROOT / "tests" / "nlu_eval.yml").read_text("utf-8"))
    starts = []
    for last in [False] * (STARTS - 1) + [True]:
        with tempfile.TemporaryDirectory() as folder:
            socket = Path(folder) / "nlu.sock"
            with serving(asked.python, asked.model.absolute(), socket) as (pid, took):
                starts.append(took)
                if last:
                    times, right = asyncio.run(ask(socket, said))
                    status = Path(f"/proc/{pid}/status").read_text()
    memory = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    venv = asked.python.parent.parent
    size = sum(f.lstat().st_size for f in venv.rglob("*") if f.is_file())
    print(f"environment on disk   {size / 1e9:.2f} GB")
    print(f"cold start            {median(starts):.1f} s (median of {STARTS})")
    print(f"memory after {len(times)} texts {int(memory) / 1024:.0f} MB")
    print(f"parse, median / p95   {median(times):.1f} / {quantiles(times, n=20)[-1]:.1f} ms")
    print(f"accuracy              {right:.3f} on {len(times) // ROUNDS} sentences kept apart")


if __name__ == "__main__":
    main()
