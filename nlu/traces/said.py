"""Phones said in words: « zéro six trente-neuf 98 douze trente-quatre »."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from nlu.words import listed, unaccented

PLUS, LONGEST_PLUS = re.compile(r"(?:\+|\bplus)\s?$", re.IGNORECASE), 5
WORD = re.compile(r"\d+|[^\W\d_]+")
ONES = {
    "zero": 0,
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "quatres": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
    "onze": 11,
    "douze": 12,
    "treize": 13,
    "quatorze": 14,
    "quinze": 15,
    "seize": 16,
}
TENS = {
    "vingt": 20,
    "trente": 30,
    "quarante": 40,
    "cinquante": 50,
    "soixante": 60,
    "septante": 70,
    "huitante": 80,
    "nonante": 90,
    "quatrevingt": 80,
    "quatrevingts": 80,
}
HEARD = {  # as they are written by ear
    one: written
    for written, by_ear in {
        "zero": "zerro zeros zer zeo zerau zaro",
        "un": "hun",
        "deux": "deu deus dex",
        "trois": "troi troa trwa toi",
        "quatre": "katre catre quatr catr katr kat quat quattre",
        "cinq": "sink cinc cink sinq sinc cin sinque cinque",
        "six": "cis sis siss cix sisse",
        "sept": "set sett cet cept sette",
        "huit": "uit huite ui uite wit",
        "neuf": "nef noeuf neuff neufs nheuf",
        "dix": "dis diss disse",
        "onze": "onz honze",
        "douze": "douz dousse dous",
        "treize": "treiz trez treze traize traiz",
        "quatorze": "katorz katorze catorze quatorz catorz",
        "quinze": "kinz kinze quinz kinse",
        "seize": "seiz sez saize sese seze saiz",
        "vingt": "vin vint vingt vains vigt vain vaint",
        "trente": "trante trent trant trentes",
        "quarante": "karante quarant carante karant carant carente",
        "cinquante": "sinkante cinquant sinquante cincante cinkante sinkant",
        "soixante": "soissante swassante soixant soisante soissant soixente soisant",
        "quatrevingt": "katrevin quatrevin katrevingt catrevin quatrevint katrevint",
        "dixsept": "diset disset disept dizset",
        "dixhuit": "dizuit disuit dizhuit disuite dizwit",
        "dixneuf": "dizneuf diznef disneuf",
    }.items()
    for one in by_ear.split()
}
SPOKEN = listed("et vingts o")  # nothing by themselves
MARKS = listed(
    "point tiret slash puis virgule euh heu eu hum hm mmm euuh euhh ensuite apres attends "
    "attendez pardon non oups voila crois je pense c est cest le alors ah ben bah donc enfin oui "
    "fois espace et"
)  # between two numbers, when they are dictated
TWICE = {"double": 2, "triple": 3}
MOST_MARKS = 4
KNOWN = ONES.keys() | TENS.keys() | SPOKEN | TWICE.keys()
PIECES = (KNOWN | {one for one in HEARD if len(one) > 3} | {"dixsept", "dixhuit"}) - {"o", "et"}
TOGETHER = re.compile("|".join(sorted(PIECES, key=len, reverse=True)))
TO_TEN = listed("sept huit neuf")  # « dix sept »
STARTS = listed("zero o trente 33 six sept double")
FEWEST_NUMBERS, FEWEST_DIGITS, MOST_DIGITS, MOST_WORDS, FARTHEST = 4, 9, 13, 30, 6
FRENCH_DIGITS = 10
SHORTEST_PAIR, LONGEST_WORD = 5, 40
SPLIT = {"dixsept": ("dix", "sept"), "dixhuit": ("dix", "huit")}


class Said(NamedTuple):
    """A number, or part of one, and where it lies in the text."""

    word: str
    start: int
    end: int


def spelt(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where a phone is said, at least in part in words, and whether it is one for certain."""
    run: list[Said] = []
    marks = 0
    for found in WORD.finditer(text):
        said = found.group()
        some = [said] if said.isdecimal() and len(said) < 3 else _parts(unaccented(said))
        mark = len(some) == 1 and some[0] in MARKS
        marks = marks + 1 if mark else 0
        joined = some and run and _joined(text[run[-1].end : found.start()])
        if run and not (joined and marks <= MOST_MARKS):
            yield from _phone(text, run)
            run = []
        if run or not mark:
            run += [Said(one, *found.span()) for one in some]
    yield from _phone(text, run)


def _parts(word: str) -> list[str]:
    """The numbers of a word: « zerosix » has two; none if it is no number."""
    if word in HEARD:
        word = HEARD[word]
    if word in KNOWN or word in MARKS or (word.isdigit() and len(word) <= MOST_DIGITS):
        return [word]
    parts = TOGETHER.findall(word) if SHORTEST_PAIR <= len(word) <= LONGEST_WORD else []
    if not parts or sum(map(len, parts)) != len(word):
        return []
    return [piece for part in parts for piece in SPLIT.get(part, (HEARD.get(part, part),))]


def _joined(between: str) -> bool:
    return len(between) <= 6 and not between.strip(" ,.-/\n\u00a0~°=…:;()'’")


def _phone(text: str, run: list[Said]) -> Iterator[tuple[int, int, bool]]:
    """The part of a run of numbers that is a phone: from its zero, « trente-trois » or « six »."""
    said = [one.word for one in run]
    while said and not _counts(said[-1]):
        said.pop()
    if all(word.isdigit() for word in said):
        return
    for first, word in enumerate(said[:FARTHEST]):
        if not (word in STARTS or word[0] == "0"):
            continue
        numbers, last = _ten(said, first)
        digits = "".join(numbers)
        if not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
            continue
        whole = len(digits) == FRENCH_DIGITS and digits[0] == "0"
        if len(numbers) < (2 if whole else FEWEST_NUMBERS):
            continue
        abroad = digits.startswith("0033") or (digits.startswith("00") and digits[2] in "23")
        french = digits[0] == "0" and digits[1] not in "08"
        dictated = any(not one.isdigit() and _counts(one) for one in said[first:last])
        if not dictated and not (whole and _paired(text, run[first:last])):
            continue
        if french or abroad or digits.startswith(("336", "337")) or digits[0] in "67":
            start = run[first].start
            plus = PLUS.search(text, max(start - LONGEST_PLUS, 0), start)
            start = plus.start() if plus and digits[0] == "3" else start
            yield start, run[last - 1].end, digits[0] in "03"
            return


def _paired(text: str, run: list[Said]) -> bool:
    """Digits with hesitations between, not dates."""
    dated = any(len(one.word) == len("2024") and one.word[:2] in {"19", "20"} for one in run)
    return not dated and "/" not in text[run[0].start : run[-1].end]


def _counts(word: str) -> bool:
    return word.isdigit() or word in ONES or word in TENS


def _ten(said: list[str], first: int) -> tuple[list[str], int]:
    """The numbers from there and where they end: at ten digits when far more follow."""
    last = min(len(said), first + MOST_WORDS)
    while last > first and not _counts(said[last - 1]):
        last -= 1
    numbers = list(_numbers(said[first:last]))
    digits = "".join(numbers)
    most = FRENCH_DIGITS if digits[:1] == "0" and digits[1:2] not in "08" else MOST_DIGITS
    if len(digits) <= most:
        return numbers, last
    for sooner in range(last - 1, first, -1):
        if _counts(said[sooner - 1]):
            shorter = list(_numbers(said[first:sooner]))
            total = sum(map(len, shorter))
            if total == FRENCH_DIGITS:
                apart = len(digits) > MOST_DIGITS or said[sooner] in MARKS
                return (shorter, sooner) if apart else (numbers, last)
            if total < FRENCH_DIGITS:
                break
    return numbers, last


def _numbers(said: list[str]) -> Iterator[str]:
    """The digits of each number: « soixante dix huit » is 78, « quatre vingt douze » 92."""
    at, times = 0, 1
    while at < len(said):
        word = said[at]
        at += 1
        if word in TWICE:
            times = TWICE[word]
        elif word.isdigit():
            yield word * times
            times = 1
        elif word == "o":
            yield "0"
        elif word not in SPOKEN and word not in MARKS:
            value, at = _number(said, at - 1)
            yield str(value) * times
            times = 1


def _number(said: list[str], at: int) -> tuple[int, int]:
    """One number and where what follows it begins."""
    value = ONES.get(said[at], TENS.get(said[at], 0))
    at += 1
    if value == 4 and at < len(said) and said[at] in {"vingt", "vingts"}:
        value, at = 80, at + 1
    if value >= 20:
        joined = at + (at < len(said) - 1 and said[at] == "et")
        more = ONES.get(said[joined], 0) if joined < len(said) else 0
        if 0 < more < 10 or (more and value in {60, 80}):
            value, at = value + more, joined + 1
    if value in {10, 70, 90} and at < len(said) and said[at] in TO_TEN:
        value, at = value + ONES[said[at]], at + 1
    return value, at
