"""A text made plain, to be compared, and the whole numbers it holds."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

WORDS_FOR = {
    "zero": 0, "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6,
    "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11, "douze": 12, "treize": 13,
    "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20, "trente": 30, "quarante": 40,
    "cinquante": 50, "soixante": 60, "dizaine": 10, "douzaine": 12, "quinzaine": 15,
    "vingtaine": 20, "trentaine": 30, "quarantaine": 40, "cinquantaine": 50, "soixantaine": 60,
    "centaine": 100,
}  # fmt: skip
_SPELT = "|".join(WORDS_FOR)
_MORE = rf"(?: (?:et )?(?:{_SPELT})){{0,8}}"
MONTHS = re.compile(rf"\b(\d{{1,3}}|(?:{_SPELT}){_MORE}) (mois|semaines?)\b")
YEARS = re.compile(r"\b(?:ans?|annees?)\b")


def fold(text: str) -> str:
    """Lower case, no accents, no punctuation, single spaces: for comparing, never for keeping."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+", " ", letters).split())


def counted(number: int, unit: str) -> str:
    """« 1 personne », « 3 personnes »."""
    if number < 2 and unit.endswith("s") and unit not in ("mois", "fois"):
        unit = unit[:-1]
    return f"{number} {unit}".strip()


def quoted(labels: Iterable[str]) -> str:
    """« Un », « deux » ou « trois »."""
    *first, last = (f"« {label} »" for label in labels)
    return f"{', '.join(first)} ou {last}" if first else last


def _in_years(said: str) -> str:
    """« 18 mois » as « 1 »; beside years, months are left out."""
    beside = YEARS.search(said) is not None

    def years(found: re.Match[str]) -> str:
        if beside:
            return " "
        return str(sum(numbers_in(found[1])) // (12 if found[2] == "mois" else 52))

    return MONTHS.sub(years, said)


# « on sort à 18 ans » tells an age, unless nothing else is said
AT_AN_AGE = re.compile(r"(?<=[a-z] )a (?:nos |ses |mes |l age de )?\d{1,3} ans?\b")


def numbers_in(text: str, unit: str = "") -> list[int]:
    """The whole numbers of a text, in figures or in words; « un » before another word is none."""
    said = fold(text)
    if YEARS.match(fold(unit)):
        said = AT_AN_AGE.sub(" ", _in_years(said))
    figures = [int(found) for found in re.findall(r"\b\d{1,4}\b", said)]
    if figures:
        return figures
    found: list[int] = []
    joined = False
    for word in said.split():
        value = WORDS_FOR.get(word)
        if value is None:
            joined = joined and word == "et"
        elif joined and found[-1] in (10, 20, 30, 40, 50, 60) and value < 20:
            found[-1] += value
        else:
            found.append(value)
            joined = True
    if any(number != 1 for number in found):
        return [number for number in found if number != 1] if len(found) > 1 else found
    counts = {"seul", "seule", *fold(unit).split(), *fold(counted(1, unit)).split()}
    return found if said in ("un", "une") or counts & set(said.split()) - {"1"} else []
