"""The real `parole`: a server on a free port with a folder of its own, or a command to its end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.sent import found, sent, so_far

ROOT = Path(__file__).parent.parent
PAROLE = (sys.executable, "-W", "error", "-m", "bot")

LOGGED = re.compile(r"timestamp=|[A-Z]{4,8} \w")
# Played by programs, and no reserve in each of hundreds of folders
QUICK = {
    "PAROLE_MAX_TURNS_PER_MINUTE": "1000000",
    "PAROLE_MAX_OPENINGS_PER_HOUR": "1000000",
    "PAROLE_RESERVE_MB": "0",
}


def environment(settings: Mapping[str, object]) -> dict[str, str]:
    """Ours, without any setting of Parole but these, written as `database_url="…"`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAROLE_")}
    if uv := os.environ.get("PAROLE_UV"):
        kept["PAROLE_UV"] = uv
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    kept["PYTHONPYCACHEPREFIX"] = str(ROOT / "out" / "compiled")  # twice as fast to start
    named = {f"PAROLE_{name.upper()}": str(value) for name, value in settings.items()}
    ours = {"ENV_FILE": os.devnull, "RASA_URL": "off", "LOG_LEVEL": "DEBUG"}
    return {**kept, **{f"PAROLE_{name}": value for name, value in ours.items()}, **QUICK, **named}


@dataclass(frozen=True)
class Served:
    """A server, and what it said."""

    process: subprocess.Popen[bytes]
    output: Path

    @property
    def said(self) -> str:
        return self.output.read_text("utf-8")

    @property
    def url(self) -> str:
        return "http://127.0.0.1:" + self.said.partition("http://127.0.0.1:")[2].split()[0]

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Its exit code."""
        self.process.send_signal(how)
        return self.process.wait(20)

    def says(self, words: str, within: float = 20) -> None:
        """Wait for these words."""
        until = time.monotonic() + within
        while words not in self.said:
            assert time.monotonic() < until, f"never said {words!r}:\n{self.said}"
            time.sleep(0.02)

    def answers(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, timeout=15, trust_env=False)


def clean(said: str, settings: Mapping[str, object], since: int) -> None:
    """P2: what a server says at DEBUG holds no secret, nothing that is not on the list, and nothing
    of what the tests sent to anybody since it started."""
    secret = [settings.get(n) for n in ("telegram_token", "telegram_secret", "master_key")]
    password = urlsplit(str(settings.get("database_url", ""))).password
    for canary in filter(None, (*secret, password)):
        assert str(canary) not in said
    assert "withheld=" not in said, said
    assert not (told := found(said, since)), f"{told} in:\n{said}"


@contextmanager
def serving(folder: Path, *, by: Sequence[str] = PAROLE, **settings: object) -> Iterator[Served]:
    """`parole serve`, answering /healthz; stopped by Ctrl-C when the block is left.

    `by`: another way to start it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mark = so_far()
    output = folder.parent / f"{folder.name}-{time.monotonic_ns()}.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [*by, "serve", "--port", "0", "--data", folder],
            cwd=ROOT, env=environment(settings), stdin=subprocess.DEVNULL,
            stdout=file, stderr=subprocess.STDOUT,
        )  # fmt: skip
    served = Served(process, output)
    try:
        served.says("Pour arrêter : Ctrl-C")
        assert served.answers("/healthz").json() == {"status": "ok"}
        yield served
        if process.poll() is None:
            assert served.stop() == 0, served.said
        clean(served.said, settings, mark)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def parole(
    *arguments: str | Path, typed: str = "", **settings: object
) -> subprocess.CompletedProcess[str]:
    """A command run to its end. What was typed is in no line that it logs (P2)."""
    mark = so_far()
    sent(typed)
    ended = subprocess.run(
        [*PAROLE, *arguments],
        cwd=ROOT, env=environment(settings), input=typed, capture_output=True,
        text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    logged = "\n".join(line for line in ended.stderr.splitlines() if LOGGED.match(line))
    assert not (told := found(logged, mark)), told
    return ended
