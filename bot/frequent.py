"""Is this a frequent word of French? The list of `bot/words`, and the other forms of its words."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from pathlib import Path

WORDS = Path(str(resources.files("bot") / "words"))
SHORTEST = 3  # the letters that two forms of one word must share
MASCULINE = {
    "euse": "eur", "trice": "teur", "ère": "er", "elle": "el", "enne": "en", "onne": "on",
    "ive": "if",
}  # fmt: skip
_ENDINGS = re.compile(
    "(?:issons|issez|issent|erons|eront|erez|erai|erait|aient|ions|ons|ent|ez|er|ait|ais|ant|"
    "ées|és|ée|é|irez|ira|era|ir|ie|is|it|i|ue|us|u|es|e|aux|al|x|s|t|re|dre|vent|vez|vre)$"
)
_PIECE = re.compile(r"[^\W\d_]+")


def stems(word: str) -> set[str]:
    """What the forms of this word share: « touchez » and « toucher » share « touch »."""
    whole = word.casefold()
    alone = whole.removesuffix("s")
    found = {_ENDINGS.sub("", whole), _ENDINGS.sub("", alone), alone, alone.removesuffix("e")}
    for feminine, masculine in MASCULINE.items():
        if alone.endswith(feminine):
            found.add(alone.removesuffix(feminine) + masculine)
    return {stem for stem in found if len(stem) >= SHORTEST}


@cache
def _known() -> tuple[frozenset[str], frozenset[str]]:
    lines = (WORDS / "frequent.txt").read_text("utf-8").splitlines()
    listed = [piece for line in lines if line[:1] != "#" for piece in _PIECE.findall(line)]
    return frozenset(listed), frozenset(stem for word in listed for stem in stems(word))


def is_frequent(word: str) -> bool:
    """In the list, or another form of a word of the list. A letter alone is an elision."""
    forms, shared = _known()
    small = word.casefold()
    return len(small) == 1 or small in forms or bool(stems(small) & shared)
