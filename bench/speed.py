"""The web door against the bare endpoint, in short alternating rounds."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from sys import executable

import httpx
import uvloop

from bench import server
from bench.figures import Cell, number, table
from bench.load import Round, drive, record
from bench.server import ROOT, Server
from nlu import seal

CROWDS = (1, 20)
BARE, RULES, RASA = "Point d'accès nu", "Parole, règles seules", "Parole, avec Rasa"
MODELS = (ROOT / "data" / "model", ROOT / "out" / "model-for-tests")


@dataclass(frozen=True, slots=True)
class Measure:
    """One server with so many respondents: the median of its rounds."""

    name: str
    respondents: int
    rate: float  # turns per second
    ratio: float  # to the bare endpoint in the same round
    p50: float  # milliseconds
    p95: float
    p99: float
    cpu: float  # milliseconds of processor per turn
    memory: float  # MiB

    @classmethod
    def of(
        cls,
        name: str,
        respondents: int,
        rounds: Sequence[Round],
        nude: Sequence[Round],
        memory: float,
    ) -> Measure:
        def middle(of: Callable[[Round], float]) -> float:
            return median(map(of, rounds))

        return cls(
            name,
            respondents,
            middle(lambda one: one.rate),
            median(one.rate / bare.rate for one, bare in zip(rounds, nude, strict=True)),
            middle(lambda one: one.at(0.50)),
            middle(lambda one: one.at(0.95)),
            middle(lambda one: one.at(0.99)),
            middle(lambda one: one.cpu_each),
            memory,
        )


@contextmanager
def bare(folder: Path) -> Iterator[Server]:
    command = (executable, "-m", "bench.bare", "--data", str(folder))
    with server.running(command, folder, server.environment({})) as one:
        yield one


@contextmanager
def with_rasa(folder: Path) -> Iterator[Server | None]:
    """A server with its model; None, with a word of why, when there is no model of today's data."""
    trained = [one for one in MODELS if seal.trained_from(one) == seal.digest_of(ROOT)]
    if not trained:
        print("Pas de modèle de langue à jour : mesure sans Rasa (make train).")
        yield None
        return
    shutil.copytree(trained[0], folder / "model")
    with server.parole(folder, rasa_url="") as one:
        yield one if asyncio.run(_ready(one)) else None


async def _ready(one: Server) -> bool:
    async with httpx.AsyncClient(base_url=one.url) as client:
        for _ in range(240):
            state = (await client.get("/readyz")).json()["understanding"]
            if state in ("ready", "absent", "failed"):
                return bool(state == "ready")
            await asyncio.sleep(0.5)
    return False


def measure(folder: Path, rounds: int, seconds: float) -> tuple[Measure, ...]:
    """Every server in turn, in each round; a noisy moment of the machine then hits them all."""
    with ExitStack() as stack:
        found = {
            BARE: stack.enter_context(bare(folder / "bare")),
            RULES: stack.enter_context(server.parole(folder / "rules")),
            RASA: stack.enter_context(with_rasa(folder / "rasa")),
        }
        servers = {name: one for name, one in found.items() if one is not None}
        scripts = asyncio.run(record(servers[RULES]))
        measured = []
        for respondents in CROWDS:
            kept: dict[str, list[Round]] = {name: [] for name in servers}
            for _ in range(rounds):
                for name, one in servers.items():
                    kept[name].append(uvloop.run(drive(one, scripts, respondents, seconds)))
            measured += [
                Measure.of(name, respondents, kept[name], kept[BARE], one.memory())
                for name, one in servers.items()
            ]
    return tuple(measured)


def told(measures: Sequence[Measure]) -> str:
    """The figures, and the ratio to the bare endpoint, in French."""
    head = ("Serveur", "personnes", "tours/s", "rapport", "p50 (ms)", "p95 (ms)", "p99 (ms)",
            "processeur (ms/tour)", "mémoire (Mio)")  # fmt: skip
    rows: list[tuple[Cell, ...]] = [
        (one.name, one.respondents, round(one.rate), number(one.ratio, 2),
         number(one.p50, 2), number(one.p95, 2), number(one.p99, 2), number(one.cpu, 2),
         round(one.memory))
        for one in measures
    ]  # fmt: skip
    return table(head, rows)
