"""Is somebody in danger, now? Rules and a model together, tuned to miss nobody.

A rule that fits raises the alarm, whatever the model says, unless the words around it take it
back: a negation, a figure of speech, somebody else's words, a time gone by, a colleague's blow.
A plain wish (« je veux mourir ») is only taken back by words of its own clause.
When rules of both kinds fit, who says « je » is heard first, unless the model hears another.
Without a rule, the model is believed when it is sure and nothing takes it back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from nlu.components.normaliser import normalised
from nlu.lexicons import lexicon
from nlu.phrases import Phrases, phrases
from nlu.sentences import Sentence, respelled, sentences
from nlu.words import unaccented

Signal = Literal["self", "other"] | None

LEXICON = Path(__file__).parent / "distress.yml"
MODEL_SEES = 1_000
VERY_SURE, FIRMLY, SURE, FAIRLY_SURE = 0.85, 0.75, 0.55, 0.35  # choice: docs/decisions/0006
LONG_ENOUGH = 20  # letters; a shorter text needs a hint, whatever the model says
TOO_LONG = 300  # letters; a longer text needs a word of the crisis
INTENTS: dict[str, Literal["self", "other"]] = {
    "distress_self": "self", "danger_other": "other"
}  # fmt: skip
NOT_NEGATIVE = re.compile(
    r"\b(?:(?:peux|peut|dors|mange|sais|va|tiens|tient) (?:plus|pas|po)|en plus|pas bien|plus tard|"
    r"sans (?:cesse|arret)) "
)
ONESELF = re.compile(r" (?:je|me|moi|mon|ma|mes|on|nous|mari|papa|maman|patron) ")
WISHING = re.compile(r" (?:je|moi|envie) ")
SPEAKING = re.compile(r" (?:je|me|moi|on|nous) ")
DONE = re.compile(r" (?:ai|avais|etais|voulais|pensais) ")
OWN = re.compile(
    r" (?:je|voudrais|veux|peux|ose|tiens a|pour|vous|faut) (?:le |vous )?"
    r"(?:dis|dire|disais|ecris) "
)
STILL = re.compile(r" (?:ce soir|cette nuit|encore|toujours|tous les jours|tout de suite) ")
HOME = re.compile(r" (?:a la maison|chez (?:moi|nous)) ")
WIDE = {
    "topic",
    "past",
    "proposed",
    "struck",
    "work",
    "worked",
    "answered",
}  # said anywhere in the sentence
WORK = {"struck", "work", "worked", "answered"}  # nothing that undoes a plain wish
NEAR = 4  # words around a match in which a figure of speech takes it back


class Elsewhere(NamedTuple):
    """What is said in other languages."""

    spaced: dict[str, re.Pattern[str]]
    unspaced: tuple[str, ...]

    def hold(self, sentence: str) -> bool:
        """Whether one of them is said, and not denied."""
        if not sentence.isascii() and any(wish in sentence for wish in self.unspaced):
            return True
        firsts = self.spaced.keys() & set(sentence.split())
        return any(self.spaced[first].search(sentence) for first in firsts)


class Lexicon(NamedTuple):
    """The lexicon file, made ready to be searched."""

    yourself: Phrases
    others: Phrases
    unless: dict[str, Phrases]
    elsewhere: Elsewhere
    hints: Phrases
    crisis: Phrases
    plain: Phrases
    third: Phrases


def signal(text: str, intent: str | None = None, confidence: float = 0.0) -> Signal:
    """Who is in danger: the person who writes, somebody else, or nobody that we can tell."""
    return told(tuple(sentences(text)), intent, confidence)


def told(told_in: Sequence[Sentence], intent: str | None = None, confidence: float = 0.0) -> Signal:
    """The same, of sentences already made plain: a long text is read once."""
    lexicon = load()
    if any(lexicon.elsewhere.hold(sentence.words) for sentence in told_in):
        return "self"
    mine = [_fits(lexicon, lexicon.yourself, sentence) for sentence in told_in]
    who = INTENTS.get(intent or "")
    doubted = who == "other" and confidence >= SURE
    if not doubted and any(found.oneself for found in mine):
        return "self"
    if any(_fits(lexicon, lexicon.others, sentence).words for sentence in told_in):
        return "other"
    if any(found.words for found in mine):
        heard = who == "other" and confidence >= VERY_SURE
        return "other" if heard or all(f.third for f in mine if f.words) else "self"
    words = [sentence.words for sentence in told_in]
    if who is None or confidence < FAIRLY_SURE or _taken_back(lexicon, who, words, confidence):
        return None
    length = sum(map(len, words))
    if length > TOO_LONG:  # the model was taught single sentences
        grave = confidence >= VERY_SURE and any(lexicon.crisis.hold(sentence) for sentence in words)
        return who if grave else None
    if confidence >= (SURE if who == "self" else VERY_SURE) and length >= LONG_ENOUGH:
        return who
    return who if any(lexicon.hints.hold(sentence) for sentence in words) else None


def worded(told_in: Sequence[Sentence]) -> bool:
    """Whether the words themselves tell of a danger: a rule fits, or a word of the crisis is there.

    Where they do not, a model is alone to hear one.
    """
    crisis = load().crisis
    return told(told_in) is not None or any(crisis.hold(said.words) for said in told_in)


@cache
def load() -> Lexicon:
    """Read the lexicon, once."""
    written = lexicon(LEXICON)

    def made(rules: list[str]) -> Phrases:
        return phrases(written["groups"], [{"rules": rules, "unless": []}])

    return Lexicon(
        yourself=phrases(written["groups"], written["self"]),
        others=phrases(written["groups"], written["other"]),
        unless={name: made(rules) for name, rules in written["unless"].items()},
        elsewhere=_elsewhere(written["elsewhere"]),
        hints=made(written["hints"].split()),
        crisis=made(written["crisis"].split()),
        plain=made(written["plain"].split()),
        third=made(written["third"]),
    )


def _elsewhere(said: dict[str, list[str]]) -> Elsewhere:
    """Plain crises in other languages, by their first word, or whole where no space is written."""
    not_ = "".join(f"(?<! {re.escape(unaccented(word))} )" for word in said["not"])
    spaced: dict[str, list[str]] = {}
    unspaced: list[str] = []
    for sentence in said["wishes"]:
        first, *rest = words = [respelled(word.text) for word in normalised(sentence)]
        if rest:
            spaced.setdefault(first.split()[0], []).append(re.escape(" ".join(words)))
        else:
            unspaced.append(first)
    return Elsewhere(
        {w: re.compile(f"{not_}(?<= )(?:{'|'.join(some)}) ") for w, some in spaced.items()},
        tuple(unspaced),
    )


class Found(NamedTuple):
    """The words that a rule fits; whether who writes is in them, or only somebody else."""

    words: str = ""
    oneself: bool = False
    third: bool = False


def _fits(lexicon: Lexicon, rules: Phrases, sentence: Sentence) -> Found:
    """What a rule fits and nothing takes back, where who writes is spoken of first."""
    best = Found()
    for rule in rules.near(sentence.words.split()):
        for found in rule.pattern.finditer(sentence.words):
            if any(_denied(lexicon, name, sentence, found) for name in rule.unless):
                continue
            if ONESELF.search(f" {found[0]}"):
                return Found(found[0], oneself=True)
            if not best.words or best.third:
                best = Found(found[0], third=_of_somebody(lexicon, sentence, found.start()))
    return best


def _of_somebody(lexicon: Lexicon, sentence: Sentence, start: int) -> bool:
    """« un gars vient de s'ouvrir les veines »: nobody says « je » before, somebody is named."""
    first, _ = sentence.clause(start, start)
    before = sentence.words[: start or 1]
    return not SPEAKING.search(f" {before[first:]}") and lexicon.third.hold(before)


def _denied(lexicon: Lexicon, name: str, sentence: Sentence, found: re.Match[str]) -> bool:
    start, end = found.span()
    words = sentence.words
    plain = bool(WISHING.search(f" {found[0]}")) and lexicon.plain.hold(f" {found[0]}")
    first, last = sentence.clause(start, end) if plain else (0, len(words))
    if name == "negated":
        if not found[0].startswith(("je ", "moi ", "mon ", "ma ", "mes ")):
            start = max(first, _back(words, start, NEAR))
        near = NOT_NEGATIVE.sub(" ", words[start:end])
    elif name in WIDE:
        if name == "past" and STILL.search(words):
            return False
        if name in WORK and (plain or HOME.search(words)):
            return False
        near = words if name == "past" and DONE.search(f" {found[0]}") else words[first:last]
    elif name == "told":
        if plain and sentence.quoted[0] <= start and end <= sentence.quoted[1]:
            return True
        back = _back(words, start, (3 if plain else 2) * NEAR)
        near = words[max(first, back) : min(last, _forth(words, end, NEAR))]
        near = OWN.sub(" ", f" {near}")
    else:
        near = words[max(first, _back(words, start, NEAR)) : min(last, _forth(words, end, NEAR))]
    return lexicon.unless[name].hold(near)


def _taken_back(lexicon: Lexicon, who: str, sentences: list[str], confidence: float) -> bool:
    """Whether the words speak of something else than a danger now, whatever the model says."""
    names = ["figure", "topic", "struck", *(["reported"] if who == "self" else [])]
    if who == "other" or confidence < VERY_SURE:
        names += ["told", "past"]
        if not any(lexicon.crisis.hold(sentence) for sentence in sentences):
            names.append("work")
    if who == "other" or confidence < FIRMLY:
        names += ["proposed", "worked" if who == "self" else "answered"]
    return any(lexicon.unless[name].hold(s) for s in sentences for name in names)


def _back(sentence: str, at: int, words: int) -> int:
    for _ in range(words):
        at = sentence.rfind(" ", 0, max(at - 1, 0)) + 1
    return at


def _forth(sentence: str, at: int, words: int) -> int:
    for _ in range(words):
        at = sentence.find(" ", at) + 1 or len(sentence)
    return at
