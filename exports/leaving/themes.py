"""The themes that a published file names: those of its passages, and those above them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.curated import Code


def used(codebook: Iterable[Code], given: Iterable[str]) -> tuple[Code, ...]:
    """These themes and all those above them, in the order of the codebook."""
    known = {code.id: code for code in codebook}
    stay: set[str] = set()
    for one in given:
        above: str | None = one
        while above in known and above not in stay:
            stay.add(above)
            above = known[above].parent
    return tuple(code for code in known.values() if code.id in stay)
