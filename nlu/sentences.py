"""A text cut into sentences of plain words, as the words of danger are searched in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from nlu.components.normaliser import normalised

STOP = re.compile(r"(?<![.…])[.!?;\n](?![.…])")
QUOTED = re.compile(r"[«“][^»”]{8,300}[»”]|\"[^\"]{8,300}\"")
CLAUSE = re.compile(r"[,()–—]| - ")
JOINING = frozenset(["mais", "et", "car", "donc", "puis", "parce", "sauf", "alors", "depuis"])
LONGEST, OVERLAP = 60, 12  # words of a sentence read at once: rules cost their number by its length
MORE_THAN_QUOTED = 20  # letters: a text that is wholly a quotation is the person's own
RESPELLED = (  # words of danger misspelt, which the normaliser leaves as they are
    (re.compile(r"mou+r+[iy]+r*e?$"), "mourir"),
    (re.compile(r"(?:su|sui|soui|sy)[sc]{1,2}[iy]+d"), "suicid"),
    (re.compile(r"fr+ap+"), "frapp"),
    (re.compile(r"dispar[ae]i?tr?e?$"), "disparaitre"),
    (re.compile(r"(?:en|an)vi(?:e|es)?$"), "envie"),
    (re.compile(r"m(?=(?:scarif|suicid|atak|attaq|tue|tap|frap|bat$))"), "me "),
    (re.compile(r"med[iy]c?ka?m?e?n?t?s?$"), "medicaments"),
    (re.compile(r"pend[rt]e?$"), "pendre"),
)
TYPED = {
    "lair": "le air", "jvoudre": "je voudrais", "voudre": "voudrais", "revien": "revienne",
    "jdors": "je dors", "jdor": "je dors", "dor": "dors", "jmange": "je mange",
    "javale": "je avale", "jvis": "je vis", "jpeu": "je peux", "jvx": "je veux", "plu": "plus",
    "vai": "vais", "fini": "finie", "peure": "peur", "secour": "secours", "o": "au", "pri": "pris",
    "sarete": "se arrete", "sarrete": "se arrete", "renter": "rentrer", "fem": "femme",
    "meuf": "femme", "seur": "soeur", "vene": "veines", "pren": "prends", "enten": "entends",
    "voi": "voix",
}  # fmt: skip


class Sentence(NamedTuple):
    """Plain words, a space on both sides of each; where clauses begin, and a quotation stands."""

    words: str
    breaks: tuple[int, ...]
    quoted: tuple[int, int] = (0, 0)

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """The clauses that these words stand in."""
        before = max((at for at in self.breaks if at <= start), default=0)
        return before, min((at for at in self.breaks if at >= end), default=len(self.words))


def sentences(text: str) -> Iterator[Sentence]:
    """The sentences of a text, those of the longest cut."""
    said = [m.span() for m in QUOTED.finditer(text) if len(m[0]) + MORE_THAN_QUOTED < len(text)][
        ::-1
    ]
    words: list[str] = []
    breaks: list[int] = []
    quoted: list[int] = []
    before = 0
    for word in normalised(text):
        if words and before < word.start and STOP.search(text, before, word.start):
            yield _sentence(words, breaks, quoted)
            words, breaks, quoted = [], [], []
        elif len(words) >= LONGEST:
            yield _sentence(words, breaks, quoted)
            words, cut = words[-OVERLAP:], LONGEST - OVERLAP
            breaks, quoted = ([at - cut for at in some if at > cut] for some in (breaks, quoted))
        if word.text in JOINING or (
            before < word.start and CLAUSE.search(text, before, word.start)
        ):
            breaks.append(len(words))
        while said and said[-1][1] <= word.start:
            said.pop()
        if said and said[-1][0] < word.start:
            quoted.append(len(words))
        before = word.end
        words.append(respelled(word.text))
    if words:
        yield _sentence(words, breaks, quoted)


def _sentence(words: list[str], breaks: list[int], quoted: list[int]) -> Sentence:
    starts = list(accumulate((len(word) + 1 for word in words), initial=1))
    between = (starts[quoted[0]], starts[quoted[-1] + 1]) if quoted else (0, 0)
    return Sentence(f" {' '.join(words)} ", tuple(starts[at] for at in breaks), between)


def respelled(word: str) -> str:
    if known := TYPED.get(word):
        return known
    if word[:1] in "msfdaep":
        for pattern, right in RESPELLED:
            if pattern.match(word):
                return pattern.sub(right, word, count=1)
    return word
