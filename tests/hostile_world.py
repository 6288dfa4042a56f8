"""Everyone who typed something hostile, through the real reception, into a real database."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from hostile import CORPUS, Hostile
from sqlalchemy import Engine, func, insert, select

from bot.ceiling import Ceiling
from bot.curated import Curated, Decision, Snapshot
from bot.guide import Guide
from bot.model import Given, Message
from bot.reception import Reception
from bot.shelf import Shelf
from exports.confidentiality import Profile
from exports.leaving.filters import Filters
from exports.packages import Package
from exports.packages_list import PACKAGES
from exports.packing import Packed, pack
from nlu.understand import Understanding
from storage.conversations import SqlStore
from storage.database import open_database
from storage.desk_tables import curations
from storage.moderation.codebook import Codebook
from storage.sealing.keys import Keys
from storage.snapshot.snapshots import Opened, Snapshots
from storage.tables import contributions, conversations
from storage.threads import Threads

GUIDE = Path(__file__).with_name("hostile_guide.yml")
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
DAY = NOON.date()
MASTER = bytes(range(32))
THEMES = (
    '=HYPERLINK("http://exemple.invalid")', "@SUM(A1) ; \"<b>\"", "a|b", "\u202eemèht", "**** *t_m",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """A database in which everyone is, and its snapshot."""

    url: str
    engine: Engine
    snapshot: Snapshot

    @cached_property
    def source(self) -> Opened[Guide]:
        snapshots = Snapshots(self.engine, Keys(MASTER))
        return snapshots.open(self.snapshot.id, shelf().of)

    @cached_property
    def people(self) -> tuple[Curated, ...]:
        """As they are in the memory."""
        return tuple(self.source.curated())

    @cached_property
    def stored(self) -> int:
        """How many contributions the database holds."""
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(contributions)) or 0


def shelf() -> Shelf:
    return Shelf([GUIDE], "hostile", lambda *_: None)


def world(url: str) -> World:
    """Everyone of the corpus, one contribution each, all published, some coded."""
    engine = open_database(url, create=False)
    keys = Keys(MASTER)
    store, codebook, snapshots = SqlStore(engine, keys), Codebook(engine), Snapshots(engine, keys)
    threads = Threads(1)
    desk = Reception(
        store, threads, Understanding(None), shelf(), {},
        ceiling=Ceiling(10**6), clock=lambda: NOON,
    )  # fmt: skip

    async def everyone() -> None:
        for number, one in enumerate(CORPUS):
            await _type(desk, one, number)

    asyncio.run(everyone())
    threads.close()
    for name in THEMES:
        codebook.add(name, definition=name)
    published = select(
        contributions.c.number, contributions.c.conversation_id
    ).select_from(contributions.join(conversations))  # fmt: skip
    with engine.begin() as connection:
        rows = [
            {
                "contribution": row.number, "conversation_id": row.conversation_id,
                "decision": Decision.PUBLISHED.value, "reason": "", "decided_by": "alix",
                "decided_on": DAY,
            }
            for row in connection.execute(published)
        ]  # fmt: skip
        connection.execute(insert(curations), rows)
    return World(url, engine, snapshots.take("alix", NOON))


async def _type(desk: Reception, one: Hostile, number: int) -> None:
    """One person, who types this as the text and as its title, and presses buttons on the way."""
    count = 0

    async def send(text: str = "", choice: str | None = None) -> Given:
        nonlocal count
        count += 1
        return await desk.receive(Message("web", f"sender-{number}", f"m{count}", text, choice))

    def pressed(given: Given) -> str | None:
        """Every other person keeps their words, where something in them points to a person."""
        match given.replies[-1].key:
            case "masked":
                return "yes" if number % 2 else "no"
            case "meant":  # « NaN » is no way to say « I do not know »
                return "no"
        return None

    async def settled(given: Given) -> Given:
        while end := pressed(given):
            [choice] = [c.value for c in given.replies[-1].choices if c.value.endswith(f":{end}")]
            given = await send(choice=choice)
        return given

    await send("bonjour")
    for choice in ("privacy:yes", "quoted:yes", f"uses:{'walk' if number % 2 else 'rest'}"):
        await send(choice=choice)
    for text in one.texts:
        await settled(await send(text))
    await settled(await send(choice="idea:!done"))
    await settled(await send(one.texts[0]))
    given = await settled(await send(choice="check:yes"))
    assert given.finished, one.name


def folder(source: Opened[Guide], package: Package, profile: Profile, out: Path) -> Packed:
    """One format of a snapshot, in a folder."""
    return pack(source, [package], profile, Filters(), out, software="0", zipped=False)


def main(url: str, snapshot: str) -> None:
    """The SHA-256 of the manifest of every format in every profile, as JSON."""
    engine = open_database(url, create=False)
    source = Snapshots(engine, Keys(MASTER)).open(snapshot, shelf().of)
    with tempfile.TemporaryDirectory() as made:
        found = {
            f"{package.name} {profile}": folder(source, package, profile, Path(made) / "out").sha256
            for package in PACKAGES
            for profile in package.profiles
        }
    engine.dispose()
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
