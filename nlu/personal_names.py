"""Names of persons: a known first name, or what a title, a relation or « s'appelle » announces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from nlu import personal_words as known
from nlu.gazetteers import places
from nlu.words import unaccented

WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
SENTENCE_END = frozenset(".!?…\n:;•")
LONGEST_NAME = 4  # words after the first
SHOUTED = 0.7  # share of capitals from which they tell nothing
SHORTEST_UNKNOWN = 3
NO_ADJECTIVE = known.RELATIONS | known.ARTICLES | known.DOING | known.TITLES
DETERMINED = known.ARTICLES - {"de", "d", "en"}


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


def find(text: str) -> Iterator[tuple[int, int]]:
    """Where the names lie, in code points, end exclusive."""
    scan = Scan(text, list(_cut(text)))
    at = 0
    while at < len(scan.words):
        if past := _not_a_person(scan, at):
            at = past
            continue
        span = _announced(scan, at) or _first_name(scan, at) or _family_last(scan, at)
        if span is None:
            at += 1
            continue
        first, last = span
        yield scan.words[first].start, _with_initial(scan, last)
        at = max(last, at + 1)


def _cut(text: str) -> Iterator[Word]:
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


def _not_a_person(scan: Scan, at: int) -> int | None:
    """Past a saint, a figure everyone knows, or an institution that bears a name."""
    word = scan.words[at]
    if word.key in known.SAINTS and scan.near(at + 1) and scan.words[at + 1].key != "de":
        past = at + 2
        while scan.near(past) and (
            (scan.key(past) in known.PARTICLES and past + 1 < len(scan.words))
            or (scan.words[past].capital and _is_first(scan.key(past)))
        ):
            past += 1
        return past
    if word.key.startswith(("saint-", "sainte-", "st-", "ste-")):
        return at + 1
    pair = (word.key, scan.key(at + 1))
    if scan.near(at + 1) and " ".join(pair) in known.figures():
        return at + 2
    if (word.key, scan.key(at + 1), scan.key(at + 2)) == ("marine", "le", "pen"):
        return at + 3
    if _names_a_place(scan, at):
        return _run(scan, at + 1)
    return None


def _names_a_place(scan: Scan, at: int) -> bool:
    """« Lycée Jean Moulin », « rue Pierre Curie »: the name is the place's."""
    if not (scan.words[at].capital and _is_first(scan.key(at)) and scan.near(at)):
        return False
    before = scan.key(at - 1)
    if before in known.INSTITUTIONS:
        return True
    return (
        before not in NO_ADJECTIVE and scan.near(at - 1) and scan.key(at - 2) in known.INSTITUTIONS
    )


def _announced(scan: Scan, at: int) -> tuple[int, int] | None:
    """A name after a title, a naming verb or a relation."""
    word, after = scan.words[at], at + 1
    if _is_title(scan, at) and scan.near(after, dot=True):
        if _is_initial(scan, after):
            return after, after + 1
        pointed = scan.near(at) and scan.key(at - 1) in known.OWNERS | known.ARTICLES
        if _accepted(scan, after, sure=not pointed):
            return after, _run(scan, after + 1)
    if word.key in known.NAMING and _names_somebody(scan, at):
        return _named(scan, after)
    if word.key in {"prenom", "nom"} and (
        scan.key(at - 1) in known.OWNERS or _colon(scan, at) or word.opens
    ):
        while scan.key(after) in known.LEADING | {"et", "prenom", "famille", "de"}:
            after += 1
        return _named(scan, after)
    if word.key == "moi" and (scan.key(after) == "cest" or scan.key(after + 1) == "est"):
        after = at + (2 if scan.key(after) == "cest" else 3)
        if after < len(scan.words) and _is_first(scan.key(after)):
            return _named(scan, after)
    if word.key in known.RELATIONS and scan.near(after):
        return _related(scan, at, after)
    return None


def _is_title(scan: Scan, at: int) -> bool:
    word = scan.words[at]
    following = scan.text[word.end : word.end + 1]
    if word.key == "m":
        return following == "." or (word.text == "M" and following == " ")
    if word.text == "Me":
        return scan.near(at + 1) and scan.words[at + 1].capital
    return word.key in known.TITLES


def _is_initial(scan: Scan, at: int) -> bool:
    """« Mme D. »"""
    word = scan.words[at]
    return len(word.text) == 1 and word.capital and scan.text[word.end : word.end + 1] not in "'’"


def _names_somebody(scan: Scan, at: int) -> bool:
    """« Il s'appelle », not « ça s'appelle » nor « j'appelle »."""
    word, before = scan.key(at), scan.key(at - 1)
    if word.startswith(("appel", "apel")):
        if before not in known.REFLEXIVE - {"j"} and not word.startswith("appelee"):
            return False
        if before == "t" and scan.key(at - 2) == "j":
            return False
        return scan.key(at - 2) not in known.THINGS or (
            scan.key(at - 2) == "qui" and scan.key(at - 3) not in known.THINGS
        )
    return before not in known.THINGS and (word != "nomme" or before in known.REFLEXIVE)


def _colon(scan: Scan, at: int) -> bool:
    rest = scan.text[scan.words[at].end : scan.words[at].end + 4].lstrip()
    return rest.startswith(":")


def _named(scan: Scan, at: int) -> tuple[int, int] | None:
    if scan.near(at, dot=True) and _accepted(scan, at, sure=True):
        return at, _run(scan, at + 1)
    return None


def _related(scan: Scan, at: int, after: int) -> tuple[int, int] | None:
    """« Ma collègue Bakary », « ma copine rose »: unknown with a capital, or a first name."""
    word = scan.words[after]
    owned = scan.near(at) and scan.key(at - 1) in known.OWNERS
    if _is_first(word.key) and owned and word.key not in known.NEVER:
        return after, _run(scan, after + 1)
    if owned and _is_unknown_small(scan, at, after):
        return after, _run(scan, after + 1)
    if not word.capital or word.acronym or word.opens or len(word.text) < SHORTEST_UNKNOWN:
        return None
    if word.key in known.ordinary() or _is_place(word.key):
        return None
    return after, _run(scan, after + 1)


def _is_unknown_small(scan: Scan, at: int, after: int) -> bool:
    """« Mon collègue abdoulaye » typed without a capital: no word of ours, nor like one."""
    key = scan.key(after)
    if scan.words[after].capital or scan.key(at) not in known.LEADING_NOUNS or len(key) < 4:
        return False
    if key in known.families():
        return key in known.only_families()
    return not (_is_word_like(key) or _is_place(key))


def _accepted(scan: Scan, at: int, *, sure: bool) -> bool:
    """Whether this word can be a name where one is announced; `sure` allows unknown words."""
    word = scan.words[at]
    if len(word.text) < 2:
        return False
    named = _is_first(word.key) or word.key in known.families()
    if word.capital and not word.opens:
        return named or word.key not in known.ordinary()
    if named and word.key not in known.PARTICLES:
        return sure or not (word.key in known.ordinary() or word.key in known.also_words())
    if word.key in known.PARTICLES and sure and scan.near(at + 1):
        following = scan.words[at + 1]
        return following.capital and following.key not in known.ordinary()
    return sure and len(word.text) >= SHORTEST_UNKNOWN and word.key not in known.ordinary()


def _first_name(scan: Scan, at: int) -> tuple[int, int] | None:
    """A known first name; when it is a word too, only where it can't be the word."""
    word = scan.words[at]
    if not _is_first(word.key):
        return None
    end = _run(scan, at + 1)
    if (word.key in known.also_words() or len(word.key) < 3) and not _surely(scan, at, end):
        return None
    return _family_before(scan, at), end


def _surely(scan: Scan, at: int, end: int) -> bool:
    """Whether a first name that is a word, a town or a month too is a person here."""
    word, after = scan.words[at], scan.key(at + 1)
    before = scan.key(at - 1) if scan.near(at) else ""
    family = end > at + 1 and scan.words[at + 1].capital
    if before in DETERMINED or (before in known.TOWARDS and _is_place(word.key) and not family):
        return False
    if _is_town_hall(scan, at):
        return False
    if word.key in known.NEVER:
        return word.capital and family
    if not word.capital:
        led = before in known.WITH or (word.opens and before == "")
        alone = before in {"avec", "chez", "sans"} and not scan.near(at + 1)
        speaking = led and after in known.SPEAKING
        return word.key in known.MOSTLY_NAMES and (alone or speaking or before in {"avec", "chez"})
    if family:
        return True
    if word.acronym:
        return False
    if not word.opens:
        return True
    if after == "et":
        other = scan.key(at + 2)
        return _is_first(other) and scan.words[at + 2].capital and not _is_place(other)
    if not scan.near(at + 1):
        return _signs(scan, at)
    return after in known.DOING


def _signs(scan: Scan, at: int) -> bool:
    """« …\nClaire » at the end, « Claire, 45 ans », « Rose, aide-soignante »."""
    word = scan.words[at]
    rest = scan.text[word.end : word.end + 20].lstrip()
    if not rest.strip(" .!"):
        return at >= 3
    described = rest[1:].lstrip()[:1].isdigit() or scan.key(at + 1) in known.RELATIONS
    return rest[0] == "," and described


def _is_town_hall(scan: Scan, at: int) -> bool:
    """« Marie de Lille » : la mairie."""
    if scan.key(at) != "marie" or scan.key(at + 1) not in {"de", "d", "du"}:
        return False
    return _is_place(scan.key(at + 2)) or not scan.words[at].opens


def _family_before(scan: Scan, at: int) -> int:
    """« DUPONT Sandrine », « dupont sandrine »."""
    if not scan.near(at):
        return at
    before = scan.words[at - 1]
    if before.key in known.ordinary() or len(before.text) < SHORTEST_UNKNOWN:
        return at
    return at - 1 if before.acronym or before.key in known.families() else at


def _family_last(scan: Scan, at: int) -> tuple[int, int] | None:
    """« Bakary Traoré »: an unknown capital before a frequent family name."""
    word = scan.words[at]
    if not (word.capital and scan.near(at + 1)) or word.acronym or len(word.text) < 3:
        return None
    after = scan.words[at + 1]
    if not after.capital or after.key not in known.only_families():
        return None
    if word.key in known.ordinary() or _is_place(word.key):
        return None
    return at, _run(scan, at + 1)


def _run(scan: Scan, at: int) -> int:
    """The end of a name that goes on: other first names, particles, family names."""
    last = at + LONGEST_NAME
    begun_small = not scan.words[at - 1].capital
    small = 0
    while at < last and scan.near(at):
        word = scan.words[at]
        if _goes_on(word, begun_small=begun_small, small=small):
            small += not word.capital
            at += 1
        elif word.key in known.PARTICLES and _carries_family(scan, at):
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
        return not small and len(key) > 4 and not _is_word_like(key)
    if key in families or (_is_first(key) and key not in known.also_words()):
        return True
    return not small and len(key) > SHORTEST_UNKNOWN and not _is_word_like(key)


def _is_word_like(key: str) -> bool:
    return key in known.ordinary() or key.endswith(known.UNLIKE_FAMILIES)


def _carries_family(scan: Scan, at: int) -> bool:
    """« de Villiers », « El Amrani »; but « de Lille » is where she comes from."""
    if not scan.near(at + 1):
        return False
    word, after = scan.words[at], scan.words[at + 1]
    if after.key in known.ordinary() and after.key not in known.families():
        return after.key in {"la", "l"} and scan.near(at + 2) and scan.words[at + 2].capital
    if word.key in {"de", "du", "d", "des", "la", "le", "l"}:
        return after.capital and not _is_place(after.key) and not after.acronym
    return after.capital or after.key in known.families()


def _with_initial(scan: Scan, last: int) -> int:
    """« Sandrine D. » : the initial belongs to the name."""
    end = scan.words[last - 1].end
    if scan.near(last) and scan.words[last].capital and len(scan.words[last].text) == 1:
        after = scan.words[last].end
        following = scan.text[after : after + 1]
        if following not in {"'", "’"}:
            return after + (following == ".")
    return end


def _is_first(key: str) -> bool:
    names = known.first_names()
    return key in names or ("-" in key and all(part in names for part in key.split("-")))


@cache
def _places() -> frozenset[str]:
    return frozenset(places.load().keys) | places.load().names.keys()


def _is_place(key: str) -> bool:
    return key.replace("-", " ") in _places()
