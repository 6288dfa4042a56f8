"""What another platform's contributors said, beside ours: kept apart, counted and compared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Engine, bindparam, delete, func, insert, select

from bot.curated import Outside, Taken
from storage.desk_tables import outside, pairs
from storage.faults import transaction
from storage.sealing.keys import Keys
from storage.sealing.masterkey import still_ours

o = outside.c
A_PAGE = 1000


class Mark(NamedTuple):
    """Changes whenever what is kept does."""

    kept: int
    last: int


class Outsides:
    """The contributions of other platforms. Blocking calls."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys, self._cipher = engine, keys, keys.outside

    def take(self, source: str, read: Iterable[Outside], on: date) -> Taken:
        """Keep these: those already known by their id are changed if they changed, in one go."""
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        taken = self._sort(
            source, read, lambda one: new.append(self._row(one, on)),
            lambda one: changed.append(self._row(one, on)),
        )  # fmt: skip
        with transaction(self._engine) as connection:
            still_ours(connection, self._keys)
            if changed:  # a new number each: who keeps an index sees that it is old
                connection.execute(_gone, [{"id": row["id_source"], "of": source}
                                           for row in changed])  # fmt: skip
            rows = [*changed, *new]
            for n in range(0, len(rows), A_PAGE):
                connection.execute(insert(outside), rows[n : n + A_PAGE])
        return taken

    def compare(self, source: str, read: Iterable[Outside]) -> Taken:
        """What `take` would do, without doing it."""
        return self._sort(source, read, lambda _: None, lambda _: None)

    def get(self, reference: str) -> Outside | None:
        """Of this reference, « plateforme:1234 »."""
        source, _, id = reference.partition(":")
        wanted = select(outside).where(o.source == source, o.id_source == id)
        with transaction(self._engine, writing=False) as connection:
            row = connection.execute(wanted).one_or_none()
        return self._outside(row) if row else None

    def every(self, source: str | None = None) -> Iterator[Outside]:
        """Those of a platform, or of all, in the order they came; a page in memory at a time."""
        after = 0
        while True:
            page = select(outside).where(o.id > after).order_by(o.id).limit(A_PAGE)
            if source is not None:
                page = page.where(o.source == source)
            with transaction(self._engine, writing=False) as connection:
                rows = connection.execute(page).all()
            yield from (self._outside(row) for row in rows)
            if len(rows) < A_PAGE:
                return
            after = rows[-1].id

    def mark(self) -> Mark:
        """What is kept was not changed while this is the same."""
        with transaction(self._engine, writing=False) as connection:
            count, last = connection.execute(select(func.count(), func.max(o.id))).one()
        return Mark(count, last or 0)

    def counts(self) -> Mapping[str, Counter[str]]:
        """By platform, how many of each kind."""
        found: dict[str, Counter[str]] = {}
        counted = select(o.source, o.kind, func.count()).group_by(o.source, o.kind)
        with transaction(self._engine, writing=False) as connection:
            for source, kind, count in connection.execute(counted.order_by(o.source, o.kind)):
                found.setdefault(source, Counter())[kind] = count
        return found

    def forget(self, source: str) -> int:
        """Delete all that came from this platform, and what was said of it: how many."""
        with transaction(self._engine) as connection:
            connection.execute(delete(pairs).where(pairs.c.source == source))
            return connection.execute(delete(outside).where(o.source == source)).rowcount

    def _sort(
        self, source: str, read: Iterable[Outside],
        new: Callable[[Outside], None], changed: Callable[[Outside], None],
    ) -> Taken:  # fmt: skip
        known = {one.id: one for one in self.every(source)}
        counts, seen = Counter[str](), set[str]()
        for one in read:
            seen.add(one.id)
            if known.get(one.id) == one:
                counts["same"] += 1
            elif one.id in known:
                counts["changed"] += 1
                changed(one)
            else:
                counts["new"] += 1
                new(one)
        absent = len(known.keys() - seen)
        return Taken(counts["new"], counts["changed"], counts["same"], absent)

    def _row(self, one: Outside, on: date) -> dict[str, Any]:
        words = json.dumps([one.title, one.text, one.topic], ensure_ascii=True).encode()
        return {
            "source": one.source, "id_source": one.id, "kind": one.kind, "made_on": one.made_on,
            "read_on": on, "words": self._cipher.seal(words, _where(one.source, one.id)),
        }  # fmt: skip

    def _outside(self, row: Any) -> Outside:
        title, text, topic = json.loads(
            self._cipher.unseal(row.words, _where(row.source, row.id_source))
        )
        return Outside(row.source, row.id_source, row.kind, text, title, topic, row.made_on)


def _where(source: str, id: str) -> str:
    return f"outside.words|{source}|{id}"


_gone = delete(outside).where(o.source == bindparam("of"), o.id_source == bindparam("id"))
