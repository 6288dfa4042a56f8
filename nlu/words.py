"""French text made plain, so that « Plus tard… », "plus-tard" and "PLUS TARD" are one."""

from __future__ import annotations

import re
import unicodedata

PLAIN = str.maketrans(
    dict(zip("àâäáãçéèêëíìîïñóòôöõúùûüýÿ", "aaaaaceeeeiiiinooooouuuuyy", strict=True))
    | {"œ": "oe", "æ": "ae", "’": "'"}
)
NOT_A_WORD = re.compile(r"[^0-9a-z]+")


def unaccented(text: str) -> str:
    """Lower case without accents. Its length may differ from the text's."""
    folded = text.casefold()
    if folded.isascii() or (folded := folded.translate(PLAIN)).isascii():
        return folded
    return "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))


def plain(text: str) -> str:
    """Lower case, no accents, one space for anything that is neither a letter nor a digit."""
    return NOT_A_WORD.sub(" ", unaccented(text)).strip()


def listed(words: str) -> frozenset[str]:
    """A set of words written one after the other."""
    return frozenset(words.split())


def has_words(text: str, least: int = 1) -> bool:
    """Whether the text holds at least `least` letters or digits."""
    return sum(c.isalnum() for c in text) >= least
