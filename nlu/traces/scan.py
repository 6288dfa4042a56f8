"""A text cut into words, and how far a name goes on once it has begun."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from nlu.gazetteers import places
from nlu.traces import words as known
from nlu.words import unaccented

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
SENTENCE_END = frozenset(".!?…\n:;•")
LONGEST_NAME = 4  # words after the first
SHOUTED = 0.7  # share of capitals from which they tell nothing
SHORTEST_UNKNOWN = 3
SMALL_INITIALS = frozenset("bfhprvwz")  # « karim b »: letters that are no word in a message


class Word(NamedTuple):
    text: str
    start: int
    end: int
    key: str
    capital: bool
    acronym: bool  # all in capitals
    opens: bool  # first of its sentence


@dataclass(frozen=True)
class Scan:
    """One text, cut into words."""

    text: str
    words: list[Word]

    def near(self, i: int, *, dot: bool = False) -> bool:
        """Whether word `i` stands right after the one before."""
        if not 0 < i < len(self.words):
            return False
        between = self.text[self.words[i - 1].end : self.words[i].start]
        return len(between) <= 3 and not between.strip(" -'’\u00a0\u202f" + (".:" if dot else ""))

    def key(self, i: int) -> str:
        return self.words[i].key if 0 <= i < len(self.words) else ""


def cut(text: str) -> Iterator[Word]:
    letters = sum(c.isalpha() for c in text)
    shouted = letters > 3 and sum(c.isupper() for c in text) >= SHOUTED * letters
    end = 0
    for found in WORD.finditer(text):
        said, start = found.group(), found.start()
        opens = end == 0 or not SENTENCE_END.isdisjoint(text[end:start])
        if opens and text[end:start].strip() == "." and text[max(end - 3, 0) : end].strip() in "Mr":
            opens = False
        end = found.end()
        capital = said[0].isupper() and not shouted
        acronym = capital and len(said) > 1 and said.isupper()
        yield Word(said, start, end, unaccented(said), capital, acronym, opens)


def run(scan: Scan, at: int) -> int:
    """The end of a name that goes on: other first names, particles, family names."""
    last = at + LONGEST_NAME
    begun_small = not scan.words[at - 1].capital
    small = 0
    while at < last and scan.near(at):
        word = scan.words[at]
        doubled = scan.key(at - 1) in known.DOUBLED and word.key in known.SHORTENED
        if doubled or _goes_on(word, begun_small=begun_small, small=small):
            small += not word.capital
            at += 1
        elif word.key in known.PARTICLES and _carries_family(scan, at):
            if scan.key(at + 1) in {"la", "l", "le", "les"} and scan.near(at + 2):
                at += 3
            else:
                at += 2 if scan.words[at + 1].capital else 1
        else:
            break
    return at


def _goes_on(word: Word, *, begun_small: bool, small: int) -> bool:
    key, families = word.key, known.only_families()
    if len(key) < 2:
        return False
    if word.capital:
        return (key in known.families() and not word.acronym) or key not in known.ordinary()
    if not begun_small:
        if key in families:
            return key not in known.also_words() and not small
        return not small and len(key) > 4 and known.unknown(key)
    if key in families or (is_first(key) and key not in known.also_words()):
        return True
    return not small and len(key) > SHORTEST_UNKNOWN and known.unknown(key)


def _carries_family(scan: Scan, at: int) -> bool:
    """« de Villiers », « El Amrani »; but « de Lille » is where she comes from."""
    if not scan.near(at + 1):
        return False
    word, after = scan.words[at], scan.words[at + 1]
    if after.key in known.ordinary() and after.key not in known.families():
        return after.key in {"la", "l"} and scan.near(at + 2) and scan.words[at + 2].capital
    if word.key in {"de", "du", "d", "des", "la", "le", "l"}:
        shouted = word.acronym or not after.acronym
        return after.capital and not is_place(after.key) and shouted
    return after.capital or after.key in known.families()


def with_initial(scan: Scan, last: int) -> int:
    """« Sandrine D. » : the initial belongs to the name."""
    end = scan.words[last - 1].end
    if len(scan.words[last - 1].text) == 1:
        return end + (scan.text[end : end + 1] == ".")
    if scan.near(last) and scan.words[last].capital and len(scan.words[last].text) == 1:
        after = scan.words[last].end
        following = scan.text[after : after + 1]
        if following not in {"'", "’"}:
            return after + (following == ".")
    if scan.near(last) and scan.key(last) in SMALL_INITIALS and len(scan.words[last].text) == 1:
        after = scan.words[last].end
        return after + (scan.text[after : after + 1] == ".")
    return end


def is_first(key: str) -> bool:
    names = known.first_names()
    return key in names or ("-" in key and all(part in names for part in key.split("-")))


@cache
def _places() -> frozenset[str]:
    return frozenset(places.load().keys) | places.load().names.keys()


def is_place(key: str) -> bool:
    return key.replace("-", " ") in _places()
