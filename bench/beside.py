"""How long a person waits while staff have something heavy done, on the same SQLite database.

python -m bench.beside [CONTRIBUTIONS] [--dry]

« Avant » puts the same work in the one thread of those who talk, as the desk once did.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from bench.__main__ import PAGE, write
from bench.figures import Cell, number, quantile, table
from bench.many import MASTER, guide, many
from bot import logs
from bot.app.memory import open_memory
from bot.app.talk import Parts, make_parts
from bot.guide import Guide
from bot.model import Message
from bot.settings import Settings
from desk.exporting.preview import seen
from exports.coding.texts import team_records
from exports.confidentiality import Profile
from exports.leaving.filters import Filters
from exports.leaving.withdrawn import stamp_of
from exports.packages_list import chosen
from exports.packing import pack
from storage.desk.journal import FIRST, Journal, _hash
from storage.desk_tables import journal
from storage.moderation.present import Present

LINES = 100_000  # of journal
PAUSE = 0.02  # seconds between two messages of the person
QUIET = 3.0  # seconds measured with nothing beside
LONGEST = 30.0  # seconds of one work
Work = Callable[[], object]


class Enough(Exception):
    """It was watched long enough."""


def lines(parts: Parts, count: int) -> None:
    """So many lines of journal, each with the hash of the one before."""
    before, rows = FIRST, []
    about = json.dumps({"reference": "P-000001"}, separators=(",", ":"))
    for _ in range(count):
        line = ("2022-03-01T12:00:00Z", "claire", "contribution_read", about)
        names = ("at", "who", "what", "about")
        hash = _hash(before, line)
        rows.append({**dict(zip(names, line, strict=True)), "before": before, "hash": hash})
        before = hash
    with parts.memory.engine.begin() as connection:
        for n in range(0, count, 10_000):
            connection.execute(insert(journal), rows[n : n + 10_000])


def works(parts: Parts, snapshot: str, folder: Path) -> dict[str, Work]:
    """What the desk does that reads everything."""
    memory, of = parts.memory, _of
    source = memory.snapshots.open(snapshot, of)
    present = Present(memory.engine, memory.keys)
    end = [0.0]

    def tell(done: int, _: int) -> None:
        if done % 200 == 0:
            time.sleep(0.005)  # as the workroom does
        if time.monotonic() > end[0]:
            raise Enough

    def until(work: Work) -> Work:
        def limited() -> None:
            end[0] = time.monotonic() + LONGEST
            with suppress(Enough):
                work()

        return limited

    def reading() -> None:
        for n, _ in enumerate(team_records(present.curated(), of)):
            tell(n + 1, 0)

    return {
        "vérifier la chaîne du journal": Journal(memory.engine).check,
        "comparer un instantané à maintenant": lambda: stamp_of(source, Profile.PUBLIC),
        "reprendre un codage (relire tous les textes)": until(reading),
        "aperçu d’un export": until(
            lambda: seen(source, Profile.INTERNAL, Filters(), folder, lambda n: tell(n, 0))
        ),
        "export csv": until(
            lambda: pack(source, chosen(["csv"]), Profile.INTERNAL, Filters(),
                         folder / "export.zip", software="bench", progress=tell)
        ),
    }  # fmt: skip


def _of(_: str, __: str) -> Guide:
    return guide()


class Person:
    """Somebody who talks all the time; how long each answer took."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._said = parts, 0

    async def talks(self, until: Callable[[], bool]) -> list[float]:
        waits = []
        while not until():
            self._said += 1
            asked = Message("web", "somebody", f"m{self._said}", text="bonjour")
            begun = time.perf_counter()
            await self._parts.reception.receive(asked)
            waits.append(time.perf_counter() - begun)
            await asyncio.sleep(PAUSE)
        return sorted(waits)


async def watched(person: Person, doing: Awaitable[object]) -> tuple[float, list[float]]:
    """Seconds that the work took, and how long the person waited meanwhile."""
    begun = time.monotonic()
    task = asyncio.ensure_future(doing)
    waits = await person.talks(task.done)
    await task
    return time.monotonic() - begun, waits


async def measure(parts: Parts, doing: dict[str, Work]) -> list[tuple[Cell, ...]]:
    person = Person(parts)
    await person.talks(iter([*[False] * 20, True]).__next__)  # warm
    waits = (await watched(person, asyncio.sleep(QUIET)))[1]
    rows: list[tuple[Cell, ...]] = [("rien", "", *_told(waits))]
    for name, work in doing.items():
        for where, run in (("avant", parts.threads.run), ("maintenant", asyncio.to_thread)):
            if name.startswith(("aperçu", "export")) and where == "avant":
                continue  # always had a thread of their own
            seconds, waits = await watched(person, run(work))
            rows.append((f"{name}, {where}", number(seconds, 1), *_told(waits)))
            print(rows[-1], flush=True)
    return rows


def _told(waits: list[float]) -> tuple[Cell, ...]:
    return (
        len(waits),
        *(number(1000 * one) for one in (quantile(waits, 0.5), quantile(waits, 0.95), waits[-1])),
    )


def main() -> None:
    """Measure, print, and write docs/speed.md."""
    asked = argparse.ArgumentParser()
    asked.add_argument("contributions", type=int, nargs="?", default=20_000)
    asked.add_argument("--place", type=Path, default=Path(tempfile.gettempdir(), "parole-bench"))
    asked.add_argument("--dry", action="store_true")
    given = asked.parse_args()
    logs.set_up("ERROR")
    kept = many(given.place, given.contributions)
    with tempfile.TemporaryDirectory(prefix="parole-beside-", dir=given.place) as out:
        folder = Path(out)
        shutil.copy(kept.folder / "parole.db", folder / "parole.db")
        settings = Settings(
            data_dir=folder, rasa_url="off", max_turns_per_minute=1_000_000,
            max_openings_per_hour=1_000_000, _env_file=None,
            master_key=base64.b64encode(MASTER).decode(),
        )  # type: ignore[call-arg, arg-type] # fmt: skip
        memory = open_memory(settings)
        parts = make_parts(settings, memory)
        lines(parts, LINES)
        rows = asyncio.run(measure(parts, works(parts, kept.snapshot, folder)))
        parts.threads.close()
        memory.close()
    head = ("À côté", "durée (s)", "réponses", "p50 (ms)", "p95 (ms)", "la plus longue (ms)")
    when = datetime.now(UTC).date().isoformat()
    told = (
        f"Mesuré le {when} par `python -m bench.beside` : {number(given.contributions)} "
        f"contributions, {number(LINES)} lignes de journal, machine partagée.\n\n"
        f"{table(head, rows)}"
    )
    print(told)
    if not given.dry:
        write(PAGE, "bureau", told)


if __name__ == "__main__":
    main()
