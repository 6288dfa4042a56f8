"""Where the time of one turn goes, stage by stage, measured inside a real server."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from sys import executable

import uvloop

from bench import server
from bench.figures import Cell, number, table
from bench.load import Round, drive, record

# What each stopwatch covers. « request » holds the others; « thread » those of the storage thread.
STAGES = {
    "body": "lire la requête",
    "parse": "comprendre le JSON",
    "understand": "comprendre la phrase (règles)",
    "queue": "attendre le fil de la base",
    "hold": "ouvrir la transaction, charger",
    "given": "chercher si déjà répondu",
    "engine": "moteur : avancer",
    "save": "écrire le tour",
    "commit": "valider (fsync)",
    "return": "revenir à la boucle",
    "words": "clés en phrases",
    "respond": "écrire le JSON",
}
Sums = Mapping[str, tuple[float, float, int]]


def measure(folder: Path, seconds: float) -> dict[int, tuple[Sums, Round]]:
    """The sums of each stopwatch, at 1 and at 20 respondents."""
    command = (executable, "-m", "bench.timed", "--data", str(folder))
    found = {}
    with server.running(command, folder, server.environment({})) as one:
        scripts = uvloop.run(record(one))
        for respondents in (1, 20):
            _times(one)
            done = uvloop.run(drive(one, scripts, respondents, seconds))
            found[respondents] = _times(one), done
    return found


def _times(one: server.Server) -> Sums:
    with urllib.request.urlopen(f"{one.url}/times", timeout=5) as answer:
        read: Sums = json.load(answer)
        return read


def told(found: Mapping[int, tuple[Sums, Round]]) -> str:
    """Microseconds per turn, in French: waited, and of processor."""
    rows: list[tuple[Cell, ...]] = []
    for stage, name in STAGES.items():
        rows.append((name, *(cell for n in found for cell in _cells(found[n], stage))))
    rows.append(("reste de l'application (FastAPI, en-têtes)",
                 *(cell for n in found for cell in _rest(found[n]))))  # fmt: skip
    rows.append(("hors de l'application (uvicorn, réseau)",
                 *(cell for n in found for cell in _outside(found[n]))))  # fmt: skip
    rows.append(("en tout", *(cell for n in found for cell in _whole(found[n]))))
    head = ["Étape (µs par tour)"]
    for n in found:
        head += [f"durée, {n} pers.", "processeur"]
    return table(head, rows)


def _turns(sums: Sums) -> int:
    return max(1, sums["request"][2])


def _cells(one: tuple[Sums, Round], stage: str) -> tuple[str, str]:
    wall, cpu = _each(one[0], stage)
    return number(wall), number(cpu) if stage not in ("queue", "return") else ""


def _each(sums: Sums, stage: str) -> tuple[float, float]:
    wall, cpu, _ = sums.get(stage, (0.0, 0.0, 0))
    return 1e6 * wall / _turns(sums), 1e6 * cpu / _turns(sums)


def _rest(one: tuple[Sums, Round]) -> tuple[str, str]:
    sums = one[0]
    known = sum(_each(sums, stage)[0] for stage in STAGES)
    return number(_each(sums, "request")[0] - known), ""


def _outside(one: tuple[Sums, Round]) -> tuple[str, str]:
    sums, done = one
    each = 1000 * sum(done.latencies) / len(done.latencies)
    return number(each - _each(sums, "request")[0]), ""


def _whole(one: tuple[Sums, Round]) -> tuple[str, str]:
    done = one[1]
    return number(1000 * sum(done.latencies) / len(done.latencies)), number(1000 * done.cpu_each)
