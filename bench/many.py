"""Many contributions in a real SQLite database, made once and kept: what the exports are timed on.

Four contributions for each person: two experiences and two proposals of the bundled guide.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, event, text

import storage
from bench.people import read_texts
from bot.contributions import counting
from bot.drawing import ALPHABET
from bot.guide import Guide
from bot.guide_file import bundled, read_guide
from bot.model import Answer, Conversation, Event, Part, Spot, State, Turn
from storage.conversations import SqlStore
from storage.database import open_database
from storage.sealing.keys import Keys
from storage.snapshot.snapshots import Snapshots

EACH = 4  # contributions of one person
ROUNDS = 2
NOON = datetime(2022, 3, 1, 12, tzinfo=UTC)
MASTER = hashlib.sha256(b"bench").digest()
FIXED = {"age": "yes", "accord": "yes", "citation": "yes", "qui_repond": "seul"}
PUBLISHED = (
    "INSERT INTO curations (contribution, conversation_id, decision, reason, decided_by, "
    "decided_on) SELECT number, conversation_id, 'published', '', 'bench', '2022-04-01' "
    "FROM contributions"
)


@dataclass(frozen=True, slots=True)
class Many:
    """A database of so many contributions, and its snapshot."""

    folder: Path
    contributions: int

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'parole.db'}"

    @property
    def snapshot(self) -> str:
        return (self.folder / "snapshot").read_text()


def guide() -> Guide:
    [path] = [one for one in bundled() if one.stem == "cese-2022"]
    return read_guide(path.read_text("utf-8"), path.name)


def many(place: Path, contributions: int) -> Many:
    """The database of so many contributions; made the first time, which takes minutes.

    Made again once what is stored is written in another way.
    """
    made, way = Many(place / f"contributions-{contributions}", contributions), _way()
    kept = made.folder / "way"
    if (made.folder / "snapshot").exists() and kept.exists() and kept.read_text() == way:
        return made
    shutil.rmtree(made.folder, ignore_errors=True)
    made.folder.mkdir(parents=True)
    engine = open_database(made.url, create=True)
    event.listen(engine, "connect", _in_a_hurry)
    engine.dispose()  # the connections opened from now on are in a hurry
    keys = Keys(MASTER)
    _fill(SqlStore(engine, keys, remembered=0), contributions // EACH)
    with engine.begin() as connection:
        connection.execute(text(PUBLISHED))
    taken = Snapshots(engine, keys).take("bench", NOON)
    engine.dispose()
    (made.folder / "snapshot").write_text(taken.id)
    kept.write_text(way)
    return made


def _way() -> str:
    """Other letters as soon as a module of the memory changes."""
    hashed = hashlib.sha256()
    for module in sorted(Path(storage.__file__).parent.rglob("*.py")):
        hashed.update(module.read_bytes())
    return hashed.hexdigest()


def _in_a_hurry(connection: object, _record: object) -> None:
    """What is made here can be made again: no wait for the disk."""
    connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]


def _fill(store: SqlStore, people: int) -> None:
    asked, drawn, texts = guide(), random.Random(2022), read_texts(None)
    for n in range(people):
        talk = _talk(n, asked, drawn, texts)
        events = tuple(Event("contribution", spot, kind) for kind, spot in counting(asked, talk))
        with store.hold("web", f"sender-{n}") as held:
            held.save("first", Turn(talk, (), events), push=False)


def _talk(n: int, asked: Guide, drawn: random.Random, texts: tuple[str, ...]) -> Conversation:
    """Somebody who answered everything on their way."""
    day = NOON + timedelta(days=n % 45)
    answers: dict[Spot, Answer] = {}
    while new := list(_answers(asked, answers, day, drawn, texts)):
        answers.update(new)
    letters = "".join(ALPHABET[(n // len(ALPHABET) ** place) % len(ALPHABET)] for place in range(4))
    return Conversation(
        id=f"{n:032x}", reference=f"BENC-{letters}", guide=asked.guide, version=asked.version,
        channel="web", started=day, answers=answers, finished=True,
    )  # fmt: skip


def _answers(
    asked: Guide,
    known: dict[Spot, Answer],
    day: datetime,
    drawn: random.Random,
    texts: tuple[str, ...],
) -> Iterator[tuple[Spot, Answer]]:
    """Of every question that is now asked; some of them change the way."""
    for spot in asked.path(known):
        step = asked.steps[spot.step]
        if spot in known or step.kind == "information":
            continue
        if step.kind == "open":
            words = drawn.choice(texts) if step.id != "titre" else "Un titre donné par la personne"
            yield spot, Answer(State.ANSWERED, day, parts=(Part("first", words, "fr"),))
        elif step.kind == "place":
            yield spot, Answer(State.ANSWERED, day, ("59",), ("Nord",))
        else:
            wanted = FIXED.get(step.id)
            if step.id == "encore":
                wanted = "yes" if spot.round + 1 < ROUNDS else "no"
            options = [one for one in step.options if wanted in (None, one.value)]
            one = drawn.choice(options)
            version = getattr(step, "version", None)
            yield spot, Answer(State.ANSWERED, day, (one.value,), (one.label,), version=version)


def opened(of: Many) -> tuple[Engine, Snapshots]:
    engine = open_database(of.url, create=False)
    return engine, Snapshots(engine, Keys(MASTER))
