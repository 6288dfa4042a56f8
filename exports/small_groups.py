"""Groups too small to be shown: what too few persons share, and what would let it be worked out."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

Group = TypeVar("Group", bound=Hashable)


def shown(counts: Mapping[Group, int], unsaid: Group, k: int) -> frozenset[Group]:
    """The groups of at least `k` persons, the others being mixed together.

    The mix, with those who said nothing, has nobody or at least `k` persons: while it is too
    small, the smallest group that is shown joins it, else a subtraction would tell who is in it.
    """
    kept = {group: n for group, n in counts.items() if n >= k and group != unsaid}
    mixed = sum(n for group, n in counts.items() if group not in kept)
    while 0 < mixed < k and kept:
        smallest = min(kept, key=lambda group: (kept[group], repr(group)))
        mixed += kept.pop(smallest)
    return frozenset(kept)
