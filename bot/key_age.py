"""How old the master key may be for what we promise of the backups."""

from __future__ import annotations

from datetime import date, timedelta

YOUNG = timedelta(days=30)  # changed by then, the old one destroyed 30 days after: two months


def ends(made: date | None, today: date) -> bool:
    """Whether what is erased today may be said to be unreadable everywhere within two months.

    Only while the key is changed: one that grows old is a sign that nobody does.
    """
    return made is not None and today - made <= YOUNG
