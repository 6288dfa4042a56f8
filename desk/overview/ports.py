"""What the overview needs of the memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Protocol

from bot.model import Participation


class Overview(Protocol):
    """Everybody, and how many persons are hoped for."""

    def days(self) -> Mapping[date, str]:
        """Oldest first, with how everybody who began on that day stands: equal is untouched."""
        ...

    def of_day(self, day: date) -> Iterator[Participation]: ...

    def guides(self) -> list[tuple[str, str]]: ...

    def targets(self, guide: str) -> Mapping[tuple[str, str], int]: ...

    def set_targets(self, guide: str, wanted: Mapping[tuple[str, str], int]) -> None: ...
