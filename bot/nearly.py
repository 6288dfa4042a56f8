"""A choice half said: « 2e » for « 2e année », « lojement », « logement et papiers »."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from bot.guide import Option
from bot.plain import fold

ORDINALS = {
    "premier": 1, "premiere": 1, "deuxieme": 2, "second": 2, "seconde": 2, "troisieme": 3,
    "quatrieme": 4, "cinquieme": 5, "sixieme": 6,
}  # fmt: skip
RANK = re.compile(r"(\d{1,2})(?:e|er|ere|re|nd|nde|eme|ieme|em|iem)")
BEFORE = frozenset({
    "bah", "ben", "euh", "alors", "donc", "oui", "je", "j", "suis", "dis", "dirais", "c", "est",
    "en", "la", "le", "les", "l", "mon", "ma", "plutot", "pour", "mais",
})  # may come before the beginning of a choice  # fmt: skip
SHORTEST, LONG = 4, 5  # letters of a word known by its sound, of a beginning without a figure
JOINED = re.compile(r"[,;/\n+&]|\bet\b|\bou\b")
SOUNDS = tuple(
    (re.compile(written), said)
    for written, said in (
        ("ph", "f"), ("ti(?=on|el)", "si"), ("qu|q", "k"), ("s?ch", "w"), ("c(?=[eiy])|ss", "s"),
        ("ck|c", "k"),
        ("ge(?=[ao])|g(?=[eiy])", "j"), ("gu(?=[eiy])", "g"), ("h", ""), ("y", "i"),
        ("eau|au", "o"), ("ai|ei", "e"), ("z", "s"), ("(?:an|am|en|em)(?![aeiou])", "A"),
        ("(?:in|im|un)(?![aeiou])", "I"), ("(?:on|om)(?![aeiou])", "O"), (r"(.)\1", r"\1"),
        ("(?<=..)[estxdrp]{1,40}$", ""),
    )
)  # fmt: skip
Find = Callable[[Sequence[Option], str], list[Option]]


def begun(offered: Sequence[Option], text: str) -> list[Option]:
    """The options of which this is the beginning; else those whose rank a sentence names."""
    start = _bare(fold(text))
    figure = any(c.isdigit() for c in start)
    if figure or len(start) >= LONG:
        start = f"{start} " if figure else start
        found = [o for o in offered if any(_begins(_bare(n), start) for n in o.names)]
        if len(found) == 1:
            return found
    ranks = {word for word in start.split() if word[:-1].isdigit()}
    return [o for o in offered if any(_bare(name).split(" ")[0] in ranks for name in o.names)]


def _begins(name: str, start: str) -> bool:
    """Whether a name begins so; without a figure, by two fifths of it at least."""
    figure = start.endswith(" ")
    return f"{name} ".startswith(start) and (figure or 5 * len(start) >= 2 * len(name))


def _bare(said: str) -> str:
    """Without the small words before, and « 2ème » as « 2e »."""
    words = said.split()
    while words and words[0] in BEFORE:
        words = words[1:]
    return " ".join(map(_ranked, words))


def _ranked(word: str) -> str:
    """« 2ème », « deuxième » and « 2e » as one."""
    found = RANK.fullmatch(word)
    number = int(found[1]) if found else ORDINALS.get(word)
    return f"{number}e" if number else word


def by_ear(offered: Sequence[Option], text: str) -> list[Option]:
    """The options with a name that sounds like some words of the text."""
    said = f" {' '.join(map(_sound, fold(text).split()))} "
    return [o for o in offered if any(f" {heard} " in said for heard in _heard(o))]


def _heard(option: Option) -> Iterator[str]:
    for name in option.names:
        if len(name.replace(" ", "")) > SHORTEST:
            yield " ".join(map(_sound, name.split()))


def _sound(word: str) -> str:
    if len(word) < SHORTEST:
        return word
    for written, said in SOUNDS:
        word = written.sub(said, word)
    return word


def apart(offered: Sequence[Option], text: str, find: Find) -> list[Option]:
    """The options named one by one in « logement et papiers »; () unless there are two or more."""
    each = [find(offered, part) for part in JOINED.split(text) if part.strip()]
    named = {one[0].value for one in each if len(one) == 1}
    return [option for option in offered if option.value in named] if len(named) > 1 else []
