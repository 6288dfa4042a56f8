"""Is somebody in danger, now? Rules and a model together, tuned to miss nobody.

A rule that fits raises the alarm, whatever the model says, unless the words around it take it
back: a negation, a figure of speech, somebody else's words, a time gone by, a colleague's blow.
When rules of both kinds fit, who says « je » is heard first, unless the model hears another.
Without a rule, the model is believed when it is sure and nothing takes it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import yaml

from nlu.components.normaliser import normalised
from nlu.phrases import Phrases, phrases

Signal = Literal["self", "other"] | None

LEXICON = Path(__file__).parent / "distress.yml"
MODEL_SEES = 1_000
VERY_SURE, FIRMLY, SURE, FAIRLY_SURE = 0.8, 0.75, 0.6, 0.4  # choice: docs/decisions/0006
LONG_ENOUGH = 14  # letters; a shorter text needs a hint, whatever the model says
INTENTS: dict[str, Literal["self", "other"]] = {
    "distress_self": "self", "danger_other": "other"
}  # fmt: skip
STOP = re.compile(r"(?<![.…])[.!?;\n](?![.…])")
NOT_NEGATIVE = re.compile(
    r"\b(?:(?:peux|peut|dors|mange|sais|va|tiens|tient) (?:plus|pas|po)|en plus|pas bien|plus tard|"
    r"sans (?:cesse|arret)) "
)
ONESELF = re.compile(r" (?:je|me|moi|mon|ma|mes|on|nous|mari|papa|maman|patron) ")
OWN = re.compile(
    r" (?:je|voudrais|veux|peux|ose|tiens a|pour|vous|faut) (?:le |vous )?"
    r"(?:dis|dire|disais|ecris) "
)
STILL = re.compile(r" (?:ce soir|cette nuit|encore|toujours|tous les jours|tout de suite) ")
WIDE = {"topic", "past", "proposed", "work", "worked", "answered"}  # said anywhere in the sentence
LONGEST, OVERLAP = 60, 12  # words of a sentence read at once: rules cost their number by its length
NEAR = 4  # words around a match in which a figure of speech takes it back
RESPELLED = (
    (re.compile(r"mou+r+[iy]+r*e?"), "mourir"),
    (re.compile(r"(?:su|sui|souï|soui|sy)(?:[sc]{1,2})[iy]+d"), "suicid"),
    (re.compile(r"fr+ap+"), "frapp"),
    (re.compile(r"dispar[ae]i?tr?e?$"), "disparaitre"),
    (re.compile(r"(?:en|an)vies?$"), "envie"),
    (re.compile(r"dorm[iy]r?e?$"), "dormir"),
    (re.compile(r"ap+el[eé]z?$|ap+lez?$"), "appelez"),
    (re.compile(r"m(?=(?:scarif|suicid|atak|attaq|tue|tap|frap|bat$))"), "me "),
    (re.compile(r"menac"), "menac"),
    (re.compile(r"med[iy]c?ka?m?e?n?t?s?$"), "medicaments"),
    (re.compile(r"pend[rt]e?$"), "pendre"),
    (re.compile(r"scarif"), "scarif"),
)
TYPED = {
    "lair": "le air", "voudre": "voudrais", "jvoudre": "je voudrais", "revien": "revienne",
    "jv": "je vais", "jvai": "je vais", "jvais": "je vais", "jvé": "je vais",
    "jpense": "je pense", "jme": "je me", "jm": "je me", "jdors": "je dors", "jdor": "je dors",
    "jmange": "je mange", "jetais": "je etais", "jaime": "je aime", "javale": "je avale",
    "jcrois": "je crois", "jvis": "je vis", "jfais": "je fais", "jpeu": "je peux", "peu": "peux",
    "envi": "envie", "envies": "envie", "plu": "plus", "vai": "vais", "dehor": "dehors",
    "fini": "finie", "suisidaire": "suicidaire", "cachet": "cachets", "medicament": "medicaments",
    "peure": "peur", "secour": "secours", "o": "au", "mm": "meme",
    "ojd": "aujourd hui", "ajd": "aujourd hui", "mouri": "mourir", "tap": "tape",
    "kon": "que on", "dan": "dans", "jvx": "je veux", "dor": "dors", "vi": "vie", "pri": "pris",
    "sarete": "se arrete", "sarrete": "se arrete", "arete": "arrete", 
    "renter": "rentrer", "fem": "femme", "meuf": "femme", "seur": "soeur", 
    "vene": "veines", "pren": "prends", "enten": "entends",
    "voi": "voix", "ier": "hier", "tro": "trop", "cacheton": "cachets", "cachetons": "cachets",
}  # fmt: skip


class Lexicon(NamedTuple):
    """The lexicon file, made ready to be searched."""

    yourself: Phrases
    others: Phrases
    unless: dict[str, Phrases]
    hints: Phrases
    crisis: Phrases


def signal(text: str, intent: str | None = None, confidence: float = 0.0) -> Signal:
    """Who is in danger: the person who writes, somebody else, or nobody that we can tell."""
    sentences = list(_sentences(text))
    lexicon = load()
    mine = [_fits(lexicon, lexicon.yourself, sentence) for sentence in sentences]
    oneself = any(ONESELF.search(words) for words in mine)
    who = INTENTS.get(intent or "")
    doubted = who == "other" and confidence >= SURE
    if oneself and not doubted:
        return "self"
    if any(_fits(lexicon, lexicon.others, sentence) for sentence in sentences):
        return "other"
    if any(mine):
        return "other" if who == "other" and confidence >= VERY_SURE else "self"
    if who is None or confidence < FAIRLY_SURE or _taken_back(lexicon, who, sentences, confidence):
        return None
    told = sum(map(len, sentences))
    if confidence >= (SURE if who == "self" else VERY_SURE) and told >= LONG_ENOUGH:
        return who
    return who if any(lexicon.hints.hold(sentence) for sentence in sentences) else None


@cache
def load() -> Lexicon:
    """Read the lexicon, once."""
    written = yaml.safe_load(LEXICON.read_text(encoding="utf-8"))
    groups = written["groups"]
    return Lexicon(
        phrases(groups, written["self"]),
        phrases(groups, written["other"]),
        {
            name: phrases(groups, [{"rules": rules, "unless": []}])
            for name, rules in written["unless"].items()
        },
        *(
            phrases(groups, [{"rules": written[name].split(), "unless": []}])
            for name in ("hints", "crisis")
        ),
    )


def _sentences(text: str) -> Iterator[str]:
    """The sentences in plain words, one space after each: " je veux dormir "; long ones cut."""
    sentence: list[str] = []
    before = 0
    for word in normalised(text):
        if sentence and before < word.start and STOP.search(text, before, word.start):
            yield f" {' '.join(sentence)} "
            sentence = []
        elif len(sentence) >= LONGEST:
            yield f" {' '.join(sentence)} "
            sentence = sentence[-OVERLAP:]
        before = word.end
        sentence.append(_respelled(word.text))
    if sentence:
        yield f" {' '.join(sentence)} "


def _respelled(word: str) -> str:
    if known := TYPED.get(word):
        return known
    if word[:1] in "msfdaep":
        for pattern, right in RESPELLED:
            if pattern.match(word):
                return pattern.sub(right, word, count=1)
    return word


def _fits(lexicon: Lexicon, rules: Phrases, sentence: str) -> str:
    """The words that a rule fits and nothing takes back, one that says « je » first; or ""."""
    fitting = ""
    for rule in rules.near(sentence.split()):
        for found in rule.pattern.finditer(sentence):
            if not any(_denied(lexicon, name, sentence, found) for name in rule.unless):
                fitting = f" {found[0]}"
                if ONESELF.search(fitting):
                    return fitting
    return fitting


def _denied(lexicon: Lexicon, name: str, sentence: str, found: re.Match[str]) -> bool:
    start, end = found.span()
    if name == "negated":
        if not found[0].startswith(("je ", "moi ", "mon ", "ma ", "mes ")):
            start = _back(sentence, start, NEAR)
        near = NOT_NEGATIVE.sub(" ", sentence[start:end])
    elif name in WIDE:
        if name == "past" and STILL.search(sentence):
            return False
        near = sentence
    elif name == "told":
        near = sentence[_back(sentence, start, 2 * NEAR) : _forth(sentence, end, NEAR)]
        near = OWN.sub(" ", near)
    else:
        near = _around(sentence, start, end)
    return lexicon.unless[name].hold(near)


def _taken_back(lexicon: Lexicon, who: str, sentences: list[str], confidence: float) -> bool:
    """Whether the words speak of something else than a danger now, whatever the model says."""
    names = ["figure", "topic"]
    if confidence < VERY_SURE:
        names += ["told", "past"]
    if confidence < FIRMLY:
        names += ["proposed", "worked" if who == "self" else "answered"]
        if who == "self" and not any(lexicon.crisis.hold(s) for s in sentences):
            names.append("work")
    return any(lexicon.unless[name].hold(s) for s in sentences for name in names)


def _around(sentence: str, start: int, end: int) -> str:
    return sentence[_back(sentence, start, NEAR) : _forth(sentence, end, NEAR)]


def _back(sentence: str, at: int, words: int) -> int:
    for _ in range(words):
        at = sentence.rfind(" ", 0, max(at - 1, 0)) + 1
    return at


def _forth(sentence: str, at: int, words: int) -> int:
    for _ in range(words):
        at = sentence.find(" ", at) + 1 or len(sentence)
    return at
