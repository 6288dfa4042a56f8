"""The journal of the desk: lines are only ever added, each with the hash of the one before."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, text

from bot.staff import Act, Chain, Line
from storage.desk.aliases import alias_of, aliased, named
from storage.desk_tables import journal
from storage.faults import transaction

EACH, BREATH = 200, 0.002  # so many lines, then seconds left to those who answer
FIRST = "0" * 64  # what the first line follows
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(72616466)")

j = journal.c


def append(
    connection: Connection, at: datetime, who: str, act: Act, about: Mapping[str, str | int]
) -> None:
    """Add a line in this transaction; other writers wait for its end.

    `about` holds codes, references and counts, never anybody's words. The reference of a
    contribution is written as its alias, which leads nowhere once it is erased.
    """
    about = aliased(connection, about)
    if connection.dialect.name == "postgresql":  # SQLite has one writer
        connection.execute(ONE_AT_A_TIME)
    before = connection.scalar(select(j.hash).order_by(j.id.desc()).limit(1)) or FIRST
    line = (at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), who, act.value, canonical(about))
    names = ("at", "who", "what", "about")
    row = dict(zip(names, line, strict=True)) | {"before": before, "hash": _hash(before, line)}
    connection.execute(insert(journal), row)


def canonical(about: Mapping[str, str | int]) -> str:
    return json.dumps(dict(about), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hash(before: str, line: tuple[str, ...]) -> str:
    written = json.dumps([before, *line], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()


def _lines(connection: Connection, rows: Iterable[Any]) -> list[Line]:
    read = [(row, json.loads(row.about)) for row in rows]
    told = named(connection, [about for _, about in read])
    return [Line(row.id, row.at, row.who, row.what, about)
            for (row, _), about in zip(read, told, strict=True)]  # fmt: skip


class Journal:
    """Reads and writes the journal. Blocking calls."""

    def __init__(
        self, engine: Engine, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._engine, self._clock = engine, clock

    def write(self, who: str, act: Act, about: Mapping[str, str | int] | None = None) -> None:
        with transaction(self._engine) as connection:
            append(connection, self._clock(), who, act, about or {})

    def lines(
        self,
        *,
        who: str = "",
        what: str = "",
        reference: str = "",
        since: date | None = None,
        until: date | None = None,
        older_than: int | None = None,
        limit: int = 50,
    ) -> list[Line]:
        """The newest lines that match, newest first. Days are included on both sides.

        `reference`: those about this contribution, alone or among others.
        """
        wanted = select(j.id, j.at, j.who, j.what, j.about).order_by(j.id.desc()).limit(limit)
        if who:
            wanted = wanted.where(j.who == who)
        if what:
            wanted = wanted.where(j.what == what)
        if since:
            wanted = wanted.where(j.at >= since.isoformat())
        if until:
            wanted = wanted.where(j.at < (until + timedelta(days=1)).isoformat())
        if older_than is not None:
            wanted = wanted.where(j.id < older_than)
        with transaction(self._engine, writing=False) as connection:
            if reference:
                alias = alias_of(connection, reference)
                wanted = wanted.where(j.about.contains(alias or reference, autoescape=True))
            return _lines(connection, connection.execute(wanted).all())

    def published(self, *, unlike: str) -> Line | None:
        """The last public export that came from another snapshot than this one."""
        made = select(j.id, j.at, j.who, j.what, j.about).where(
            j.what == Act.EXPORT_MADE.value,
            j.about.contains('"profile":"public"', autoescape=True),
            ~j.about.contains(f'"snapshot":"{unlike}"', autoescape=True),
        )
        with transaction(self._engine, writing=False) as connection:
            row = connection.execute(made.order_by(j.id.desc()).limit(1)).one_or_none()
            return _lines(connection, [row])[0] if row else None

    def people(self) -> list[str]:
        """Everybody that the journal names."""
        with transaction(self._engine, writing=False) as connection:
            return list(connection.scalars(select(j.who).distinct().order_by(j.who)))

    def check(self) -> Chain:
        """Read every line again and follow the hashes."""
        every = select(j.id, j.at, j.who, j.what, j.about, j.before, j.hash).order_by(j.id)
        before, count = FIRST, 0
        with (
            transaction(self._engine, writing=False) as connection,
            connection.execution_options(yield_per=1000).execute(every) as streamed,
        ):
            for row in streamed:
                line = (row.at, row.who, row.what, row.about)
                if row.before != before or row.hash != _hash(before, line):
                    return Chain(count, before, broken=row.id)
                before, count = row.hash, count + 1
                if count % EACH == 0:
                    time.sleep(BREATH)
        return Chain(count, before)
