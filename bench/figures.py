"""Figures as a person reads them: tables in French, for the terminal and for a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Cell = str | int | float


def number(value: float, digits: int = 0) -> str:
    """1234.5 is « 1 235 », or « 1 234,5 » with one digit."""
    return f"{value:,.{digits}f}".replace(",", "\u202f").replace(".", ",")


def shown(cell: Cell) -> str:
    if isinstance(cell, str):
        return cell
    return number(cell) if isinstance(cell, int) else number(cell, 2 if abs(cell) < 10 else 1)


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A Markdown table, aligned: names to the left, figures to the right."""
    lines = [[shown(cell) for cell in row] for row in rows]
    wide = [max(len(row[n]) for row in [list(head), *lines]) for n in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *others = (c.ljust(w) if not n else c.rjust(w)
                          for n, (c, w) in enumerate(zip(cells, wide, strict=True)))  # fmt: skip
        return f"| {' | '.join([first, *others])} |"

    rule = ["-" * wide[0], *("-" * (w - 1) + ":" for w in wide[1:])]
    return "\n".join([line(head), f"| {' | '.join(rule)} |", *map(line, lines)])


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of an ordered sequence lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
