"""Real server processes: started on a free port, watched, stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

ROOT = Path(__file__).parent.parent
PAROLE = (sys.executable, "-m", "bot")
READY = "http://127.0.0.1:"
DIRECTLY = build_opener(ProxyHandler({}))
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers, and its process when we started it."""

    host: str
    port: int
    pid: int = 0

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def cpu(self) -> float:
        """Seconds of processor used so far by this process, all its threads together."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory(self) -> float:
        """Resident memory, in MiB."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0


def at(url: str) -> Server:
    """A server already running there."""
    parts = urlsplit(url)
    return Server(parts.hostname or "127.0.0.1", parts.port or 80)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours, without any setting of Parole but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAROLE_")}
    if uv := os.environ.get("PAROLE_UV"):
        kept["PAROLE_UV"] = uv
    return {
        **kept,
        "PAROLE_ENV_FILE": os.devnull,
        "PAROLE_RASA_URL": "off",
        "PAROLE_MAX_TURNS_PER_MINUTE": "1000000",
        "PAROLE_MAX_OPENINGS_PER_HOUR": "1000000",
        "PAROLE_RESERVE_MB": "0",
        **settings,
    }


def serving(folder: Path, port: int = 0) -> tuple[str, ...]:
    """What `parole` is asked for a server whose memory is in `folder`. Port 0: a free one."""
    return ("serve", "--port", str(port), "--data", str(folder))


def variables_of(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a server, for settings as `database_url`."""
    return environment({f"PAROLE_{name.upper()}": value for name, value in settings.items()})


@contextmanager
def parole(
    folder: Path, beside: Mapping[str, str] | None = None, /, **settings: str
) -> Iterator[Server]:
    """`parole serve` on a free port, its memory in `folder`; settings as `database_url="…"`.

    `beside`: variables that are not settings of Parole.
    """
    variables = variables_of(settings) | dict(beside or {})
    with running((*PAROLE, *serving(folder)), folder, variables) as server:
        yield server


@contextmanager
def running(
    command: tuple[str, ...], folder: Path, variables: Mapping[str, str]
) -> Iterator[Server]:
    """A command that prints its address, http://127.0.0.1:…, then answers /healthz."""
    folder.mkdir(parents=True, exist_ok=True)
    journal = folder / f"server-{time.monotonic_ns()}.log"
    with journal.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(variables), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield _once_ready(process, journal)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _once_ready(process: subprocess.Popen[bytes], journal: Path) -> Server:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        told = journal.read_text(errors="replace")
        address = told.partition(READY)[2].split()
        if address and address[0].isdigit():
            server = Server("127.0.0.1", int(address[0]), process.pid)
            if answers(server.url):
                return server
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{journal.read_text(errors='replace')[-2000:]}")


def answers(url: str, path: str = "/healthz") -> bool:
    """Whether a server says, directly, that all is well."""
    try:
        with DIRECTLY.open(f"{url}{path}", timeout=5) as answer:
            return int(answer.status) == 200
    except (OSError, HTTPException):
        return False
