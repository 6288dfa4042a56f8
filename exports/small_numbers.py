"""Numbers as anyone may read them: what could point at a person is hidden."""

from __future__ import annotations

from collections.abc import Sequence

SMALL = 5  # below, a number may point at a person
ENOUGH = 20  # below, a share or a median says more of persons than of a question
HIDDEN = "caché"


def shown(count: int) -> str:
    """A number as it may be read by anyone."""
    return f"< {SMALL}" if 0 < count < SMALL else str(count)


def shown_together(counts: Sequence[int]) -> list[str]:
    """The parts of a sum that is known, none of which may be worked out from the others.

    The smallest numbers that would give a hidden one away are hidden too, all of them if need be.
    """
    said = [shown(count) for count in counts]
    if sum(counts) < SMALL:  # the sum is hidden as well
        return said
    small = [n for n, count in enumerate(counts) if 0 < count < SMALL]
    others = sorted((count, n) for n, count in enumerate(counts) if count >= SMALL)
    beside: list[int] = []
    while small and _given_away([counts[n] for n in small], [counts[n] for n in beside]):
        if not others:
            return [HIDDEN] * len(counts)
        beside.append(others.pop(0)[1])
        said[beside[-1]] = HIDDEN
    return said


def _given_away(small: Sequence[int], beside: Sequence[int]) -> bool:
    """Whether their known sum leaves one value only for a small number."""
    total = sum(small) + sum(beside)
    most = None if beside else (SMALL - 1) * (len(small) - 1)
    least = len(small) - 1 + SMALL * len(beside)
    lowest = 1 if most is None else max(1, total - most)
    return lowest >= min(SMALL - 1, total - least)


def rounded(count: int) -> int:
    """To the nearest five: the difference of two of them does not tell of one person."""
    return SMALL * ((count + SMALL // 2) // SMALL)


def published(count: int) -> int | str:
    """A number that the published file does not hold: what leaves cannot be taken away from it."""
    return f"moins de {SMALL}" if 0 < count < SMALL else rounded(count)


def share(part: int, whole: int) -> str | None:
    """« 12 % », None where too few persons would be told of."""
    if whole < ENOUGH or 0 < part < SMALL or 0 < whole - part < SMALL:
        return None
    return f"{round(100 * part / whole)}\u00a0%"
