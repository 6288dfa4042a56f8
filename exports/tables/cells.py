"""The cells of rows. Many rows say the same of a few things: those cells are made once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from operator import itemgetter
from typing import Any, Generic, TypeVar

from exports.columns import Column, Row, Value

REMEMBERED = 4_096  # sets of cells, of each sort
Cell = TypeVar("Cell")
By = Callable[[Any], Hashable]


class Cells(Generic[Row, Cell]):
    """What a format makes of each value of a row, in the order of the columns."""

    def __init__(
        self, columns: Sequence[Column[Row]], cell: Callable[[Column[Row], Value], Cell]
    ) -> None:
        self._cell = cell
        self._alone = [(one, one.value) for one in columns if one.by is None]
        self._shared: list[tuple[By, list[Column[Row]], dict[Hashable, list[Cell]]]] = [
            (by, [one for one in columns if one.by is by], {})
            for by in dict.fromkeys(one.by for one in columns)
            if by is not None
        ]
        made = [one.name for one, _ in self._alone]
        made += [one.name for _, its, _ in self._shared for one in its]
        places = [made.index(one.name) for one in columns]
        self._in_order = None if places == sorted(places) else itemgetter(*places)

    def of(self, row: Row) -> Sequence[Cell]:
        cell = self._cell
        found = [cell(column, value(row)) for column, value in self._alone]
        for by, columns, known in self._shared:
            key = by(row)
            its = known.get(key)
            if its is None:
                if len(known) >= REMEMBERED:
                    known.clear()
                its = known[key] = [cell(column, column.value(row)) for column in columns]
            found += its
        return self._in_order(found) if self._in_order else found
