"""Looking for words in what another platform's contributors said, as in what ours said."""

from __future__ import annotations

from datetime import date
from threading import Lock

from bot.curated import Decision, Outside
from bot.finding import Entry, Found, Wanted
from storage.platform.outside import Mark, Outsides
from storage.search.searching import Searching

UNKNOWN = date(1970, 1, 1)  # the platform did not say


class OutsideSearch:
    """An index in memory of its own, filled again when another export was read."""

    def __init__(self, outsides: Outsides) -> None:
        self._outsides, self._lock = outsides, Lock()
        self._filled: Mark | None = None
        self._searching: Searching | None = None

    def count(self) -> int:
        """How many contributions of other platforms there are."""
        return self._outsides.mark().kept

    def find(self, wanted: Wanted) -> Found:
        """A page of what fits; « guide », « topic » and the like mean nothing here."""
        with self._lock:
            mark = self._outsides.mark()
            if self._searching is None or mark != self._filled:
                self.close()
                self._searching = Searching()
                entries = map(_entry, range(1, mark.kept + 1), self._outsides.every())
                self._searching.put((), entries)
                self._filled = mark
            return self._searching.find(wanted)

    def close(self) -> None:
        if self._searching is not None:
            self._searching.close()
            self._searching = None


def _entry(number: int, one: Outside) -> Entry:
    """Of nobody of ours: it has no conversation, no participation."""
    return Entry(
        number, one.reference, "", "", "", one.kind, one.made_on or UNKNOWN, one.title, one.text,
        (one.topic,) if one.topic else (), Decision.PUBLISHED, channel=one.source,
    )  # fmt: skip
