"""How far several coders agree: Cohen's kappa for each pair, Krippendorff's alpha for all.

One unit is one code in one contribution, judged present or absent. A coder judges a contribution
once they gave any code in it, or said that there is nothing to code. Only the units that two coders
judged count, and only the codes that somebody gave: a code that nobody used would make everybody
agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

Unit = tuple[tuple[str, str], ...]  # who, what they said of it

NOBODY = "Personne n'a encore codé : il n'y a pas d'accord à mesurer."
ALONE = "Une seule personne a codé : il n'y a pas d'accord à mesurer."
APART = "Aucune contribution n'a été codée par deux personnes."
SAME = (
    "Tout le monde a dit la même chose partout : le hasard suffit à l'expliquer, la mesure ne "
    "veut rien dire."
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure, or why there is none."""

    units: int  # judged by at least two coders
    contributions: int
    value: float | None
    why: str = ""  # in French, when there is no value

    @property
    def reading(self) -> str:
        """What the figure means, in plain French."""
        return self.why if self.value is None else reading(self.value)


@dataclass(frozen=True, slots=True)
class Agreement:
    """All the figures of one codebook."""

    alpha: Measure
    pairs: Mapping[tuple[str, str], Measure]  # Cohen's kappa
    codes: Mapping[str, Measure]  # Krippendorff's alpha, one code at a time
    kappas: Mapping[str, Mapping[tuple[str, str], Measure]]  # Cohen's kappa, by code and pair


class Apart(NamedTuple):
    """A code that some gave in a contribution, and some did not."""

    code: str
    reference: str
    gave: tuple[str, ...]
    did_not: tuple[str, ...]


def reading(value: float) -> str:
    """Krippendorff's two thresholds (2004), and what to do."""
    if value >= 0.8:
        return "Bon accord : les codes peuvent servir tels quels."
    if value >= 0.667:
        return "Accord moyen : des conclusions prudentes seulement."
    if value > 0:
        return "Accord faible : relisez ensemble les définitions, puis codez à nouveau."
    return "Pas mieux que le hasard : les personnes ne lisent pas les thèmes de la même façon."


def agreement(coded: Mapping[str, Mapping[str, frozenset[str]]], codes: Sequence[str]) -> Agreement:
    """`coded`: by coder, by contribution they judged, the codes given there, or none.

    `codes`: all that could be given.
    """
    judges = _judges(coded)
    together = Counter(judges.values())  # who read, and how many contributions
    given: dict[str, set[str]] = {}  # by code, where somebody gave it
    for references in coded.values():
        for reference, mine in references.items():
            for code in mine if reference in judges else ():
                given.setdefault(code, set()).add(reference)
    by_code = {
        code: _units(coded, code, given[code], judges, together) for code in codes if code in given
    }
    whole = Counter[Unit]()
    for units in by_code.values():
        whole.update(units)
    people = sorted(coder for coder, references in coded.items() if references)
    return Agreement(
        measure(whole, len(people), len(by_code), alpha),
        _pairs(whole, people, len(by_code)),
        {code: measure(units, len(people), 1, alpha) for code, units in by_code.items()},
        {code: _pairs(units, people, 1) for code, units in by_code.items()},
    )


def _judges(coded: Mapping[str, Mapping[str, frozenset[str]]]) -> dict[str, tuple[str, ...]]:
    """By contribution that at least two judged, who did."""
    judges: dict[str, list[str]] = {}
    for coder, references in sorted(coded.items()):
        for reference in references:
            judges.setdefault(reference, []).append(coder)
    return {reference: tuple(them) for reference, them in judges.items() if len(them) > 1}


def _units(
    coded: Mapping[str, Mapping[str, frozenset[str]]],
    code: str,
    given: Iterable[str],
    judges: Mapping[str, tuple[str, ...]],
    together: Mapping[tuple[str, ...], int],
) -> Counter[Unit]:
    """What was said of a code, and how many times: where nobody gave it, all said no."""
    units = Counter[Unit]()
    without = Counter(together)
    for reference in given:
        them = judges[reference]
        without[them] -= 1
        units[tuple((who, "yes" if code in coded[who][reference] else "no") for who in them)] += 1
    for them, times in without.items():
        units[tuple((who, "no") for who in them)] += times
    return units


def disagreements(
    coded: Mapping[str, Mapping[str, frozenset[str]]], codes: Sequence[str]
) -> list[Apart]:
    """Where those who judged a contribution differ, code after code."""
    shared = sorted(_judges(coded).items())
    found = []
    for code in codes:
        for reference, them in shared:
            gave = tuple(one for one in them if code in coded[one][reference])
            if gave and len(gave) < len(them):
                others = tuple(one for one in them if one not in gave)
                found.append(Apart(code, reference, gave, others))
    return found


def _pairs(
    units: Mapping[Unit, int], people: Sequence[str], codes: int
) -> dict[tuple[str, str], Measure]:
    found = {}
    for pair in combinations(people, 2):
        both = Counter[Unit]()
        for unit, times in units.items():
            theirs = tuple(one for one in unit if one[0] in pair)
            if len(theirs) == 2:
                both[theirs] += times
        found[pair] = measure(both, 2, codes, kappa)
    return found


def kappa(units: Mapping[Unit, int]) -> float:
    """Cohen's kappa (1960) of two coders, over the units both judged."""
    same, count = 0, sum(units.values())
    mine, theirs = Counter[str](), Counter[str]()
    for ((_, one), (_, other)), times in units.items():
        same += times * (one == other)
        mine[one] += times
        theirs[other] += times
    expected = sum(times * theirs[said] for said, times in mine.items()) / count**2
    return (same / count - expected) / (1 - expected)


def alpha(units: Mapping[Unit, int]) -> float:
    """Krippendorff's nominal alpha (2011), over the units at least two coders judged."""
    every, apart = Counter[str](), 0.0
    for unit, times in units.items():
        its = Counter(said for _, said in unit)
        for said, count in its.items():
            every[said] += count * times
        apart += times * sum(n * (len(unit) - n) for n in its.values()) / (len(unit) - 1)
    total = every.total()
    expected = sum(n * (total - n) for n in every.values()) / (total - 1)
    return 1 - apart / expected


def measure(
    units: Counter[Unit], people: int, codes: int, figure: Callable[[Mapping[Unit, int]], float]
) -> Measure:
    """The figure, or why there is none."""
    count = units.total()
    if not people:
        return Measure(0, 0, None, NOBODY)
    if people < 2:
        return Measure(0, 0, None, ALONE)
    if not count:
        return Measure(0, 0, None, APART)
    places = count // codes  # each code is judged in each contribution
    if len({said for unit, times in units.items() if times for _, said in unit}) < 2:
        return Measure(count, places, None, SAME)
    return Measure(count, places, figure(+units))
