"""A statement built once and handed to the driver as it is: a turn runs half a dozen of them.

SQLAlchemy writes the SQL and says how each type goes in and comes out; only its own execution,
which costs more than SQLite's, is left out. The transaction and its connection stay its own.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Change = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Written:
    """A statement for one driver."""

    sql: str
    places: tuple[str, ...] | None  # names in order, for drivers that count their parameters
    fixed: Mapping[str, Any]  # values that are part of the statement
    into: tuple[tuple[str, Change], ...]  # how values of some types are given to the driver
    out_of: tuple[tuple[int, Change], ...]  # and read from it
    row: Callable[[Iterable[Any]], Any]

    def values(self, given: Mapping[str, Any]) -> Any:
        named = {**self.fixed, **given}
        for name, change in self.into:
            named[name] = change(named[name])
        return named if self.places is None else tuple([named[name] for name in self.places])

    def read(self, line: Sequence[Any]) -> Any:
        if self.out_of:
            cells = list(line)
            for place, change in self.out_of:
                cells[place] = change(cells[place])
            return self.row(cells)
        return self.row(line)


class Prepared:
    """One of the statements of a turn; written for each driver the first time it is used."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._written: dict[str, Written] = {}

    def one_or_none(self, connection: Connection, given: Mapping[str, Any]) -> Any:
        written = self._for(connection.dialect, given)
        line = _run(connection, written, written.values(given)).fetchone()
        return None if line is None else written.read(line)

    def all(self, connection: Connection, given: Mapping[str, Any]) -> list[Any]:
        written = self._for(connection.dialect, given)
        found = _run(connection, written, written.values(given)).fetchall()
        return [written.read(line) for line in found]

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        written = self._for(connection.dialect, rows[0])
        if len(rows) == 1:
            _run(connection, written, written.values(rows[0]))
        else:
            _run(connection, written, [written.values(row) for row in rows], many=True)

    def _for(self, dialect: Dialect, given: Mapping[str, Any]) -> Written:
        known = self._written.get(dialect.name)
        if known is None:
            known = self._written[dialect.name] = _write(self._statement, dialect, list(given))
        return known


def _write(statement: ClauseElement, dialect: Dialect, names: list[str]) -> Written:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101
    binds = {name: bind.type for bind, name in compiled.bind_names.items()}
    into = [
        (name, change)
        for name, type in binds.items()
        if (change := type.dialect_impl(dialect).bind_processor(dialect))
    ]
    columns = list(getattr(statement, "selected_columns", ()))
    out_of = [
        (place, change)
        for place, column in enumerate(columns)
        if (change := column.type.dialect_impl(dialect).result_processor(dialect, None))
    ]
    fixed = {name: value for name, value in compiled.params.items() if name not in names}
    made = namedtuple("made", [column.name or "" for column in columns], rename=True)  # type: ignore[misc]
    places = tuple(compiled.positiontup) if compiled.positiontup is not None else None
    return Written(str(compiled), places, fixed, tuple(into), tuple(out_of), made._make)


def _run(connection: Connection, written: Written, values: Any, *, many: bool = False) -> Any:
    cursor = connection.connection.cursor()
    with refusing(connection.dialect, written.sql):
        return (cursor.executemany if many else cursor.execute)(written.sql, values) or cursor


@contextmanager
def refusing(dialect: Dialect, sql: str) -> Iterator[None]:
    """Raises the driver's errors as SQLAlchemy does."""
    driver = dialect.loaded_dbapi
    try:
        yield
    except driver.Error as error:
        raise DBAPIError.instance(sql, None, error, driver.Error, hide_parameters=True) from None
