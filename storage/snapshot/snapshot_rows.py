"""The rows of a snapshot read back, beside how those who changed since stand now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select

from bot.curated import Curated
from bot.errors import StorageError
from storage.desk.marks import marks
from storage.desk_tables import snapshot_rows, snapshots
from storage.faults import transaction
from storage.moderation.curated import curations_of
from storage.reading import PAGE, participations_of
from storage.sealing.keys import Keys
from storage.snapshot.frozen import thaw
from storage.tables import secrets

r = snapshot_rows.c
_rows = (
    select(r.position, r.conversation_id, r.mark, r.frozen, secrets.c.wrapped)
    .join(secrets, secrets.c.conversation_id == r.conversation_id)
    .where(r.snapshot == bindparam("of_snapshot"), r.position > bindparam("after"))
    .order_by(r.position)
    .limit(PAGE)
)
_there = select(snapshots.c.id).where(snapshots.c.id == bindparam("of_snapshot"))
DELETED = "Cet instantané a été supprimé pendant la lecture. Recommencez avec un autre."


def where(snapshot: str, conversation: str) -> str:
    """What the sealed bytes are bound to."""
    return f"snapshot_rows.frozen|{snapshot}|{conversation}"


@dataclass(frozen=True)
class _Page:
    """Some rows of a snapshot, beside those people now."""

    rows: Sequence[Any]
    same: frozenset[str]  # nothing happened to them since
    now: Mapping[str, Curated]  # the others, those who are still there


class Rows:
    """Streamed, a page in memory at a time."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys

    def curated(self, id: str) -> Iterator[Curated]:
        """As they were."""
        for page in self._pages(id):
            yield from (self._thawed(id, row) for row in page.rows)

    def beside_now(
        self, id: str, *, changed: bool = False
    ) -> Iterator[tuple[Curated, Curated | None]]:
        """Each with how it stands now, None when nothing happened to it since."""
        for page in self._pages(id, now=True):
            for row in page.rows:
                of = row.conversation_id
                if of in page.same:
                    if not changed:
                        yield self._thawed(id, row), None
                elif of in page.now:  # else they went away while we looked
                    yield self._thawed(id, row), page.now[of]

    def _pages(self, id: str, *, now: bool = False) -> Iterator[_Page]:
        """The rows, and with `now` how those who changed stand at the same moment."""
        after = -1
        while True:
            with transaction(self._engine, writing=False) as connection:
                rows = connection.execute(_rows, {"of_snapshot": id, "after": after}).all()
                if connection.scalar(_there, {"of_snapshot": id}) is None:
                    raise StorageError(DELETED)  # else what is left would look like all of it
                stand = marks(connection, [row.conversation_id for row in rows]) if now else {}
                others = [
                    row.conversation_id
                    for row in rows
                    if stand.get(row.conversation_id) != row.mark
                ]
                page = _Page(rows, frozenset(stand) - frozenset(others), {})
                if now and others:
                    page = replace(page, now=self._present(connection, others))
            yield page
            if len(rows) < PAGE:
                return
            after = rows[-1].position

    def _present(self, connection: Connection, ids: Sequence[str]) -> dict[str, Curated]:
        read = participations_of(connection, self._keys, ids)
        made = curations_of(
            connection, {one.place[1]: self._keys.once(one.place[1], one.wrapped) for one in read}
        )
        return {
            one.place[1]: Curated(one.participation, made.get(one.place[1], {})) for one in read
        }

    def _thawed(self, id: str, row: Any) -> Curated:
        cipher = self._keys.once(row.conversation_id, row.wrapped)
        return thaw(cipher.unseal(row.frozen, where(id, row.conversation_id)))
