"""What the classifier looks at in a normalised sentence: its words, their order, their sound. Pure.

The letters (n-grams inside words) are taken by scikit-learn itself.
"""

from __future__ import annotations

import re
from itertools import pairwise

LENGTHS = (1, 2, 3, 5, 8, 13)  # words; a wish is short, a story is not
SOUNDS = (
    (re.compile(r"(.)\1"), r"\1"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"qu|q"), "k"),
    (re.compile(r"eau|au"), "o"),
    (re.compile(r"ai|ei|(?:er|ez|et)\b"), "e"),
    (re.compile(r"c(?=[eiy])"), "s"),
    (re.compile(r"ch"), "sh"),
    (re.compile(r"c"), "k"),
    (re.compile(r"y"), "i"),
    (re.compile(r"(?<!s)h"), ""),
    (re.compile(r"(?<=\w\w)(?:ent|[estxd])+\b"), ""),
)


def words(said: str) -> list[str]:
    """Words, pairs, pairs around one word, how it begins and ends, and how long it is."""
    some = said.split()
    if not some:
        return []
    longer = sum(len(some) > length for length in LENGTHS)
    return [
        *some,
        *(f"{a} {b}" for a, b in pairwise(some)),
        *(f"{a} . {b}" for a, b in zip(some, some[2:], strict=False)),
        f"^ {' '.join(some[:1])}",
        f"^ {' '.join(some[:2])}",
        f"{' '.join(some[-1:])} $",
        f"{' '.join(some[-2:])} $",
        f"# {longer}",
    ]


def sounds(said: str) -> list[str]:
    """Words as they are heard, and pairs of them: « passer », « passé » and « pasé » are one."""
    for pattern, heard in SOUNDS:
        said = pattern.sub(heard, said)
    some = said.split()
    return [*some, *(f"{a} {b}" for a, b in pairwise(some))]
