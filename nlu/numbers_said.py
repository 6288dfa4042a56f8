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
SPOKEN = listed("et vingts o")  # nothing by themselves
MARKS = listed("point tiret slash puis virgule")  # between two numbers, when they are dictated
KNOWN = ONES.keys() | TENS.keys() | SPOKEN
TOGETHER = re.compile("|".join(sorted(KNOWN - {"o", "et"}, key=len, reverse=True)))
TO_TEN = listed("sept huit neuf")  # « dix sept »
STARTS = listed("zero o trente 33 six sept")
FEWEST_NUMBERS, FEWEST_DIGITS, MOST_DIGITS, MOST_WORDS, FARTHEST = 4, 9, 13, 24, 6
LONGEST_WORD = 40


class Said(NamedTuple):
    """A number, or part of one, and where it lies in the text."""

    word: str
    start: int
    end: int


def spelt(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where a phone is said, at least in part in words, and whether it is one for certain."""
    run: list[Said] = []
    for found in WORD.finditer(text):
        some = _parts(unaccented(found.group()))
        if run and not (some and _joined(text[run[-1].end : found.start()])):
            yield from _phone(text, run)
            run = []
        run += [Said(one, *found.span()) for one in some if run or one not in MARKS]
    yield from _phone(text, run)


def _parts(word: str) -> list[str]:
    """The numbers of a word: « zerosix » has two; none if it is no number."""
    if word in KNOWN or word in MARKS or (word.isdigit() and len(word) <= MOST_DIGITS):
        return [word]
    parts = TOGETHER.findall(word) if len(word) <= LONGEST_WORD else []
    return parts if parts and sum(map(len, parts)) == len(word) else []


def _joined(between: str) -> bool:
    return len(between) <= 4 and not between.strip(" ,.-/\n\u00a0~°=")


def _phone(text: str, run: list[Said]) -> Iterator[tuple[int, int, bool]]:
    """The part of a run of numbers that is a phone: from its zero, « trente-trois » or « six »."""
    while run and not run[-1].word.isdigit() and run[-1].word not in ONES.keys() | TENS.keys():
        run.pop()
    said = [one.word for one in run]
    if len(said) < FEWEST_NUMBERS or all(word.isdigit() for word in said):
        return
    for first, word in enumerate(said[:FARTHEST]):
        if not (word in STARTS or word[0] == "0"):
            continue
        last = min(len(said), first + MOST_WORDS)
        while said[last - 1] == "et":
            last -= 1
        numbers = list(_numbers(said[first:last]))
        digits = "".join(numbers)
        if len(numbers) < FEWEST_NUMBERS or not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
            continue
        french = digits[0] == "0" and digits[1] not in "08"
        if french or digits.startswith(("336", "337")) or digits[0] in "67":
            start = run[first].start
            plus = PLUS.search(text, max(start - LONGEST_PLUS, 0), start)
            start = plus.start() if plus and digits[0] == "3" else start
            yield start, run[last - 1].end, digits[0] in "03"
            return


def _numbers(said: list[str]) -> Iterator[str]:
    """The digits of each number: « soixante dix huit » is 78, « quatre vingt douze » 92."""
    at = 0
    while at < len(said):
        word = said[at]
        at += 1
        if word.isdigit():
            yield word
        elif word == "o":
            yield "0"
        elif word not in SPOKEN and word not in MARKS:
            value, at = _number(said, at - 1)
            yield str(value)


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
