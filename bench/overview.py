"""How long the overview takes to count everybody, then again, beside only opening what is sealed.

python -m bench.overview [PEOPLE]
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.exports import peak
from bench.figures import number
from bench.many import guide
from bot.guide import Guide, Information
from bot.model import Answer, Conversation, Event, Part, Participation, Spot, State, Turn
from desk.overview.following import Following
from desk.overview.tables import tables
from exports.runs import day
from storage import database
from storage.conversations import SqlStore
from storage.desk.overview import Overview
from storage.sealing.keys import Keys
from tests.exports_cases import NOON

DAYS = 60
BACK = 20  # people who come back before the last count
SEALED = (
    "SELECT a.conversation_id, s.wrapped, a.step, a.round, a.words FROM answers a "
    "JOIN secrets s ON s.conversation_id = a.conversation_id ORDER BY a.conversation_id"
)
WORDS = "Nous manquons de temps et de places. Un référent par famille éviterait de tout redire. "


def everybody(guide: Guide, count: int) -> Iterator[Participation]:
    """People who answered all that they were asked, over sixty days."""
    for n in range(count):
        answers: dict[Spot, Answer] = {}
        begun = NOON + timedelta(days=n % DAYS)
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


def bare(path: Path, keys: Keys) -> float:
    """Seconds of processor that only opening every answer takes: sqlite3, AES-GCM, JSON."""
    wrapping = keys._wrapping._aes
    began = time.process_time()
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    of, opened = "", wrapping
    for id, wrapped, step, round, words in base.execute(SEALED):
        if id != of:
            bound = f"secrets.wrapped|{id}".encode()
            of, opened = id, AESGCM(wrapping.decrypt(wrapped[1:13], wrapped[13:], bound))
        bound = f"answers.words|{id}|{step}|{round}".encode()
        json.loads(opened.decrypt(words[1:13], words[13:], bound))
    base.close()
    return time.process_time() - began


def slowest_meanwhile(act: Callable[[], None], asked: Callable[[], object]) -> float:
    """Seconds that the slowest of the other queries took while this went on."""
    slowest, done = 0.0, threading.Event()

    def watch() -> None:
        nonlocal slowest
        while not done.wait(0.05):
            began = time.perf_counter()
            asked()
            slowest = max(slowest, time.perf_counter() - began)

    watcher = threading.Thread(target=watch)
    watcher.start()
    act()
    done.set()
    watcher.join()
    return slowest


def main(count: int) -> None:
    asked = guide()
    database.PRAGMAS = {**database.PRAGMAS, "synchronous": 0}  # only to fill it faster
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "parole.db")
        engine = database.open_database(f"sqlite:///{path}", create=True)
        keys = Keys(bytes(32))
        store = SqlStore(engine, keys, remembered=0)
        for n, one in enumerate(everybody(asked, count)):
            save(store, n, one)
        print(f"{number(count)} personnes, base de {number(path.stat().st_size / 2**20)} Mio ; "
              f"avant de compter, {number(peak())} Mio", flush=True)  # fmt: skip
        overview = Overview(engine, keys)
        following = Following(overview, lambda *_: asked)

        def recount(name: str) -> float:
            def act() -> None:
                following.refresh()
                following.wait(7200)

            began, worked = time.perf_counter(), time.process_time()
            slowest = slowest_meanwhile(act, lambda: overview.targets(asked.guide))
            worked = time.process_time() - worked
            print(f"{name} : {number(following.done)} personnes lues, "
                  f"{number(time.perf_counter() - began, 1)} s, dont {number(worked, 1)} de "
                  f"processeur ; {number(peak())} Mio ; pendant ce temps, la plus lente des autres "
                  f"demandes : {number(1000 * slowest)} ms", flush=True)  # fmt: skip
            return worked

        first, floor = recount("la première fois"), bare(path, keys)
        print(f"nu (sqlite3, AES-GCM et JSON seuls) : {number(floor, 1)} s de processeur ; "
              f"rapport {number(first / floor, 1)}")  # fmt: skip
        recount("sans rien de nouveau")
        same_day = range(0, count, DAYS)[:BACK]
        for n in same_day:
            save(store, n, next(everybody(asked, 1)), "again")
        recount(f"{len(same_day)} personnes revenues, d'un même jour")
        assert following.figures is not None
        began = time.perf_counter()
        tables(following.figures.tallies[asked.guide], asked, {})
        print(f"tableaux et dessins : {number(1000 * (time.perf_counter() - began))} ms")
        engine.dispose()


def save(store: SqlStore, n: int, one: Participation, message: str = "m") -> None:
    made = (Event("contribution", Spot("idea"), "proposal"),) if n % 2 else ()
    with store.hold("web", f"person {n}") as held:
        talk = one.conversation if held.conversation is None else held.conversation
        held.save(message, Turn(replace(talk), (), made), push=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
