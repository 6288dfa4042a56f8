"""What the journal calls a contribution: drawn at random, noise once the contribution is erased.

The journal cannot be changed, so it never holds a reference. Decision 0019.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, select

from storage.moderation.curated import reference
from storage.tables import contributions, erasures

About = Mapping[str, str | int]

GONE = "effacée"  # what is shown for an alias that leads nowhere
MARK = "~"  # before an alias
TRACE = "trace"  # of what was erased, in the line that says so
_REFERENCE = re.compile(r"\b[EP]-(\d{6,9})\b")
_ALIAS = re.compile(MARK + r"([0-9a-f]{16})\b")
EACH = 500  # asked of the database at a time

n = contributions.c


def aliased(connection: Connection, about: About) -> dict[str, str | int]:
    """The same, each reference replaced by its alias; of who is erased, nothing says whose."""
    asked = {int(number) for number in _found(_REFERENCE, [about])}
    known: dict[str, str] = {}
    for some in _parts(sorted(asked)):
        rows = connection.execute(select(n.kind, n.number, n.alias).where(n.number.in_(some)))
        known |= {reference(kind, number): f"{MARK}{alias}" for kind, number, alias in rows}
    return _replaced(_REFERENCE, about, known)


def named(connection: Connection, abouts: Sequence[About]) -> list[dict[str, str | int]]:
    """What lines tell, with the references that their aliases still lead to."""
    known: dict[str, str] = {}
    for some in _parts(sorted(_found(_ALIAS, abouts))):
        rows = connection.execute(select(n.kind, n.number, n.alias).where(n.alias.in_(some)))
        known |= {f"{MARK}{alias}": reference(kind, number) for kind, number, alias in rows}
    return _erased(connection, [_replaced(_ALIAS, about, known) for about in abouts])


def _erased(
    connection: Connection, abouts: list[dict[str, str | int]]
) -> list[dict[str, str | int]]:
    """With the reference that was erased, as long as it is kept to be taken out of exports."""
    known: dict[str, str] = {}
    for some in _parts(sorted({str(about[TRACE]) for about in abouts if TRACE in about})):
        found = select(erasures.c.trace, erasures.c.reference)
        found = found.where(erasures.c.trace.in_(some), erasures.c.reference.is_not(None))
        known |= {row.trace: row.reference for row in connection.execute(found)}
    return [
        {"reference": known.get(str(about[TRACE]), GONE)} if TRACE in about else about
        for about in abouts
    ]


def alias_of(connection: Connection, of: str) -> str | None:
    """The alias of a contribution, or None."""
    told = aliased(connection, {"of": of})["of"]
    return str(told) if str(told).startswith(MARK) else None


def _found(pattern: re.Pattern[str], abouts: Iterable[About]) -> set[str]:
    values = (value for about in abouts for value in about.values() if isinstance(value, str))
    return {one for value in values for one in pattern.findall(value)}


def _replaced(
    pattern: re.Pattern[str], about: About, by: Mapping[str, str]
) -> dict[str, str | int]:
    return {
        name: pattern.sub(lambda found: by.get(found[0], GONE), value)
        if isinstance(value, str) else value
        for name, value in about.items()
    }  # fmt: skip


def _parts(whole: Sequence[object]) -> Iterable[Sequence[object]]:
    return (whole[at : at + EACH] for at in range(0, len(whole), EACH))
