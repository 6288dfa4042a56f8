"""A short text in ordinary spelling: « c moi » is "c'est moi", « jveu bien » "je veux bien"."""

from __future__ import annotations

from itertools import pairwise

from nlu.components.normaliser import normalised
from nlu.words import listed, plain

LONGEST = 120  # characters; a longer text is no name of a choice, no listed phrase
ELIDED = listed("je me te se le ne de que ce jusque lorsque puisque")
VOWELS = tuple("aeiou")


def spelled(text: str) -> str:
    """The text respelled, without accents; nothing when that changes none of its words."""
    if len(text) > LONGEST:
        return ""
    words = [word.text for word in normalised(text)]
    said = "".join(
        f"{word[:-1]}'" if word in ELIDED and after.startswith(VOWELS) else f"{word} "
        for word, after in pairwise([*words, ""])
    ).strip()
    return said if plain(said) != plain(text) else ""
