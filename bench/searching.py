"""How long the desk's search takes to fill, what it weighs, how long one search takes.

    python -m bench.searching [--count 100000]

Each contribution is sealed in a real SQLite database, then read, opened and indexed as at the desk.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bench.figures import number
from bot.app import guide_files, open_memory
from bot.finding import Wanted
from bot.model import Answer, Conversation, Event, Part, Spot, State, Turn
from bot.settings import Settings
from bot.shelf import Shelf
from desk.entries import Reading
from storage.guides import Guides
from storage.indexing import Indexing
from storage.keys import Keys
from storage.present import Present
from storage.saving import Saving
from storage.searching import Searching

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


def fill(engine: object, keys: Keys, count: int) -> None:
    """This many people, one proposal each, some 40 words made of real sentences."""
    words = " ".join(texts()).split()
    drawn = random.Random(7)
    with engine.begin() as connection:  # type: ignore[attr-defined]
        for n in range(count):
            begun = drawn.randrange(len(words))
            mine = " ".join((words + words)[begun : begun + drawn.randint(15, 70)])
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
            saving.turn(keys.message(str(n), "m"), Turn(talk, ()))
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
        search, before = Searching(), resident()
        present = Present(memory.engine, memory.keys)
        indexing = Indexing(memory.engine, present, search, Reading(shelf.of))
        began = time.process_time()
        assert indexing.wait(3600)
        worked = time.process_time() - began
        weight = resident() - before
        print(f"{search.kept()} contributions : {number(indexing.seconds, 1)} s en arrière-plan, "
              f"dont {number(worked, 1)} s de calcul ; {number(weight, 0)} Mo")  # fmt: skip
        for words in ASKED:
            found = search.find(Wanted(words))
            taken = median_of(partial(search.find, Wanted(words)))
            print(f"  {words:22} {taken:>8} ms, {found.count} trouvées")
        by_length = Wanted(chosen={"topic": "formation"}, sort="longest")
        for name, act in (
            ("tout, 50 premières", partial(search.find, Wanted())),
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
