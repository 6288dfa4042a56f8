"""What coding needs of the memory: themes, passages, who read what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bot.curated import Code, Coding, Reading


class Codebook(Protocol):
    """The themes. What cannot be kept raises CodebookError."""

    def codes(self) -> tuple[Code, ...]: ...

    def used(self) -> Mapping[str, tuple[int, int]]:
        """By code, how many passages and how many contributions have it."""
        ...

    def add(
        self, name: str, definition: str = "", colour: str | None = None, parent: str | None = None
    ) -> Code: ...

    def take(self, new: Iterable[Code]) -> None: ...

    def change(self, id: str, *, name: str, definition: str, colour: str) -> Code: ...

    def place(self, id: str, parent: str | None) -> None: ...

    def shift(self, id: str, by: int) -> None: ...

    def merge(self, id: str, into: str) -> int: ...

    def remove(self, id: str, *, confirmed: bool = False) -> None: ...


class Codings(Protocol):
    """Who gave which code to which passage."""

    def of(self, reference: str) -> Sequence[tuple[int, Coding]]: ...

    def add(self, reference: str, new: Sequence[Coding]) -> tuple[int, int]:
        """How many codings, and how many of their notes, were not there yet."""
        ...

    def remove(self, reference: str, id: int, coder: str | None = None) -> bool: ...

    def settle(self, reference: str, now: Iterable[tuple[int, Coding]]) -> None: ...

    def annotate(self, reference: str, id: int, note: str, coder: str) -> bool: ...


class Judgements(Protocol):
    """Which contributions each coder judged: coded, or read with nothing to code."""

    def read(self, reference: str, reading: Reading) -> bool:
        """Whether this was not known yet: a coder found nothing to code. Raises CodebookError."""
        ...

    def unread(self, reference: str, coder: str) -> bool: ...

    def readers(self, reference: str) -> Sequence[str]: ...

    def progress(self) -> Mapping[str, int]: ...

    def judged(self, coder: str) -> int: ...

    def given(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """By coder, by contribution they judged, the codes given there."""
        ...
