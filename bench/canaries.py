"""What is left of people who were erased: each said words of their own, looked for byte by byte.

    python -m bench.canaries                      200 persons, 100 erased, both databases
    python -m bench.canaries --people 24 --seed 7 fewer, drawn otherwise

A real server and persons on the web; as many of Telegram, whose turns, replies (waiting, sent,
given up) and messages set aside are written to the memory without the server; a snapshot, an export
of the desk, a backup and a copy of the files made before the erasure. Exits with 1 on a fault.
Goal P1.
"""

from __future__ import annotations

import asyncio
import time
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import Engine, func, select

from bench import server, side_by_side
from bench.canary_crowd import erase, leave, speak, write_to
from bench.canary_places import Place, copied, flush, old_backup
from bench.canary_words import Canary, needles, readable, search, there
from bench.server import Server
from bot.curated import Stage
from bot.errors import DatabaseUnfit
from storage.backup.tombstones import NAME, Tombstones
from storage.conversations import SqlStore
from storage.database import migrate, open_database
from storage.desk.packages import Packages
from storage.letters import Letters
from storage.outbox import SqlOutbox
from storage.sealing.key_files import (
    NEW,
    OLD,
    beside,
    destroyed,
    new_master,
    put_in_place,
    read_key,
    write_key,
)
from storage.sealing.keys import Keys
from storage.sealing.masterkey import open_keys
from storage.sealing.rotation import rotate
from storage.snapshot.snapshots import Snapshots
from storage.tables import contributions, conversations, secrets

if TYPE_CHECKING:
    from tests.postgres import Cluster

PEOPLE, SEED = 200, 2022
PATIENCE = 60.0  # seconds for the export to be made, or to be removed


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found where there should be nothing, and what should be readable."""

    database: str
    seed: int
    people: int
    erased: int
    files: int
    megabytes: float
    plain: int  # in clear, in any byte of any file
    planted: int  # put in clear on purpose: to be found, or the search proves nothing
    contributions: int
    exports_made: int
    exports_left: int
    live_erased: int  # persons readable in the live database
    live_others: int
    old_erased: int  # erased persons readable in the old backup with the key of that day
    raw_live: int  # their wrapped keys, still in the bytes of the live database
    raw_old: int  # the same, in the old copies
    later_erased: int  # erased persons readable anywhere with the new key, the old one destroyed
    later_others: int
    old_key_left: int  # times that the old key is in a file

    @property
    def right(self) -> bool:
        others = self.people - self.erased
        nothing = (self.plain, self.exports_left, self.live_erased, self.later_erased,
                   self.old_key_left)  # fmt: skip
        return (
            not any(nothing)
            and self.live_others == self.later_others == others
            and self.old_erased == self.erased  # else the search itself sees nothing
            and self.planted > 0
            and self.raw_old >= self.erased
            and self.contributions > 0
            and self.exports_made > 0
        )


def look(place: Place, people: int, seed: int) -> Outcome:
    """Speak, keep copies, erase half of them, look; then change the key, and look again."""
    draw, erased = Random(seed), people // 2
    crowd = [Canary.drawn(draw, number) for number in range(people)]
    gone = draw.sample(crowd, erased)
    with _serving(place) as running:
        tokens = asyncio.run(speak(running, [one for one in crowd if one.on_the_web]))
        engine = open_database(place.url, create=False)
        keys = open_keys(engine, file=place.key)
        store = SqlStore(engine, keys, remembered=0, tombstones=Tombstones(place.data / NAME))
        box = SqlOutbox(engine, keys)
        write_to(store, box, Letters(engine, keys), [one for one in crowd if not one.on_the_web])
        with engine.connect() as connection:
            made = connection.scalar(select(func.count()).select_from(contributions)) or 0
        exports = _export(engine, keys, place)
        pieces = _wrapped(engine, keys, gone, tokens)
        copied(place, engine)
        asyncio.run(leave(running, [tokens[one.number] for one in gone if one.on_the_web]))
        for one in gone:
            if not one.on_the_web:
                erase(store, one)
    with _serving(place):  # a start looks at once at what may still be taken away
        left = _exports_left(place)
    flush(place)
    wanted = needles(crowd)
    found = search(place.everywhere, wanted)
    planted = place.folder / "planted.txt"
    planted.write_bytes(crowd[0].word.encode("utf-16-le"))
    seen = search([place.folder], wanted).hits - search([place.folder / "data"], wanted).hits
    planted.unlink()
    live = readable(engine, keys)
    with old_backup(place) as old:
        before = readable(old, keys)
        raw_live, raw_old = there(place.live, pieces.values()), there([place.old], pieces.values())
        written_key = place.key.read_bytes().strip()
        new = _change_key(engine, keys, place)
        flush(place)
        later = readable(engine, new) | readable(old, new)
        left_over = [(id, one) for id, one in pieces.items() if one in raw_live | raw_old]
        later |= {gone[0].word for id, one in left_over if _unwraps(new, id, one)}
        key_left = search(place.everywhere, (written_key, b64decode(written_key))).hits
    names = {one.word for one in gone}
    others = {one.word for one in crowd} - names
    engine.dispose()
    return Outcome(
        place.name, seed, people, erased, found.files, found.octets / 1e6, found.hits, seen, made,
        exports, left, len(live & names), len(live & others), len(before & names), len(raw_live),
        len(raw_old), len(later & names), len(later & others), key_left,
    )  # fmt: skip


@contextmanager
def _serving(place: Place) -> Iterator[Server]:
    """A server whose temporary files are looked at too, as talkative as can be."""
    temporary = place.folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    settings = {"database_url": place.url, "log_level": "DEBUG"}
    with server.parole(place.data, {"TMPDIR": str(temporary)}, **settings) as running:
        yield running


def _export(engine: Engine, keys: Keys, place: Place) -> int:
    """A snapshot, and an export of it made by the server for the desk. How many files."""
    now, orders = datetime.now(UTC), Packages(engine)
    snapshot = Snapshots(engine, keys).take("claire", now)
    order = orders.ask("claire", "interne", ["csv", "xlsx"], {}, now, snapshot=snapshot.id,
                       stage=Stage.WAITING)  # fmt: skip
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = orders.get(order.id)
        if found is not None and found.stage in (Stage.DONE, Stage.FAILED):
            break
        time.sleep(0.2)
    return len(list((place.data / "exports").glob("*.zip")))


def _exports_left(place: Place) -> int:
    until = time.monotonic() + PATIENCE
    folder = place.data / "exports"
    while list(folder.glob("*")) and time.monotonic() < until:
        time.sleep(0.2)
    return len(list(folder.glob("*")))


def _wrapped(
    engine: Engine, keys: Keys, gone: Sequence[Canary], tokens: dict[int, str]
) -> dict[str, bytes]:
    """By conversation, the wrapped keys of those who are about to leave."""
    doors = [
        keys.door("web", tokens[one.number]) if one.on_the_web else keys.door("telegram", one.chat)
        for one in gone
    ]
    c = conversations.c
    query = select(c.id, secrets.c.wrapped).join(secrets, secrets.c.conversation_id == c.id)
    with engine.connect() as connection:
        return {
            id: bytes(piece) for id, piece in connection.execute(query.where(c.door.in_(doors)))
        }


def _change_key(engine: Engine, keys: Keys, place: Place) -> Keys:
    """What `parole key rotate`, then `parole key destroy`, do."""
    write_key(beside(place.key, NEW), new_master())
    new = Keys(read_key(beside(place.key, NEW)), keys.hashes)
    rotate(engine, keys, new, datetime.now(UTC))
    put_in_place(place.key)
    destroyed(beside(place.key, OLD))
    return new


def _unwraps(keys: Keys, id: str, piece: bytes) -> bool:
    try:
        keys.once(id, piece)
    except DatabaseUnfit:
        return False
    return True


def told(outcomes: Sequence[Outcome]) -> str:
    return side_by_side.told("Effacement (P1)", outcomes, (
        ("Effacées", lambda one: one.erased),
        ("Contributions", lambda one: one.contributions),
        ("Fichiers lus octet par octet", lambda one: one.files),
        ("Mégaoctets lus", lambda one: round(one.megabytes)),
        ("Mots ou identifiants trouvés en clair", lambda one: one.plain),
        ("Témoin posé en clair, trouvé", lambda one: one.planted),
        ("Exports du bureau, avant", lambda one: one.exports_made),
        ("Exports du bureau, après l’effacement", lambda one: one.exports_left),
        ("Effacées lisibles dans la base", lambda one: one.live_erased),
        ("Autres lisibles dans la base", lambda one: one.live_others),
        ("Effacées lisibles dans l’ancienne sauvegarde, avec sa clé", lambda one: one.old_erased),
        ("Clés fermées d’effacées dans les octets de la base", lambda one: one.raw_live),
        ("Clés fermées d’effacées dans les anciennes copies", lambda one: one.raw_old),
        ("Effacées lisibles quelque part, clé changée", lambda one: one.later_erased),
        ("Autres lisibles dans la base, clé changée", lambda one: one.later_others),
        ("Ancienne clé trouvée dans un fichier", lambda one: one.old_key_left),
    ))  # fmt: skip


def on_sqlite(folder: Path, people: int, seed: int) -> Outcome:
    place = Place("SQLite", f"sqlite:///{folder / 'sqlite' / 'data' / 'parole.db'}",
                  folder / "sqlite")  # fmt: skip
    return look(place, people, seed)


def on_postgres(cluster: Cluster, folder: Path, people: int, seed: int) -> Outcome:
    """On a cluster of its own: all of its files are looked at."""
    url = cluster.url()
    migrate(url)
    return look(Place("PostgreSQL", url, folder / "postgres", cluster), people, seed)


if __name__ == "__main__":
    side_by_side.main("bench.canaries", __doc__, (PEOPLE, SEED), on_sqlite, on_postgres, told)
