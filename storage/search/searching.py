"""Full-text search in French over what is sealed on the disk: an index in memory, only there."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import date
from threading import RLock
from typing import Any

from rapidfuzz import fuzz, process

from bot.curated import Decision
from bot.finding import A_PAGE, CHOICES, Entry, Found, Near, Standing, Wanted
from storage.search.stems import folded, match, stems, words

NEAR = 70  # less is not near
CANDIDATES = 300
RAREST = 8  # stems by which look-alikes are looked for
COMPARED = 4000  # characters
NEW_ENOUGH = 20  # what may be chosen is counted at most a twentieth of the time

_COLUMNS = tuple(one.name for one in fields(Entry))
_ALONE = "decision != 'binned' AND merged_into IS NULL AND complete = 1"
_WAITS = "decision = 'waiting' AND merged_into IS NULL AND complete = 1"
_SEVERAL = frozenset({"topic", "public", "department"})
_ORDERS = {
    "newest": "made_on DESC, number DESC",
    "oldest": "made_on, number",
    "longest": "length DESC, number",
    "shortest": "length, number",
    "closest": "score, number",
}
_TABLES = f"""
CREATE TABLE entries (number INTEGER PRIMARY KEY, {", ".join(_COLUMNS[1:])}, length INTEGER);
CREATE INDEX of_conversation ON entries (conversation);
CREATE INDEX of_participation ON entries (participation);
CREATE INDEX by_day ON entries (made_on, number);
CREATE INDEX waiting ON entries (decision, merged_into, complete, number, made_on, personal);
CREATE VIRTUAL TABLE said USING fts5(words, stems, content='', tokenize='unicode61');
CREATE VIRTUAL TABLE known USING fts5vocab(said, col);
"""


class Searching:
    """The contributions as they can be found. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = RLock()
        self._possible: dict[str, list[tuple[str, int]]] = {}
        self._counted_until = 0.0
        self._base = sqlite3.connect(":memory:", check_same_thread=False)
        self._base.execute("PRAGMA temp_store = MEMORY")  # no word in a temporary file
        self._base.executescript(_TABLES)

    def close(self) -> None:
        with self._lock:
            self._base.close()

    def put(self, conversations: Iterable[str], entries: Iterable[Entry]) -> None:
        """From now on these conversations have these entries and no others."""
        new = [(one, (" ".join(words(_said(one))), " ".join(stems(_said(one))))) for one in entries]
        with self._changing() as base:
            self._drop(base, "conversation", conversations)
            base.executemany(
                f"INSERT OR REPLACE INTO entries VALUES ({','.join('?' * (len(_COLUMNS) + 1))})",
                (_row(one) for one, _ in new),
            )
            base.executemany(
                "INSERT INTO said (rowid, words, stems) VALUES (?, ?, ?)",
                ((one.number, *both) for one, both in new),
            )

    def drop(self, participations: Iterable[str]) -> None:
        """Forget what these persons said, by the reference they were given."""
        with self._changing() as base:
            self._drop(base, "participation", participations)

    def keep(self, conversations: Iterable[str]) -> None:
        """Forget every other conversation."""
        left = set(conversations)
        with self._changing() as base:
            here = {one for (one,) in base.execute("SELECT DISTINCT conversation FROM entries")}
            self._drop(base, "conversation", here - left)

    def code(self, numbers: Iterable[int]) -> None:
        """These contributions have a code, and no others."""
        with self._changing() as base:
            base.execute("CREATE TEMP TABLE IF NOT EXISTS with_code (number INTEGER PRIMARY KEY)")
            base.execute("DELETE FROM with_code")
            base.executemany("INSERT OR IGNORE INTO with_code VALUES (?)", ((n,) for n in numbers))
            base.execute(
                "UPDATE entries SET coded = number IN with_code "
                "WHERE coded != (number IN with_code)"
            )

    def find(self, wanted: Wanted) -> Found:
        """A page of what fits, and how many do."""
        if wanted.like:
            return self._alike(wanted)
        asked = match(wanted.words)
        where, values = _where(wanted)
        if asked:
            of = "said CROSS JOIN entries ON entries.number = said.rowid"  # in this order
            where, values = ["said MATCH ?", *where], [asked, *values]
        elif wanted.words.strip():
            return Found((), 0, 1)
        else:
            of = "entries"
        sort = wanted.sort if asked or wanted.sort != "closest" else "newest"
        order = _ORDERS.get(sort, _ORDERS["newest"]).replace("score", "bm25(said)")
        having = f"WHERE {' AND '.join(where)}" if where else ""
        with self._lock:
            count = self._base.execute(f"SELECT count(*) FROM {of} {having}", values).fetchone()[0]
            page = min(max(1, wanted.page), max(1, -(-count // A_PAGE)))
            rows = self._base.execute(
                f"SELECT {_names('entries')} FROM {of} {having} ORDER BY {order} LIMIT ? OFFSET ?",
                [*values, A_PAGE, (page - 1) * A_PAGE],
            ).fetchall()
        return Found(tuple(map(_entry, rows)), count, page)

    def near(self, reference: str, most: int = 5) -> list[Near]:
        """Those that say nearly the same, the nearest first."""
        with self._lock:
            mine = self._one("reference = ?", reference)
            if mine is None or not mine.text.strip():
                return []
            rows = self._candidates(mine)
        compared = folded(mine.text)[:COMPARED]
        scored = process.extract(
            compared,
            {entry.number: folded(entry.text)[:COMPARED] for entry in rows},
            scorer=fuzz.token_sort_ratio,
            score_cutoff=NEAR,
            limit=most,
        )
        known = {entry.number: entry for entry in rows}
        return [Near(known[number], int(score)) for _, score, number in scored]

    def waiting(self, after: int, most: int, *, personal: bool = False) -> tuple[list[str], int]:
        """The next contributions to decide on, the first ones at the end; how many in all.

        `personal`: only those whose words pointed to a person.
        """
        which = f"{_WAITS} AND personal = 1" if personal else _WAITS
        found: list[str] = []
        with self._lock:
            counted = self._base.execute(f"SELECT count(*) FROM entries WHERE {which}")
            [count] = counted.fetchone()
            for side in ("number > ?", "number <= ?"):
                rows = self._base.execute(
                    f"SELECT reference FROM entries WHERE {which} AND {side} "
                    "ORDER BY number LIMIT ?",
                    [after, most - len(found)],
                )
                found += [row[0] for row in rows]
        return found, int(count)

    def counts(self, since: date) -> Standing:
        """How they stand; what is new was made on this day or after."""
        new = "coalesce(sum(made_on >= :since), 0)"
        on = {"since": since.isoformat()}
        with self._lock:
            every = self._base.execute(
                f"SELECT count(*), {new} FROM entries WHERE {_ALONE}", on
            ).fetchone()
            waiting = self._base.execute(
                f"SELECT count(*), {new}, coalesce(sum(personal), 0) FROM entries WHERE {_WAITS}",
                on,
            ).fetchone()
        return Standing(*every, *waiting)

    def said(self, after: int, most: int) -> list[tuple[int, str, str]]:
        """What may say the same as another one: number, guide and kind, text. In order."""
        with self._lock:
            rows = self._base.execute(
                f"SELECT number, guide || ' ' || kind, text FROM entries WHERE {_ALONE} "
                "AND number > ? ORDER BY number LIMIT ?",
                [after, most],
            )
            return rows.fetchall()

    def standing(self) -> set[int]:
        """The numbers of those that may say the same as another one."""
        with self._lock:
            return {row[0] for row in self._base.execute(
                f"SELECT number FROM entries WHERE {_ALONE}")}  # fmt: skip

    def text(self, number: int) -> str:
        with self._lock:
            row = self._base.execute("SELECT text FROM entries WHERE number = ?", [number])
            return str((row.fetchone() or ("",))[0])

    def these(self, numbers: Sequence[int]) -> list[Entry]:
        """Those that are there, in order."""
        found = []
        with self._lock:
            for begun in range(0, len(numbers), 500):
                some = numbers[begun : begun + 500]
                rows = self._base.execute(
                    f"SELECT {_names('entries')} FROM entries "
                    f"WHERE number IN ({','.join('?' * len(some))}) ORDER BY number",
                    list(some),
                )
                found += [_entry(row) for row in rows]
        return found

    def kept(self) -> int:
        """How many contributions can be found."""
        with self._lock:
            return int(self._base.execute("SELECT count(*) FROM entries").fetchone()[0])

    def possible(self) -> dict[str, list[tuple[str, int]]]:
        """What may be chosen: by name, each code and how many have it, the most frequent first."""
        with self._lock:
            begun = time.monotonic()
            if begun < self._counted_until:
                return self._possible
            found: dict[str, list[tuple[str, int]]] = {}
            for name in CHOICES:
                counted: dict[str, int] = {}
                grouped = f"SELECT {name}, count(*) FROM entries GROUP BY {name}"
                for written, count in self._base.execute(grouped):
                    for code in written.split("|") if name in _SEVERAL else (written,):
                        if code:
                            counted[code] = counted.get(code, 0) + count
                found[name] = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
            now = time.monotonic()
            self._possible, self._counted_until = found, now + NEW_ENOUGH * (now - begun)
            return found

    def _alike(self, wanted: Wanted) -> Found:
        near = self.near(wanted.like, A_PAGE)
        entries = tuple(one.entry for one in near)
        return Found(entries, len(entries), 1, {one.entry.reference: one.score for one in near})

    def _candidates(self, mine: Entry) -> list[Entry]:
        """Those that share its rarest stems."""
        its = list(dict.fromkeys(stems(mine.text)))[:200]
        marks = ",".join("?" * len(its))
        rare = self._base.execute(
            f"SELECT term FROM known WHERE col = 'stems' AND doc > 1 AND term IN ({marks}) "
            "ORDER BY doc LIMIT ?",
            [*its, RAREST],
        ).fetchall()
        if not rare:
            return []
        asked = "stems : (" + " OR ".join(f'"{row[0]}"' for row in rare) + ")"
        rows = self._base.execute(
            f"SELECT {_names('entries')} FROM said "
            "CROSS JOIN entries ON entries.number = said.rowid "
            "WHERE said MATCH ? AND number != ? ORDER BY bm25(said) LIMIT ?",
            [asked, mine.number, CANDIDATES],
        ).fetchall()
        return list(map(_entry, rows))

    def _one(self, where: str, *values: object) -> Entry | None:
        row = self._base.execute(
            f"SELECT {_names('entries')} FROM entries WHERE {where}", values
        ).fetchone()
        return _entry(row) if row else None

    def _drop(self, base: sqlite3.Connection, column: str, values: Iterable[str]) -> None:
        for value in values:
            gone = base.execute(
                f"SELECT {_names('entries')} FROM entries WHERE {column} = ?", [value]
            ).fetchall()
            for entry in map(_entry, gone):
                said = _said(entry)
                base.execute(
                    "INSERT INTO said (said, rowid, words, stems) VALUES ('delete', ?, ?, ?)",
                    [entry.number, " ".join(words(said)), " ".join(stems(said))],
                )
                base.execute("DELETE FROM entries WHERE number = ?", [entry.number])

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._base:
            yield self._base


def _said(entry: Entry) -> str:
    return f"{entry.title}\n{entry.text}"


def _where(wanted: Wanted) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    values: list[Any] = []
    for name, code in wanted.chosen.items():
        if name not in CHOICES or not code:
            continue
        if name in _SEVERAL:
            where.append(f"instr('|' || {name} || '|', ?)")
            values.append(f"|{code}|")
        else:
            where.append(f"{name} = ?")
            values.append(code)
    if wanted.personal:
        where.append("personal")
    if wanted.uncoded:
        where.append("NOT coded")
    return where, values


def _names(table: str) -> str:
    return ", ".join(f"{table}.{one}" for one in _COLUMNS)


def _row(entry: Entry) -> list[Any]:
    values = {name: getattr(entry, name) for name in _COLUMNS}
    values |= {name: "|".join(values[name]) for name in _SEVERAL}
    values |= {"made_on": entry.made_on.isoformat(), "decision": entry.decision.value}
    values |= {name: _storable(values[name]) for name in ("title", "text", "origin")}
    return [*values.values(), len(entry.text)]


def _storable(text: str) -> str:
    """SQLite refuses half an emoji."""
    return text.encode("utf-8", "replace").decode()


def _entry(row: Sequence[Any]) -> Entry:
    values = dict(zip(_COLUMNS, row, strict=True))
    values |= {name: tuple(one for one in values[name].split("|") if one) for name in _SEVERAL}
    values["made_on"] = date.fromisoformat(values["made_on"])
    values["decision"] = Decision(values["decision"])
    values |= {name: bool(values[name]) for name in ("personal", "coded", "complete")}
    return Entry(**values)
