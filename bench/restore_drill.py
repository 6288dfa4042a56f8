"""The restore drill: people, a backup, erasures, a lost machine, and what comes back.

    python -m bench.restore_drill                SQLite and PostgreSQL, 2 000 persons each
    python -m bench.restore_drill --people 200

Uses the commands of the operator, `parole backup` and `parole restore`, as a timer and a person
would. Two days: the list of erasures was on another disk too; only the folder of backups is left,
and then whoever was erased since comes back, which has to be said. Prints what is lost (RPO) and
how long it takes (RTO). Exits with 1 on a fault. Goal P9.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bench import server, side_by_side
from bench.server import PAROLE, ROOT
from bench.side_by_side import yes
from bot.model import Answer, Conversation, Event, Part, Spot, State, Turn
from storage.backup.tombstones import NAME, Tombstones
from storage.conversations import SqlStore
from storage.database import migrate, open_database
from storage.sealing.masterkey import open_keys

if TYPE_CHECKING:
    from tests.postgres import Cluster

PEOPLE, SEED = 2000, 2022
RTO, RPO = 30 * 60, 24  # seconds; hours, between two backups of the timer


@dataclass(frozen=True, slots=True)
class Drilled:
    """What came back, what did not, and how long it took."""

    database: str
    seed: int
    people: int
    megabytes: float
    backup_seconds: float
    erased_since: int
    came_back: int  # of those who were erased since
    others: int  # of the others, whole
    lost: int  # of the others
    restore_seconds: float  # until the server answers
    unlisted: int  # of those erased since, back when only the folder of backups is left
    told: bool  # that they are back

    @property
    def right(self) -> bool:
        back = not (self.came_back or self.lost) and self.restore_seconds <= RTO
        return back and (self.told or not self.unlisted)


def drill(
    name: str, folder: Path, people: int, seed: int, urls: tuple[str, str, str] | None
) -> Drilled:
    """`urls`: of the database, and of the empty ones where it comes back; None for SQLite."""
    data, again, kept, bare = (folder / one for one in ("data", "again", "backups", "bare"))
    secret, elsewhere = folder / "secret", folder / "elsewhere"
    elsewhere.mkdir(parents=True)
    secret.write_text("dW4gc2VjcmV0IGQnZXNzYWksIGphbWFpcyBwdWJsacOp\n")
    secret.chmod(0o600)
    places = (data, again, bare)
    first, second, third = urls or (f"sqlite:///{one / 'parole.db'}" for one in places)
    engine = open_database(first, create=True)
    keys = open_keys(engine, file=data / "parole.key")
    tombstones = Tombstones(data / NAME, elsewhere)
    store = SqlStore(engine, keys, remembered=0, tombstones=tombstones)
    _write(store, people)
    began = time.monotonic()
    listed = {"PAROLE_ERASURES_DIR": str(elsewhere)}
    _parole("backup", "--to", kept, "--key", secret, "--data", data, url=first, **listed)
    backed_up = time.monotonic() - began
    [file] = kept.glob("parole-*.gpg")
    gone = set(Random(seed).sample(range(people), people // 10))
    for n in gone:
        store.forget("telegram", f"person {n}")
    tombstones.settled()  # the last lines are there a moment after
    engine.dispose()
    began = time.monotonic()
    again.mkdir()
    bare.mkdir()
    for one in (again, bare):
        shutil.copy(data / "parole.key", one)  # from where the key is kept
    shutil.rmtree(data)  # the machine is lost
    _parole("restore", file, "--key", secret, "--data", again, url=second, **listed)
    with server.parole(again, database_url=second):
        restored = time.monotonic() - began
    there = _whole(second, again)
    shutil.rmtree(elsewhere)  # so is the other disk
    said = _parole("restore", file, "--key", secret, "--data", bare, url=third)
    others = set(range(people)) - gone
    return Drilled(
        name, seed, people, file.stat().st_size / 1e6, backed_up, len(gone), len(there & gone),
        len(there & others), len(others - there), restored, len(_whole(third, bare) & gone),
        "ATTENTION" in said,
    )  # fmt: skip


def _whole(url: str, data: Path) -> set[int]:
    """Who is there, with what they said."""
    engine = open_database(url, create=False)
    back = SqlStore(engine, open_keys(engine, file=data / "parole.key"), remembered=0)
    found = {
        int(one.id.removeprefix("p"))
        for one in back.conversations()
        if next(iter(one.answers.values())).parts[0].text == f"Je dis {one.id}."
    }
    engine.dispose()
    return found


def _write(store: SqlStore, people: int) -> None:
    now = datetime.now(UTC) - timedelta(hours=1)
    for n in range(people):
        spot = Spot("recit")
        told = Answer(State.ANSWERED, now, parts=(Part("m1", f"Je dis p{n}."),))
        talk = Conversation(f"p{n}", f"R{n:06d}", "cese-2022", "1", "telegram", now, spot,
                            {spot: told})  # fmt: skip
        with store.hold("telegram", f"person {n}") as held:
            made = (Event("contribution", spot, "experience"),)
            held.save("m1", Turn(talk, (), made, f"Je dis p{n}."), push=False)


def _parole(*words: str | Path, url: str, **more: str) -> str:
    """What it said to the person at the terminal."""
    settings = {"PAROLE_DATABASE_URL": url, **more}
    done = subprocess.run(
        [*PAROLE, *map(str, words)],
        cwd=ROOT, env=server.environment(settings) | {"HOME": os.devnull},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(done.stdout.replace(str(words[1]), "…"), end="")
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stderr


def told(drills: Sequence[Drilled]) -> str:
    return side_by_side.told("Remise en place (P9)", drills, (
        ("Sauvegarde (Mo)", lambda one: round(one.megabytes, 1)),
        ("Sauvegarder (s)", lambda one: round(one.backup_seconds, 1)),
        ("Effacées depuis", lambda one: one.erased_since),
        ("Effacées qui reviennent", lambda one: one.came_back),
        ("Autres revenues entières", lambda one: one.others),
        ("Autres perdues", lambda one: one.lost),
        ("RTO : jusqu’à ce que la page réponde (s)", lambda one: round(one.restore_seconds, 1)),
        ("Sauvegardes seules : effacées qui reviennent", lambda one: one.unlisted),
        ("Sauvegardes seules : la commande le dit", lambda one: yes(one.told)),
        ("RPO, une sauvegarde par jour (h)", lambda _: RPO),
    ))  # fmt: skip


def on_sqlite(folder: Path, people: int, seed: int) -> Drilled:
    return drill("SQLite", folder / "sqlite", people, seed, None)


def on_postgres(cluster: Cluster, folder: Path, people: int, seed: int) -> Drilled:
    urls = (cluster.url(), cluster.url(), cluster.url())
    migrate(urls[0])
    return drill("PostgreSQL", folder / "postgres", people, seed, urls)


if __name__ == "__main__":
    side_by_side.main("bench.restore_drill", __doc__, (PEOPLE, SEED), on_sqlite, on_postgres, told)
