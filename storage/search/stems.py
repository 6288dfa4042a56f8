"""French words as a search compares them: without accents, without endings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from itertools import filterfalse

WORD = re.compile(r"\w+")
INSIDE = r"[-'’‐‑]"  # what joins the parts of a word
ELIDED = r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)['’](?=\w)"
ASKED = re.compile(rf'"([^"]*)"|«([^«»]*)»|(?:{ELIDED})?((?:\w\.){{2,}}|\w+(?:{INSIDE}\w+)*)(\*?)')
TOGETHER = re.compile(  # « rendez-vous », « a.s.e. »; nothing is tried twice: a word may be endless
    rf"(?:{ELIDED})?\b((?:\w\.){{2,}}|\w++(?:{INSIDE}\w++)+)"
)
APART = re.compile(r"\W")
FEMININE = re.compile(r"(\w{2,}?)(?:(t)rice|euse)s?")  # -trice, -euse: -teur, -eur
_SMALL = """
a au aux c ce ces cet cette d dans de des du en et il ils elle elles est j je l la le les m ne n on
ou par pour qu que qui s sa se ses son sont sur t un une y
"""
SMALL = frozenset(WORD.findall(_SMALL))  # everybody writes them: looked for between quotes only
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
    said = unicodedata.normalize("NFC", text.casefold())
    for word in WORD.findall(said):
        found += stems_of(word[:LONGEST_WORD])
    for word in TOGETHER.findall(said):
        found += stems_of(_joined(word))
    return found


def _joined(word: str) -> str:
    """« burn-out » as others write it: « burnout »."""
    return APART.sub("", word)[:LONGEST_WORD]


@lru_cache(maxsize=200_000)
def stems_of(word: str) -> tuple[str, ...]:
    """One stem, or more: « salarié » and « salarie » meet, « directrice » and « directeur » too."""
    stem, plain = _stemmer(), folded(word)
    both = [folded(stem(word)), stem(plain)]
    if feminine := FEMININE.fullmatch(plain):
        both.append(stem("".join(filter(None, feminine.groups())) + "eur"))
    return tuple(dict.fromkeys(part for one in both for part in WORD.findall(one)))


@cache
def _stemmer() -> Callable[[str], str]:
    from nltk.stem.snowball import FrenchStemmer  # slow to import

    stem: Callable[[str], str] = FrenchStemmer().stem
    return stem


def match(asked: str) -> str:
    """What was typed, in the language of FTS5: only words between quotes. "" when there is none.

    « mot » finds its inflections, « début* » its continuations, « "des mots" » these very words.
    Small words (« le », « de », « ne ») count when there is nothing else. « pas » always does.
    """
    pieces = ASKED.findall(unicodedata.normalize("NFC", asked.casefold()))
    telling = [one for one in pieces if one[2] not in SMALL or one[3]]
    return " AND ".join(list(filter(None, _terms(telling or pieces)))[:MOST_TERMS])


def _terms(pieces: Iterable[tuple[str, str, str, str]]) -> Iterator[str]:
    for quoted, french, word, star in pieces:
        if phrase := quoted or french:
            if inside := words(phrase):
                yield f'words : "{" ".join(inside)}"'
        elif star:
            *first, last = WORD.findall(word)
            yield from map(_stem, first)
            yield f'words : "{folded(last)[:LONGEST_WORD]}" *'
        elif term := _written(word):
            yield term


def _written(word: str) -> str:
    """A word, or one made of several: as it was typed, or in one piece."""
    parts = [part for part in map(_stem, WORD.findall(word)) if part]
    if len(parts) < 2:
        return "".join(parts)
    return f"(({' AND '.join(parts)}) OR {_stem(_joined(word))})"


def _stem(word: str) -> str:
    possible = stems_of(word[:LONGEST_WORD])
    return "stems : (" + " OR ".join(f'"{one}"' for one in possible) + ")" if possible else ""
