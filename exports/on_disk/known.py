"""Names already met, each with a number: on the disk, so that memory does not grow with them."""

from __future__ import annotations

import sqlite3


class Known:
    """A file of SQLite without a name, that goes with us. References only: never words."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._base.execute("CREATE TABLE names (name TEXT PRIMARY KEY, number) WITHOUT ROWID")
        self._base.execute("BEGIN")
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def find(self, name: str) -> int | None:
        """Its number, None when it was not met."""
        row = self._base.execute("SELECT number FROM names WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def number(self, name: str) -> int:
        """Its number, from 0, in the order in which names are met."""
        if (found := self.find(name)) is not None:
            return found
        self._base.execute("INSERT INTO names VALUES (?, ?)", (name, self._count))
        self._count += 1
        return self._count - 1

    def close(self) -> None:
        self._base.close()
