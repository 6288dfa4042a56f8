"""French words as a search compares them: without accents, without endings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from itertools import filterfalse

WORD = re.compile(r"\w+")
ASKED = re.compile(r'"([^"]*)"|«([^»]*)»|(\w+)(\*?)')
LONGEST_WORD = 60
MOST_TERMS = 20


def words(text: str) -> list[str]:
    """The words of a text, folded: small letters, no accent."""
    return [one[:LONGEST_WORD] for one in WORD.findall(folded(text))]


def folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("œ", "oe").replace("æ", "ae")
    if plain.isascii():
        return plain
    return "".join(filterfalse(unicodedata.combining, plain))


def stems(text: str) -> list[str]:
    """The stems of a text, of the words as they are written and without their accents."""
    found: list[str] = []
    for word in WORD.findall(unicodedata.normalize("NFC", text.casefold())):
        found += stems_of(word[:LONGEST_WORD])
    return found


@lru_cache(maxsize=200_000)
def stems_of(word: str) -> tuple[str, ...]:
    """One stem, or two: « salarié » and « salarie » have to meet."""
    stem, plain = _stemmer(), folded(word)
    both = (folded(stem(word)), stem(plain))
    return tuple(dict.fromkeys(part for one in both for part in WORD.findall(one)))


@cache
def _stemmer() -> Callable[[str], str]:
    from nltk.stem.snowball import FrenchStemmer  # slow to import

    stem: Callable[[str], str] = FrenchStemmer().stem
    return stem


def match(asked: str) -> str:
    """What was typed, in the language of FTS5: only words between quotes. "" when there is none.

    « mot » finds its inflections, « début* » its continuations, « "des mots" » these very words.
    """
    terms = list(_terms(unicodedata.normalize("NFC", asked.casefold())))[:MOST_TERMS]
    return " AND ".join(terms)


def _terms(asked: str) -> Iterator[str]:
    for quoted, french, word, star in ASKED.findall(asked):
        if phrase := quoted or french:
            if inside := words(phrase):
                yield f'words : "{" ".join(inside)}"'
        elif star:
            yield f'words : "{folded(word)[:LONGEST_WORD]}" *'
        elif word and (possible := stems_of(word[:LONGEST_WORD])):
            yield "stems : (" + " OR ".join(f'"{one}"' for one in possible) + ")"
