"""The words of return codes: four of a list, drawn at random and read however they are typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from bot.plain import fold

WORDS = Path(str(resources.files("bot") / "words" / "return.txt"))
HOW_MANY = 4
LONGEST = 100  # characters of a message that may hold a code

Sample = Callable[[Sequence[str], int], list[str]]


@cache
def listed() -> Mapping[str, str]:
    """Every word as it is written, by the way it is compared: no accent, no capital."""
    lines = WORDS.read_text("utf-8").splitlines()
    return {fold(line): line for line in lines if line[:1] != "#"}


def drawn(sample: Sample) -> str:
    """Four different words, as they are shown. `sample` draws them from the list."""
    return " ".join(sample(tuple(listed().values()), HOW_MANY))


def words_in(text: str) -> str | None:
    """The four words as they are listed, when the text holds these and nothing else."""
    if len(text) > LONGEST:
        return None
    said = fold(text.replace("_", " ")).split()
    known = listed()
    if len(said) != HOW_MANY or not all(one in known for one in said):
        return None
    return " ".join(known[one] for one in said)
