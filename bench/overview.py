"""How long the overview takes to count everybody, and how much memory.

python -m bench.overview [PEOPLE]
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.guide import Guide, Information
from bot.guide_file import bundled, read_guide
from bot.model import Answer, Conversation, Event, Part, Participation, Spot, State, Turn
from desk.counting import counted
from desk.following import Following
from desk.overview_tables import tables
from exports.runs import day
from storage import database
from storage.conversations import SqlStore
from storage.keys import Keys
from storage.overview import Overview
from tests.exports_cases import NOON

WORDS = "Nous manquons de temps et de places. Un référent par famille éviterait de tout redire. "


def everybody(guide: Guide, count: int) -> Iterator[Participation]:
    """People who answered all that they were asked, over sixty days."""
    for n in range(count):
        answers: dict[Spot, Answer] = {}
        begun = NOON + timedelta(days=n % 60)
        for place, step in enumerate(guide.steps.values(), start=1):
            if isinstance(step, Information):
                continue
            options = step.options
            chosen = options[0 if step.kind == "consent" else n % len(options)] if options else None
            answers[Spot(step.id)] = Answer(
                State.ANSWERED if n % 9 else State.SKIPPED,
                begun + timedelta(seconds=20 * place + n % 40),
                (chosen.value,) if chosen else (("59",) if step.kind == "place" else ()),
                (chosen.label,) if chosen else (("Nord",) if step.kind == "place" else ()),
                () if chosen else (Part(f"m{place}", WORDS * 3, "fr"),),
            )
        talk = Conversation(
            f"c{n}", f"R-{n}", guide.guide, guide.version, "web", begun, answers=answers,
            finished=n % 3 > 0, origin=("lyon", "lille", None)[n % 3],
        )  # fmt: skip
        yield Participation(talk, (), "finished" if n % 3 else "open", day(begun))


def peak() -> int:
    """The most memory that this process had, in MB."""
    status = Path("/proc/self/status").read_text("utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


def main(count: int) -> None:
    guide = next(g for g in (read_guide(f.read_text("utf-8"), f.name) for f in bundled())
                 if g.guide == "cese-2022")  # fmt: skip
    begun = time.perf_counter()
    for _ in everybody(guide, count):
        pass
    making = time.perf_counter() - begun
    begun = time.perf_counter()
    tallies, _ = counted(everybody(guide, count), lambda *_: guide)
    print(f"{count} counted in memory: {time.perf_counter() - begun - making:.1f} s")
    begun = time.perf_counter()
    tables(tallies[guide.guide], guide, {})
    print(f"tables and charts: {1000 * (time.perf_counter() - begun):.0f} ms")
    database.PRAGMAS = {**database.PRAGMAS, "synchronous": 0}  # only to fill it faster
    with tempfile.TemporaryDirectory() as folder:
        engine = database.open_database(f"sqlite:///{folder}/parole.db", create=True)
        keys = Keys(bytes(32))
        store = SqlStore(engine, keys)
        for n, one in enumerate(everybody(guide, count)):
            with store.hold("web", f"person {n}") as held:
                made = (Event("contribution", Spot("idea"), "proposal"),) if n % 2 else ()
                held.save("m", Turn(replace(one.conversation), (), made), push=False)
        size = Path(folder, "parole.db").stat().st_size / 1e6
        print(f"database of {size:.0f} MB; before counting, {peak()} MB at most", flush=True)
        following = Following(Overview(engine, keys).participations, lambda *_: guide)
        slowest, done = 0.0, threading.Event()

        def watch() -> None:
            nonlocal slowest
            while not done.wait(0.05):
                asked = time.perf_counter()
                Overview(engine, keys).targets(guide.guide)
                slowest = max(slowest, time.perf_counter() - asked)

        watcher = threading.Thread(target=watch)
        watcher.start()
        following.refresh()
        following.wait(3600)
        done.set()
        watcher.join()
        assert following.figures is not None
        print(f"{following.figures.participations} counted from the database: "
              f"{following.figures.seconds:.0f} s, {peak()} MB at most; meanwhile the slowest of "
              f"the other queries took {1000 * slowest:.0f} ms")  # fmt: skip
        engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
