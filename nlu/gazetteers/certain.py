"""Whether a place that nobody asked for is certainly one: « à table » and « le bus 42 » are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

from bot.model import Entity
from nlu.gazetteers import located, places
from nlu.gazetteers.place_words import said, words_in
from nlu.words import listed, unaccented

FREQUENT = Path(__file__).parent.parent / "languages" / "fr.txt"
WORK = frozenset({"job", "structure", "diploma"})
LIKE_NAMES = located.DIRECTIONS | listed("reunion vienne")
LIKE_TOWNS = located.LIKE_WORDS | listed("laon foix privas")
ARTICLE = listed("le la les l")
INTO = listed("dans ds sur")
NUMBERED = places.NUMBERED_BY | listed("dep du")
AT = listed("a sur vers habite vis reside pres cote bosse de ville region")
NAMED_AFTER = AT | listed("dans ds en du d le la les l au aux pour et departement dept dep")
LIVES = listed("habite vis vit reside bosse travaille")
DENIED = listed("pas plus ni sauf")
NEAR = 3
APART = (",", ";", "/", "|", "(", ":", "\n")


def marked(text: str, found: Iterable[Entity], told: Iterable[Entity]) -> tuple[Entity, ...]:
    """The places found, each saying whether it is sure; `told` is what else the text says."""
    others = [one for one in told if one.kind in WORK]
    return tuple(replace(one, sure=_is_sure(text, one, others)) for one in found)


def _is_sure(text: str, place: Entity, work: list[Entity]) -> bool:
    before = [word.text for word in words_in(text[: place.start])]
    crossed = any(place.start < one.end and one.start < place.end for one in work)
    if crossed or DENIED.intersection(before[-NEAR:]):
        return False
    led = text[: place.start].rstrip()
    beside = any(one.end == len(led) for one in work) or (bool(work) and led.endswith(APART))
    last, earlier = ["", "", *before][-1], ["", "", *before][-2]
    atlas, name = places.load(), said(list(words_in(place.text)))
    if name[:1].isdigit():
        return _number(name, last, earlier, beside=beside or led.endswith("("))
    whole = not text[place.end :].strip(" .!?,)") and all(w in places.LEAD_IN for w in before)
    capital = place.text[:1].isupper() and bool(led)
    if name in atlas.names:
        lone = whole and last in ("", *ARTICLE)
        into = last in ARTICLE and earlier in INTO and name != "reunion"
        usual = last in NAMED_AFTER or whole
        return lone or into or beside or capital or (usual and name not in LIKE_NAMES)
    accented = led.endswith(("à", "À"))
    if name in _chiefs():
        if name in LIKE_TOWNS:
            return capital or accented or beside
        return whole or beside or capital or last in AT
    if name in _frequent() or name in places.NOT_PLACES:
        return False
    if atlas.town(name):
        return (accented or last in AT) and (capital or bool(work) or last in LIVES)
    return last in NAMED_AFTER and bool(located.slipped(atlas, name))


def _number(number: str, last: str, earlier: str, *, beside: bool) -> bool:
    """« dans le 59 », « 59000 », « IME 59 »; a number alone may be anything."""
    if len(number.replace(" ", "")) == 5 or number in ("2a", "2b"):
        return True
    if len(number) < 2:
        return False
    return beside or last in NUMBERED or (last == "le" and earlier in INTO)


@cache
def _chiefs() -> frozenset[str]:
    """The chief towns of departments."""
    return frozenset(town.name for town in places.load().towns if town.chief)


@cache
def _frequent() -> frozenset[str]:
    """The words that people use for something else."""
    return frozenset(unaccented(FREQUENT.read_text("utf-8")).split())
