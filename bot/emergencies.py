"""Which of the organiser's emergency numbers fit what was told: they come first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.model import Heard
from bot.plain import fold

FITTING: Mapping[str, tuple[str, ...]] = {
    "both": ("17", "3114", "3919"),  # violence, and no wish to live
    "violence": ("17", "3919", "114"),
    "life": ("3114", "15"),
    "child": ("119", "17"),
    "old": ("3977", "17"),
    "outside": ("115",),
    "other": ("15", "17"),
}  # by what was told; a number that the organiser does not give is left out
GRAVEST = ("both", "life", "violence", "child", "old", "outside", "other")
LIFE = re.compile(
    r"\b(?:mourir|suicid\w*|en finir|plus vivre|la vie|vivre comme|a vivre|me tuer|me pendre|"
    r"crever|disparaitre|plus envie|veines|medicaments|cachets|a quoi bon|servi\w* a rien)\b"
)
VIOLENCE = re.compile(
    r"\b(?:frapp\w*|tap(?:e|es|ent|er|ait)|coups?|bat|battu\w*|cogn\w*|gifl\w*|etrangl\w*|viol\w*|"
    r"agress\w*|menac\w*|tuer|tue|tuera|me cherche|me suit|sequestr\w*|couteau|arme|mon ex|"
    r"mari|conjoint|compagnon|copain|devant ma porte|racket\w*|harcel\w*)\b"
)
CHILD = re.compile(
    r"\b(?:enfants?|bebe|gamine?s?|petite? (?:de|garcon|fille)|mineure?s?|fillette|eleves?|ado|"
    r"adolescente?|nourrisson|papa|maman|mon pere|ma mere|beau pere)\b"
)
OLD = re.compile(
    r"\b(?:ehpad|personnes? agees?|grand mere|grand pere|mamie|papi|residente?s?|handicap\w*|"
    r"maison de retraite)\b"
)
OUTSIDE = re.compile(r"\b(?:a la rue|dehors|sans abri|dormir dans|nulle part ou|expulse\w*)\b")
RELATIVE = re.compile(r"\b(?:mon ex|mari|conjoint|compagnon|copain)\b")  # who, and no act yet
THEY = re.compile(r"\b(?:il|elle|ils|elles|on|mari|ex|conjoint|pere)\b")
OTHERS = "\n\nAutres numéros :\n"


def told_of(heard: Heard) -> str:
    """A code of `FITTING` for the words of an alarm: never the words."""
    said = fold(heard.text)
    if heard.intent == "danger_other":
        kinds = (("child", CHILD), ("old", OLD), ("life", LIFE), ("violence", VIOLENCE))
    else:
        kinds = (("violence", VIOLENCE), ("life", LIFE), ("child", CHILD), ("old", OLD))
        if LIFE.search(said):
            if not THEY.search(said):
                return "life"
            if VIOLENCE.search(RELATIVE.sub(" ", said)) and "me tuer" not in said:
                return "both"
            if "me tuer" not in said and RELATIVE.search(said):
                return "life"  # « mon mari est mort, je veux mourir »
    found = next((kind for kind, words in kinds if words.search(said)), None)
    if found is None and OUTSIDE.search(said):
        return "outside"
    return found or ("life" if heard.intent == "distress_self" else "other")


def arranged(numbers: str, kind: str, *, short: bool = False) -> str:
    """The lines « number : use », those that fit first; only those when `short`."""
    lines = numbers.splitlines()
    first = [
        line
        for number in FITTING.get(kind, ())
        for line in lines
        if number in re.findall(r"\d+", line.partition(":")[0])
    ]
    if short:
        return "\n".join(first or lines)
    rest = "\n".join(line for line in lines if line not in first)
    return OTHERS.join(part for part in ("\n".join(first), rest) if part)
