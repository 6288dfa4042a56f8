"""Snapshots: everything as it was at one moment, each person's part sealed with their own key."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from bot.curated import Curated, Snapshot
from bot.errors import StorageError
from bot.staff import PAROLE, Act
from storage.desk.marks import marks, standing
from storage.desk_tables import journal, packages, snapshot_rows, snapshots
from storage.erasure.erasing import sweep
from storage.faults import transaction, translated
from storage.moderation.curated import codebook, curations_of
from storage.reading import PAGE, Place, Read, page_after
from storage.sealing.keys import Cipher, Keys
from storage.sealing.masterkey import still_ours
from storage.snapshot.frozen import codes_from, codes_to, freeze
from storage.snapshot.snapshot_rows import Rows, where
from storage.tables import conversations, secrets

GuideT = TypeVar("GuideT")
GIVEN_UP = 86_400  # seconds: a snapshot begun before, and never finished, was stopped by a crash
UNKNOWN = "Il n'y a pas d'instantané « {} ». Voyez : parole snapshots"

s, r = snapshots.c, snapshot_rows.c
_ids: BindParameter[str] = bindparam("ids", expanding=True)
_still_there = (  # nobody erases nor starts afresh until these rows are in
    select(conversations.c.id, secrets.c.wrapped)
    .join(secrets, secrets.c.conversation_id == conversations.c.id)
    .where(conversations.c.id.in_(_ids))
    .order_by(conversations.c.id)
    .with_for_update(read=True, of=conversations)
)
_complete = select(snapshots).where(s.sha256 != "").order_by(s.taken, s.id)
_followed = (
    select(conversations.c.guide, conversations.c.version)
    .join(snapshot_rows, r.conversation_id == conversations.c.id)
    .where(r.snapshot == bindparam("of_snapshot"))
    .distinct()
)


@dataclass(frozen=True)
class Opened(Generic[GuideT]):
    """A snapshot to read as often as wanted: an `exports.source.Source`."""

    snapshot: Snapshot
    guides: Mapping[tuple[str, str], GuideT]
    read: Callable[[], Iterator[Curated]]
    met: Callable[[bool], Iterator[tuple[Curated, Curated | None]]]

    def beside_now(self, *, changed: bool = False) -> Iterator[tuple[Curated, Curated | None]]:
        """The same, each with how it stands now, None when nothing happened to it since."""
        return self.met(changed)

    def curated(self) -> Iterator[Curated]:
        """Every participation that was not erased since, oldest day first, streamed."""
        return self.read()


@dataclass(frozen=True)
class _Frozen:
    """One row to be."""

    of: Read
    mark: str
    frozen: bytes

    @property
    def id(self) -> str:
        return self.of.place[1]


class Snapshots:
    """The snapshots of this database. Blocking calls, safe to share between threads."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys

    def take(
        self, taken_by: str, now: datetime, progress: Callable[[int], None] = lambda _: None
    ) -> Snapshot:
        """Freeze everything as it is at this moment; conversations go on meanwhile.

        `progress` is told how many participations are in.
        """
        id = uuid.uuid4().hex
        try:
            count, sha256 = self._take(id, taken_by, now, progress)
        except BaseException:
            with suppress(StorageError), transaction(self._engine) as connection:
                connection.execute(delete(snapshots).where(s.id == id))
            raise
        done = {"participations": count, "sha256": sha256}
        with transaction(self._engine) as connection:
            connection.execute(update(snapshots).where(s.id == id).values(done))
        return self.get(id)

    def _take(
        self, id: str, taken_by: str, now: datetime, progress: Callable[[int], None]
    ) -> tuple[int, str]:
        hashed, count = hashlib.sha256(), 0
        with _one_moment(self._engine) as reading:
            book = codes_to(codebook(reading))
            self._begin(id, os.urandom(32), taken_by, now, book, standing(reading, book))
            after: Place | None = None
            while True:
                page = page_after(reading, self._keys, after)
                frozen = self._frozen(reading, page)
                for written in self._keep(id, count, frozen):
                    hashed.update(len(written).to_bytes(8, "big") + written)
                    count += 1
                progress(count)
                if len(page) < PAGE:
                    break
                after = page[-1].place
        hashed.update(book.encode())
        return count, hashed.hexdigest()

    def every(self) -> list[Snapshot]:
        """The snapshots, oldest first."""
        with transaction(self._engine, writing=False) as connection:
            return [self._snapshot(row) for row in connection.execute(_complete)]

    def unchanged(self) -> Snapshot | None:
        """The newest one, when nothing changed since: another would be the same."""
        with _one_moment(self._engine) as reading:
            row = reading.execute(
                _complete.where(s.standing == standing(reading, codes_to(codebook(reading))))
            ).all()
        return self._snapshot(row[-1]) if row else None

    def left(self) -> dict[str, int]:
        """By snapshot, how many of its participations were not erased since."""
        count = select(r.snapshot, func.count()).group_by(r.snapshot)
        with transaction(self._engine, writing=False) as connection:
            return {row[0]: row[1] for row in connection.execute(count)}

    def unwanted(self, before: datetime) -> list[str]:
        """Those that were taken at the desk to look at an export which nobody asked for."""
        exported = exists().where(
            journal.c.what.in_([Act.EXPORT_ASKED.value, Act.EXPORT_MADE.value]),
            journal.c.about.like('%"snapshot":"' + s.id + '"%'),
        )
        kept = exists().where(packages.c.snapshot == s.id)
        nobody = select(s.id).where(
            s.sha256 != "", s.taken < before.timestamp(), s.taken_by != PAROLE, ~kept, ~exported
        )
        with transaction(self._engine, writing=False) as connection:
            return list(connection.scalars(nobody.order_by(s.taken, s.id)))

    def get(self, id: str) -> Snapshot:
        """Raises StorageError when there is no such snapshot."""
        with transaction(self._engine, writing=False) as connection:
            row = connection.execute(_complete.where(s.id == id)).one_or_none()
        if row is None:
            raise StorageError(UNKNOWN.format(id))
        return self._snapshot(row)

    def followed(self, id: str) -> list[tuple[str, str]]:
        """Every guide and version that its participations follow."""
        with transaction(self._engine, writing=False) as connection:
            rows = connection.execute(_followed, {"of_snapshot": id})
            return sorted((row.guide, row.version) for row in rows)

    def present(self, id: str) -> int:
        """How many of its participations were not erased since."""
        count = select(func.count()).select_from(snapshot_rows).where(r.snapshot == id)
        with transaction(self._engine, writing=False) as connection:
            return int(connection.scalar(count) or 0)

    def open(self, id: str, guide: Callable[[str, str], GuideT]) -> Opened[GuideT]:
        """A snapshot to export; `guide` gives a version. Raises StorageError, GuideError."""
        snapshot = self.get(id)
        guides = {key: guide(*key) for key in self.followed(id)}
        rows = Rows(self._engine, self._keys)
        return Opened(
            snapshot,
            guides,
            lambda: rows.curated(id),
            lambda changed: rows.beside_now(id, changed=changed),
        )

    def delete(self, id: str) -> None:
        """Forget a snapshot, its rows and its salt. Raises StorageError when there is none."""
        self.get(id)
        with transaction(self._engine) as connection:
            connection.execute(delete(snapshots).where(s.id == id))
        sweep(self._engine)

    def _begin(
        self, id: str, salt: bytes, taken_by: str, now: datetime, book: str, stands: str
    ) -> None:
        row: dict[str, Any] = {
            "id": id,
            "taken": float(int(now.timestamp())),
            "taken_by": taken_by,
            "participations": 0,
            "sha256": "",
            "codebook": book,
            "standing": stands,
            "salt": self._keys.salts.seal(salt, f"snapshots.salt|{id}"),
        }
        stopped = (s.sha256 == "") & (s.taken < row["taken"] - GIVEN_UP)
        with transaction(self._engine) as connection:
            still_ours(connection, self._keys)
            connection.execute(delete(snapshots).where(stopped))
            connection.execute(insert(snapshots), row)

    def _frozen(self, reading: Connection, page: Sequence[Read]) -> list[_Frozen]:
        ciphers = {one.participation.conversation.id: self._cipher(one) for one in page}
        curated = curations_of(reading, ciphers)
        stand = marks(reading, list(ciphers))
        return [
            _Frozen(
                one,
                stand[one.place[1]],
                freeze(Curated(one.participation, curated.get(one.place[1], {}))),
            )
            for one in page
        ]

    def _cipher(self, one: Read) -> Cipher:
        return self._keys.once(one.place[1], one.wrapped)

    def _keep(self, id: str, position: int, page: Sequence[_Frozen]) -> Iterator[bytes]:
        """Store these rows, but for the people who went away since they were read."""
        if not page:
            return
        with transaction(self._engine) as connection:
            its = {"ids": [each.id for each in page]}
            there = {row.id: row.wrapped for row in connection.execute(_still_there, its)}
            kept = [each for each in page if there.get(each.id) == each.of.wrapped]
            rows = [
                {
                    "snapshot": id,
                    "position": position + n,
                    "conversation_id": each.id,
                    "mark": each.mark,
                    "frozen": self._cipher(each.of).seal(each.frozen, where(id, each.id)),
                }
                for n, each in enumerate(kept)
            ]
            if rows:
                connection.execute(insert(snapshot_rows), rows)
        yield from (each.frozen for each in kept)

    def _snapshot(self, row: Any) -> Snapshot:
        return Snapshot(
            row.id,
            datetime.fromtimestamp(row.taken, UTC),
            row.taken_by,
            row.participations,
            row.sha256,
            codes_from(row.codebook),
            self._keys.salts.unseal(row.salt, f"snapshots.salt|{row.id}"),
        )


@contextmanager
def _one_moment(engine: Engine) -> Iterator[Connection]:
    """A connection for which nothing changes any more, while others go on writing."""
    with translated(), engine.connect() as connection:
        if engine.dialect.name == "sqlite":  # in WAL, a reader sees one moment
            connection.execution_options(parole_reading=True)
        else:
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        with connection.begin():
            yield connection
