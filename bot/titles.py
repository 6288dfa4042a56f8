"""A title in the person's own words: the beginning of their text, never a word of ours."""

from __future__ import annotations

import re

from bot.guide import Guide, Open
from bot.model import Conversation, Spot, State

LONGEST = 80  # characters
SHORTEST = 3  # words: « Oui. » opens a text, and is no title
PRESSED = "!title"
SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
CLAUSE = re.compile(r"\s*[,;:(–—](?=\s)|\s+[(–—-]\s*")
SMALL = """
à a au aux avec car ce ces cette chez d dans de des donc du elle en et est il ils je l la le les
leur leurs ma mais mes mon n ne ni nos notre nous on ou où par pas plus pour qu que qui quand sa
sans se ses si son sont sur ta tes ton très un une vos votre vous y
"""
DANGLING = frozenset(SMALL.split())  # a title does not end with one of these


def offered(guide: Guide, talk: Conversation, spot: Spot) -> str | None:
    """What is proposed as the answer to this step; None when it is the title of nothing.

    Never a name: the words are those of the masked version, even for those who kept their own.
    """
    step = guide.step(spot)
    if not isinstance(step, Open) or step.title_of is None:
        return None
    answer = talk.answers.get(Spot(step.title_of, spot.round))
    if answer is None or answer.state is not State.ANSWERED:
        return None
    words = "\n".join(p.text if p.masked is None else p.masked for p in answer.parts)
    return extract(words, min(LONGEST, step.at_most))


def extract(text: str, at_most: int = LONGEST) -> str | None:
    """The first sentence that says something, or what of it fits; None without a word."""
    said = [" ".join(one.split()) for one in SENTENCE.split(text)]
    said = [one for one in said if any(c.isalnum() for c in one)]
    if not said:
        return None
    sentence = next((one for one in said if _words(one) >= SHORTEST), said[0])
    short = _without_end(sentence)
    return short if len(short) <= at_most else _cut(short, at_most)


def _cut(sentence: str, at_most: int) -> str:
    """A whole clause if one fits and says enough, else whole words."""
    ends = [found.start() for found in CLAUSE.finditer(sentence, 0, at_most + 1)]
    for end in reversed(ends):
        clause = sentence[:end]
        if _words(clause) >= SHORTEST and len(clause) <= at_most:
            return _closed(clause)
    whole = sentence[: at_most + 1].rpartition(" ")[0] or sentence[:at_most]
    words = _closed(whole).split(" ")
    while len(words) > SHORTEST and re.split(r"['’]", words[-1].casefold())[-1] in {*DANGLING, ""}:
        words.pop()
    return _without_end(" ".join(words)) or sentence[:at_most]


def _words(text: str) -> int:
    return sum(any(c.isalnum() for c in word) for word in text.split())


def _closed(words: str) -> str:
    """Without a bracket that the cut left open: « [une personne] » is whole or is not there."""
    if words.rfind("[") > words.rfind("]"):
        words = words[: words.rfind("[")].rstrip() or words
    return words


def _without_end(sentence: str) -> str:
    return sentence.rstrip(" .,;:…-–—") or sentence
