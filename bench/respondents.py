"""Whole respondents through a running server, then the real exports: is every word there?

    python -m bench.respondents --people 48

Exits with 1 when a text typed is missing, changed, or found after it was erased.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import server
from bench.export_check import Found, check
from bench.figures import table
from bench.people import crowd, read_texts
from bench.person import Person
from bench.server import Server
from bench.wire import Wire

TOGETHER = 8  # people typing at the same time
PROFILES = ("jsonl", "csv", "csv-excel")


@dataclass(frozen=True, slots=True)
class Played:
    """What was played, and what the exports say of it."""

    people: tuple[Person, ...]
    found: Found
    playing: float  # seconds
    exporting: float

    @property
    def faults(self) -> tuple[str, ...]:
        return self.found.faults


async def play(server: Server, count: int, texts: tuple[str, ...]) -> tuple[Person, ...]:
    """Everyone, a few at a time. Raises Surprise at the first thing that is not right."""
    seats = asyncio.Semaphore(TOGETHER)
    people: list[Person] = []

    async def one(place: int) -> None:
        async with seats, Wire(server.host, server.port) as wire:
            person = Person(characters[place], wire)
            people.append(person)
            await person.live()

    characters = list(crowd(count, texts))
    async with asyncio.TaskGroup() as group:
        for place in range(len(characters)):
            group.create_task(one(place))
    return tuple(sorted(people, key=lambda person: person.who.number))


def export(out: Path, data: Path | None, variables: Mapping[str, str]) -> None:
    """The three profiles, by the real command, each in its folder."""
    where = ("--data", str(data)) if data else ()
    for profile in PROFILES:
        command = (*server.PAROLE, "export", profile, "--out", str(out / profile), *where)
        subprocess.run(
            command, cwd=server.ROOT, env=dict(variables), check=True, stdout=subprocess.DEVNULL
        )


def run(
    count: int, texts: tuple[str, ...], folder: Path, *, url: str | None = None, rasa: str = "off"
) -> Played:
    """Play, export and look; everything written goes to `folder`."""
    with ExitStack() as stack:
        if url:
            ours, data, variables = server.at(url), None, dict(os.environ)
        else:
            data, variables = folder / "data", server.environment({})
            ours = stack.enter_context(server.parole(data, rasa_url=rasa))
        began = time.perf_counter()
        people = asyncio.run(play(ours, count, texts))
        played = time.perf_counter()
        export(folder / "out", data, variables)
        exported = time.perf_counter()
    found = check(folder / "out", people, alone=url is None)
    return Played(people, found, played - began, exported - played)


def told(played: Played) -> str:
    """The figures, as a table in French."""
    people, found = played.people, played.found
    publics = ", ".join(f"{code} {n}" for code, n in sorted(found.publics.items()))
    guides = ", ".join(f"{name} {n}" for name, n in sorted(found.guides.items()))
    turns = sum(person.turns for person in people)
    rows = [
        ("Personnes", len(people)),
        ("  dont parcours terminés", sum(p.finished for p in people)),
        ("  dont effacées", sum(p.erased for p in people)),
        ("  dont parties en cours de route", sum(not p.finished and not p.erased for p in people)),
        ("Messages envoyés", turns),
        ("  dont tapés", sum(p.typed for p in people)),
        ("  dont envoyés deux fois, même réponse", sum(p.repeated for p in people)),
        ("Fils relus (rechargement)", sum(p.reloaded for p in people)),
        ("Textes tapés et gardés", found.expected),
        ("  retrouvés à l'identique", found.found),
        ("  manquants ou changés", found.missing),
        ("  en trop", found.extra),
        ("Textes effacés", found.erased),
        ("  retrouvés après effacement", found.erased_found),
        ("Textes compris comme une demande", sum(p.otherwise for p in people)),
        *((f"Lignes : {name}", rows) for name, rows in found.rows),
        ("Durée du jeu (s)", round(played.playing, 1)),
        ("Durée des trois exports (s)", round(played.exporting, 1)),
    ]
    lines = [table(("Respondents par HTTP", "nombre"), rows)]
    lines += [f"Publics : {publics}", f"Guides : {guides}"]
    return "\n".join([*lines, *(f"✗ {fault}" for fault in played.faults)])


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.respondents", description=__doc__)
    asked.add_argument("--people", type=int, default=48)
    asked.add_argument("--texts", type=Path, help="un CSV dont une colonne s'appelle « texte »")
    asked.add_argument("--url", help="un serveur déjà lancé ; l'export lit les réglages PAROLE_…")
    asked.add_argument("--rasa", default="off", help="valeur de PAROLE_RASA_URL (« off »)")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="parole-") as folder:
        texts = read_texts(given.texts)
        played = run(given.people, texts, Path(folder), url=given.url, rasa=given.rasa)
    print(told(played))
    sys.exit(1 if played.faults else 0)


if __name__ == "__main__":
    main()
