"""A name that something announces: a title, « s'appelle », « mon prénom », a relation."""

from __future__ import annotations

from nlu.traces import words as known
from nlu.traces.scan import SHORTEST_UNKNOWN, Scan, is_first, is_place, run


def announced(scan: Scan, at: int) -> tuple[int, int] | None:
    """A name after a title, a naming verb or a relation."""
    word, after = scan.words[at], at + 1
    if _is_title(scan, at) and scan.near(after, dot=True):
        if _is_initial(scan, after):
            return after, after + 1
        if len(scan.words[after].text) == 1 and scan.near(after + 1):  # « N'Guessan »
            if scan.words[after].capital and scan.words[after + 1].capital:
                return after, run(scan, after + 2)
            return None
        pointed = scan.near(at) and scan.key(at - 1) in known.OWNERS | known.ARTICLES
        if _accepted(scan, after, sure=not pointed):
            return after, run(scan, after + 1)
    if word.key in known.NAMING and _names_somebody(scan, at):
        return _named(scan, after)
    if word.key in known.NAMING | {"certain", "certaine"} and _is_called(scan, at):
        return _called(scan, after)
    if word.key == "nom" and scan.key(at - 1) == "du" and scan.key(after) in {"de", "d"}:
        things = {scan.key(at - 2), scan.key(at - 3)} & known.THINGS
        return None if things else _called(scan, after + 1)
    if word.key in {"prenom", "nom"} and (
        scan.key(at - 1) in known.OWNERS or _colon(scan, at) or word.opens
    ):
        while scan.key(after) in known.LEADING | {"et", "prenom", "famille", "de"}:
            after += 1
        return _named(scan, after)
    if word.key == "moi" and (scan.key(after) == "cest" or scan.key(after + 1) == "est"):
        after = at + (2 if scan.key(after) == "cest" else 3)
        if after < len(scan.words) and is_first(scan.key(after)):
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
    """« Mme D. », « mme d. »"""
    word, after = scan.words[at], scan.text[scan.words[at].end : scan.words[at].end + 1]
    if len(word.text) != 1 or word.acronym:
        return False
    return after == "." if not word.capital else after not in {"'", "’"}


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


def _is_called(scan: Scan, at: int) -> bool:
    """« Un certain X », « le nommé X », « on l'appelle X », « on m'appelle X »."""
    word, before = scan.key(at), scan.key(at - 1)
    if word.startswith("appel"):
        return before in {"l", "m", "t"} and scan.key(at - 2) not in {"ca", "cela", "j", "je"}
    return before in {"un", "une", "le", "la", "du", "d", "au", "dit"} and word[0] in "cn"


def _called(scan: Scan, at: int) -> tuple[int, int] | None:
    """Only what cannot be a word of ours: « un certain temps », « on l'appelle la nuit »."""
    if not scan.near(at):
        return None
    word = scan.words[at]
    if is_first(word.key):
        named = word.capital or word.key not in known.also_words()
    elif word.capital and not word.acronym:
        named = len(word.text) >= SHORTEST_UNKNOWN and word.key not in known.ordinary()
    else:
        named = len(word.key) > SHORTEST_UNKNOWN and known.unknown(word.key)
    return (at, run(scan, at + 1)) if named and not is_place(word.key) else None


def _colon(scan: Scan, at: int) -> bool:
    rest = scan.text[scan.words[at].end : scan.words[at].end + 4].lstrip()
    return rest.startswith(":")


def _named(scan: Scan, at: int) -> tuple[int, int] | None:
    if scan.near(at, dot=True) and _accepted(scan, at, sure=True):
        return at, run(scan, at + 1)
    return None


def _related(scan: Scan, at: int, after: int) -> tuple[int, int] | None:
    """« Ma collègue Bakary », « ma copine rose »: unknown with a capital, or a first name."""
    word = scan.words[after]
    before = scan.key(at - 1) if scan.near(at) else ""
    owned = before in known.OWNERS
    if _is_initial(scan, after) and (owned or scan.text[word.end : word.end + 1] == "."):
        return after, after + 1
    if is_first(word.key) and owned and word.key not in known.NEVER:
        return after, run(scan, after + 1)
    if (owned or before in {"la", "le", "l"}) and _is_unknown_small(scan, at, after):
        return after, run(scan, after + 1)
    acronym = word.acronym and word.key not in known.only_families()
    if not word.capital or acronym or word.opens or len(word.text) < 2:
        return None
    first = after
    if word.key in known.PARTICLES and scan.near(after + 1) and scan.words[after + 1].capital:
        after += 1  # « Le Bihan »
    if scan.key(after) in known.ordinary() or is_place(scan.key(after)):
        return None
    return first, run(scan, after + 1)


def _is_unknown_small(scan: Scan, at: int, after: int) -> bool:
    """« Mon collègue abdoulaye » typed without a capital: no word of ours, nor like one."""
    key = scan.key(after)
    if scan.words[after].capital or scan.key(at) not in known.LEADING_NOUNS or len(key) < 4:
        return False
    if key in known.families():
        return key in known.only_families()
    return known.unknown(key) and not is_place(key)


def _accepted(scan: Scan, at: int, *, sure: bool) -> bool:
    """Whether this word can be a name where one is announced; `sure` allows unknown words."""
    word = scan.words[at]
    if len(word.text) < 2:
        return False
    named = is_first(word.key) or word.key in known.families()
    if word.capital and not word.opens:
        return named or word.key not in known.ordinary()
    if named and word.key not in known.PARTICLES:
        return sure or not (word.key in known.ordinary() or word.key in known.also_words())
    if word.key in known.PARTICLES and sure and scan.near(at + 1):
        following = scan.words[at + 1]
        if word.key in known.FOREIGN_PARTICLES and following.key not in known.ordinary():
            return True
        return following.capital and following.key not in known.ordinary()
    if not sure:
        return len(word.text) > SHORTEST_UNKNOWN and known.unknown(word.key)
    return len(word.text) >= SHORTEST_UNKNOWN and word.key not in known.ordinary()
