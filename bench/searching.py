"""How long the desk's search takes to fill, what it weighs, how long one search takes.

    python -m bench.searching [--count 100000]

Each contribution is sealed in a real SQLite database, then read, opened and indexed as at the desk;
beside it, only opening what is sealed, and the same texts in a bare FTS5 index, as they are.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Engine

from bench.figures import number
from bench.overview import bare as opening
from bot.app.memory import open_memory
from bot.app.texts import guide_files
from bot.finding import Wanted
from bot.model import Answer, Conversation, Event, Part, Spot, State, Turn
from bot.settings import Settings
from bot.shelf import Shelf
from desk.moderating.entries import Reading
from storage.guides import Guides
from storage.moderation.present import Present
from storage.saving import Saving
from storage.sealing.keys import Keys
from storage.search.indexing import Indexing
from storage.search.searching import Searching
from storage.search.stems import stems

ASKED = ("éducatrices", '"le soir"', "form*", "temps réunions", "personnes seules", "zzz")
START = datetime(2026, 3, 1, 9, tzinfo=UTC)
YES = Answer(State.ANSWERED, START, ("yes",), ("Oui",), version="1")
PROFILE = {
    Spot("qui_repond"): Answer(State.ANSWERED, START, ("seul",), ("Je réponds pour moi",)),
    Spot("age"): YES,
    Spot("accord"): YES,
    Spot("sujet"): Answer(State.ANSWERED, START, ("formation",), ("Formation",)),
}


def texts() -> list[str]:
    with (Path(__file__).parent / "texts.csv").open(encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row if len(cell) > 40]


def proposals(count: int) -> Iterator[str]:
    """Some 40 words each, made of real sentences; the same each time."""
    words = " ".join(texts()).split()
    words += words
    drawn = random.Random(7)
    for _ in range(count):
        begun = drawn.randrange(len(words) // 2)
        yield " ".join(words[begun : begun + drawn.randint(15, 70)])


def bare(count: int) -> float:
    """Seconds of processor of FTS5 alone on the same texts."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE said USING fts5(words, content='', tokenize='unicode61')")
    began = time.process_time()
    base.executemany(
        "INSERT INTO said (rowid, words) VALUES (?, ?)", enumerate(proposals(count), start=1)
    )
    base.commit()
    return time.process_time() - began


def fill(engine: Engine, keys: Keys, count: int) -> None:
    """This many people, one proposal each."""
    with engine.begin() as connection:
        for n, mine in enumerate(proposals(count)):
            at = START + timedelta(minutes=n)
            said = Answer(State.ANSWERED, at, parts=(Part("m", mine, "fr"),))
            talk = Conversation(
                f"bench-{n}", f"R-{n}", "cese-2022", "1", "web", at, finished=True,
                answers={**PROFILE, Spot("proposition"): said},
            )  # fmt: skip
            cipher, wrapped = keys.new(talk.id)
            saving = Saving(connection, cipher, talk, 1, at)
            saving.begin(keys.door("web", str(n)), "web", str(n), wrapped)
            saving.answers({}, {})
            saving.turn(keys.message(str(n), "m"), Turn(talk, ()), None)
            saving.events((Event("contribution", Spot("proposition"), "proposal"),))


def median_of(act: Callable[[], object]) -> str:
    taken = []
    for _ in range(7):
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return number(statistics.median(taken) * 1000, 1)


def resident() -> float:
    """Megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    asked = argparse.ArgumentParser(prog="python -m bench.searching", description=__doc__)
    asked.add_argument("--count", type=int, default=100_000)
    count = asked.parse_args().count
    with tempfile.TemporaryDirectory(prefix="parole-") as folder:
        settings = Settings(data_dir=Path(folder), _env_file=None)  # type: ignore[call-arg]
        memory = open_memory(settings)
        fill(memory.engine, memory.keys, count)
        shelf = Shelf(guide_files(settings), settings.guide, Guides(memory.engine).source)
        stems("une fois")  # what is imported the first time
        search, before = Searching(), resident()
        present = Present(memory.engine, memory.keys)
        indexing = Indexing(memory.engine, present, search, Reading(shelf.of))
        began = time.process_time()
        assert indexing.wait(3600)
        worked = time.process_time() - began
        weight = resident() - before
        floor = opening(Path(memory.engine.url.database or ""), memory.keys) + bare(count)
        print(f"{number(search.kept())} contributions : {number(indexing.seconds, 1)} s en "
              f"arrière-plan, dont {number(worked, 1)} de processeur ; {number(weight)} Mio. "
              f"Nu (sqlite3, AES-GCM, JSON et FTS5 seuls) : {number(floor, 1)} s ; "
              f"rapport {number(worked / floor, 1)}")  # fmt: skip
        for words in ASKED:
            found = search.find(Wanted(words))
            taken = median_of(partial(search.find, Wanted(words)))
            print(f"  {words:22} {taken:>8} ms, {found.count} trouvées")
        by_length = Wanted(chosen={"topic": "formation"}, sort="longest")
        for name, act in (
            ("tout, 25 premières", partial(search.find, Wanted())),
            ("tout, loin", partial(search.find, Wanted(page=1900))),
            ("filtre, plus longues", partial(search.find, by_length)),
            ("semblables", partial(search.near, "P-000005")),
            ("file d'attente", partial(search.waiting, 50_000, 10)),
            ("choix possibles", search.possible),
            ("remise à jour", partial(indexing.refresh, now=True)),
        ):
            print(f"  {name:22} {median_of(act):>8} ms")
        indexing.close()
        memory.close()


if __name__ == "__main__":
    main()
