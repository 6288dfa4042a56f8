"""Names that no list holds, told by where they stand: « avec Xhesika », « Tyméo, 8 ans »."""

from __future__ import annotations

import re

from nlu.traces import words as known
from nlu.traces.scan import SHORTEST_UNKNOWN, Scan, is_first, is_place, run

AGED = re.compile(r"\s?[,(]?\s?(?:a\s|de\s|qui a\s)?\d{1,3}\s?(?:ans?|mois)\b")
REST = re.compile(r"[\s.!,;)(*~_-]*")
NEVER_BEFORE = (known.ARTICLES | known.TOWARDS | known.INSTITUTIONS) - known.LED_BY
DESCRIBING = frozenset({"suis", "moi", "et", "ou", "que", "vu"})  # « je suis Lilloise »
MANY_CAPITALS = 0.3  # share of words from which a capital tells nothing
FEW_WORDS = 12


def is_titled(scan: Scan) -> bool:
    """Whether Every Word Or So Has Its Capital."""
    inside = [word for word in scan.words if not word.opens]
    capitals = sum(word.capital for word in inside)
    return len(inside) > FEW_WORDS and capitals > MANY_CAPITALS * len(inside)


def unannounced(scan: Scan, at: int, *, titled: bool, joined: bool) -> tuple[int, int] | None:
    """An unknown word that can only be a person's name here."""
    word = scan.words[at]
    if _begins_with_initial(scan, at):
        return at, run(scan, at + 2)
    if len(word.key) < SHORTEST_UNKNOWN or is_place(word.key):
        return None
    if word.capital:
        sure = _stands_as_name(scan, at, titled=titled, joined=joined)
    else:
        sure = (
            len(word.key) > SHORTEST_UNKNOWN
            and known.unknown(word.key)
            and (joined or _signs(scan, at))
        )
    return (at, run(scan, at + 1)) if sure else None


def _begins_with_initial(scan: Scan, at: int) -> bool:
    """« P. Lamarque »"""
    word, after = scan.words[at], at + 1
    if not (len(word.text) == 1 and word.capital and scan.near(after, dot=True)):
        return False
    family = scan.words[after]
    if scan.text[word.end : word.end + 1] != "." or not family.capital or family.acronym:
        return False
    known_word = family.key in known.ordinary() and family.key not in known.only_families()
    return len(family.key) > 2 and not known_word and not is_place(family.key)


def _stands_as_name(scan: Scan, at: int, *, titled: bool, joined: bool) -> bool:
    word, before = scan.words[at], scan.key(at - 1) if scan.near(at) else ""
    if before == "les" and word.key in known.only_families() and not word.acronym:
        return True
    if word.key in known.ordinary() or word.key.rstrip("s") in known.ordinary():
        return False
    if word.acronym:
        return _signs(scan, at) and len(word.key) > SHORTEST_UNKNOWN
    if joined or _signs(scan, at) or AGED.match(scan.text, word.end, word.end + 20):
        return before not in known.ARTICLES
    if _joins(scan, at):
        return before not in NEVER_BEFORE
    if titled or before in NEVER_BEFORE or not known.unknown(word.key):
        return before in known.GREETING | known.LED_BY - DESCRIBING and not titled
    if word.opens:
        return scan.near(at + 1) and scan.key(at + 1) in known.SAYING
    return not (scan.near(at) and scan.words[at - 1].capital)


def _joins(scan: Scan, at: int) -> bool:
    """« Rkia et Karim »"""
    other = at + 2
    return (
        scan.key(at + 1) == "et"
        and scan.near(at + 1)
        and scan.near(other)
        and scan.words[other].capital
        and is_first(scan.key(other))
        and scan.key(other) not in known.also_words()
    )


def _signs(scan: Scan, at: int) -> bool:
    """« Cordialement, Xhesika », at the end of the text."""
    if at == 0 or len(scan.words) - at > FEW_SIGNING or scan.key(at - 1) not in known.SIGNING:
        return False
    return REST.fullmatch(scan.text, scan.words[run(scan, at + 1) - 1].end) is not None


FEW_SIGNING = 3
