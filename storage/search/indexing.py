"""Fills the search once, in the background, then keeps it up to date with what changed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import Engine, func, select

from bot.curated import Curated
from bot.errors import StorageError
from bot.finding import Entry, Progress
from bot.staff import Act
from storage.desk.aliases import named
from storage.desk_tables import codings, decisions, journal
from storage.faults import transaction
from storage.moderation.present import Present
from storage.search.searching import Searching
from storage.tables import conversations, events

log = structlog.get_logger(__name__)

PAGE = 200  # conversations put in the index at a time
OVERLAP = 200  # numbers are drawn before they are committed: the last ones are looked at again
NOW_AND_THEN = 60.0  # seconds
ENOUGH = 1.0  # seconds during which what was just read is new enough

Entries = Callable[[Iterable[Curated]], Iterable[Entry]]


@dataclass(frozen=True, slots=True)
class _Marks:
    """Up to where everything was read, and what was read just before."""

    events: int = 0
    decisions: int = 0
    journal: int = 0
    codings: tuple[int, int] = (0, 0)
    seen: frozenset[tuple[str, int]] = frozenset()


class Indexing:
    """The search of the desk: started the first time somebody looks for something."""

    def __init__(
        self, engine: Engine, present: Present, search: Searching, entries: Entries
    ) -> None:
        self._engine, self._present, self.search, self._entries = engine, present, search, entries
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._filled = threading.Event()
        self._thread: threading.Thread | None = None
        self._marks = _Marks()
        self._read_at = float("-inf")
        self.progress = Progress(0, 1)
        self.seconds = 0.0  # taken to fill

    def start(self) -> None:
        """Begin to fill, unless it is done or under way."""
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None and not self._stopping.is_set():
                self._thread = threading.Thread(target=self._work, name="search", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether everything can be found, waiting a little if needed."""
        self.start()
        return self._filled.wait(seconds)

    def close(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(10)

    def refresh(self, *, now: bool = False) -> None:
        """Read again what changed since the last time. `now`: even if that was just before."""
        self.start()
        if not self._filled.is_set():
            return
        with self._lock:
            if now or time.monotonic() - self._read_at >= ENOUGH:
                self._catch_up()
                self._read_at = time.monotonic()

    def _work(self) -> None:
        """Fill, then look now and then: what was erased does not stay in memory."""
        try:
            self._fill()
            while not self._stopping.wait(NOW_AND_THEN):
                with suppress(StorageError):  # the next time
                    self.refresh()
        except Exception as error:  # a thread has nobody to tell: the next search begins again
            log.warning("search_stopped", error=type(error).__name__)
            self._filled.clear()
            self._thread = None

    def _fill(self) -> None:
        begun = time.monotonic()
        with transaction(self._engine, writing=False) as connection:
            total = connection.scalar(select(func.count()).select_from(conversations)) or 0
        self.progress = Progress(0, max(1, total))
        self._marks = self._now()
        read = self._present.curated()
        while page := list(islice(read, PAGE)):
            if self._stopping.is_set():
                return
            started = time.monotonic()
            self._put(page)
            self._catch_up()  # what was erased meanwhile is not found
            done = min(self.progress.done + len(page), self.progress.total - 1)
            self.progress = replace(self.progress, done=done)
            # the conversation comes first: at most half of the time is taken
            self._stopping.wait(min(0.2, time.monotonic() - started))
        self._catch_up()
        self.seconds = time.monotonic() - begun
        self.progress = replace(self.progress, done=self.progress.total)
        self._filled.set()

    def _put(self, page: list[Curated]) -> None:
        ids = [one.participation.conversation.id for one in page]
        self.search.put(ids, self._entries(page))

    def _now(self) -> _Marks:
        with transaction(self._engine, writing=False) as connection:
            said, decided, noted = (
                int(connection.scalar(select(func.max(table.c.id))) or 0)
                for table in (events, decisions, journal)
            )
        return _Marks(said, decided, noted)

    def _catch_up(self) -> None:
        marks, gone, changed = self._marks, list[Any](), set[str]()
        left: list[str] | None = None
        seen: set[tuple[str, int]] = set()
        tops: dict[str, int] = {}
        with transaction(self._engine, writing=False) as connection:
            for table, after in ((events, marks.events), (decisions, marks.decisions)):
                since = select(table.c.id, table.c.conversation_id).where(
                    table.c.id > after - OVERLAP
                )
                tops[table.name] = after
                for id, conversation in connection.execute(since):
                    tops[table.name] = max(tops[table.name], id)
                    seen.add((table.name, id))
                    if (table.name, id) not in marks.seen:
                        changed.add(conversation)
            lines = select(journal.c.id, journal.c.what, journal.c.about).where(
                journal.c.id > marks.journal
            )
            tops["journal"] = marks.journal
            for id, what, about in connection.execute(lines):
                tops["journal"] = max(tops["journal"], id)
                if what == Act.ERASURE.value:
                    gone.append(json.loads(about))
                elif what == Act.PURGED.value:  # it says how many, not who
                    left = list(connection.scalars(select(conversations.c.id)))
            erased = [str(about.get("reference", "")) for about in named(connection, gone)]
            coded = connection.execute(
                select(func.count(), func.coalesce(func.max(codings.c.id), 0))
            ).one()
            numbers = (
                connection.scalars(select(codings.c.contribution).distinct()).all()
                if (coded[0], coded[1]) != marks.codings
                else None
            )
        self.search.drop(erased)
        if left is not None:
            self.search.keep(left)
        for page in _pages(sorted(changed), PAGE):
            self.search.put(page, self._entries(self._present.of(page)))
        if numbers is not None:
            self.search.code(numbers)
        self._marks = _Marks(
            tops["events"], tops["decisions"], tops["journal"], (coded[0], coded[1]),
            frozenset(seen),
        )  # fmt: skip


def _pages(these: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(these), size):
        yield these[start : start + size]
