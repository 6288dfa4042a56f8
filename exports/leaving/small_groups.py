"""Groups too small to be shown: what too few persons share, and what would let it be worked out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

Group = TypeVar("Group", bound=Hashable)
Cell = tuple[str, ...]  # the codes of one answer
UNSAID: Cell = ()  # shown like what too few persons share
Row = tuple[Cell, ...]


def shown(
    counts: Mapping[Group, int], unsaid: Group, k: int, *, mixed: int | None = None
) -> frozenset[Group]:
    """The groups of at least `k` persons, the others being mixed together.

    The mix, with those who said nothing, has nobody or at least `k` persons: while it is too
    small, the smallest group that is shown joins it, else a subtraction would tell who is in it.
    `mixed` is how many persons it has when one may be in several groups; otherwise it is a sum.
    """
    kept = {group: n for group, n in counts.items() if n >= k and group != unsaid}
    if mixed is None:
        mixed = sum(n for group, n in counts.items() if group not in kept)
    if 0 < mixed < k and kept:
        del kept[min(kept, key=lambda group: (kept[group], repr(group)))]
    return frozenset(kept)


def cut(rows: Mapping[Row, int], k: int) -> dict[Row, Row]:
    """By row of answers, what is shown of it: `UNSAID` in place of what is too rare.

    Persons are divided by the first answer, each part by the next one, and so on: whatever row
    is shown, at least `k` persons share all of it, if there are so many. The first questions
    keep the most.
    """
    found: dict[Row, Row] = dict.fromkeys(rows, ())
    for place in range(max(map(len, rows), default=0)):
        parts: dict[Row, Counter[Cell]] = {}
        for row, n in rows.items():
            parts.setdefault(found[row], Counter())[row[place]] += n
        kept = {part: shown(cells, UNSAID, k) for part, cells in parts.items()}
        for row, part in found.items():
            found[row] = (*part, row[place] if row[place] in kept[part] else UNSAID)
    return found


def fallen(
    then: Mapping[Group, int], now: Mapping[Group, int], rest: Group, k: int
) -> frozenset[Group]:
    """The groups to put in the rest because persons left them since: the smallest other one too.

    Who leaves later only ever adds groups here: two files made in between never tell, beside each
    other, what one of them hides.
    """
    low = {group for group, n in then.items() if now.get(group, 0) < min(k, n)}
    if not low:
        return frozenset()
    others = [group for group in then if group not in low and group != rest]
    beside = sorted(others, key=lambda group: (then[group], repr(group)))[:1]
    return frozenset((low - {rest}).union(beside))
