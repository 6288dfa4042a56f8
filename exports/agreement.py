"""How far several coders agree: Cohen's kappa for each pair, Krippendorff's alpha for all.

One unit is one code in one contribution, judged present or absent. A coder judges a contribution
once they gave any code in it, or said that there is nothing to code. Only the units that two coders
judged count, and only the codes that somebody gave: a code that nobody used would make everybody
agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, NamedTuple

Judgement = tuple[str, str, str]  # who, the unit, what they said of it

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
    given = {code for them in coded.values() for some in them.values() for code in some}
    judged = {
        code: [
            (coder, f"{reference}\0{code}", "yes" if code in mine else "no")
            for coder, references in sorted(coded.items())
            for reference, mine in sorted(references.items())
        ]
        for code in codes
        if code in given
    }
    every = [one for them in judged.values() for one in them]
    return Agreement(
        alpha(every),
        _pairs(coded, every),
        {code: alpha(them) for code, them in judged.items()},
        {code: _pairs(coded, them) for code, them in judged.items()},
    )


def disagreements(
    coded: Mapping[str, Mapping[str, frozenset[str]]], codes: Sequence[str]
) -> list[Apart]:
    """Where those who judged a contribution differ, code after code."""
    judges: dict[str, list[str]] = {}
    for coder, references in sorted(coded.items()):
        for reference in references:
            judges.setdefault(reference, []).append(coder)
    shared = sorted((reference, them) for reference, them in judges.items() if len(them) > 1)
    found = []
    for code in codes:
        for reference, them in shared:
            gave = tuple(one for one in them if code in coded[one][reference])
            if gave and len(gave) < len(them):
                others = tuple(one for one in them if one not in gave)
                found.append(Apart(code, reference, gave, others))
    return found


def _pairs(coded: Iterable[str], judgements: Sequence[Judgement]) -> dict[tuple[str, str], Measure]:
    return {
        pair: kappa([one for one in judgements if one[0] in pair])
        for pair in combinations(sorted(coded), 2)
    }


def kappa(judgements: Iterable[Judgement]) -> Measure:
    """Cohen's kappa of the two coders in these judgements, over the units both judged."""
    return _measured(judgements, lambda task: task.kappa())


def alpha(judgements: Iterable[Judgement]) -> Measure:
    """Krippendorff's nominal alpha, over the units at least two coders judged."""
    return _measured(judgements, lambda task: task.alpha())


def _measured(judgements: Iterable[Judgement], measure: Callable[[Any], float]) -> Measure:
    from nltk.metrics.agreement import AnnotationTask  # slow to import

    every = list(judgements)
    by_unit: dict[str, list[Judgement]] = {}
    for one in every:
        by_unit.setdefault(one[1], []).append(one)
    shared = {unit: them for unit, them in by_unit.items() if len(them) > 1}
    kept = [one for them in shared.values() for one in them]
    places = len({unit.partition("\0")[0] for unit in shared})
    if len({who for who, _, _ in every}) < 2:
        return Measure(0, 0, None, ALONE)
    if not shared:
        return Measure(0, 0, None, APART)
    if len({said for _, _, said in kept}) < 2:
        return Measure(len(shared), places, None, SAME)
    return Measure(len(shared), places, float(measure(AnnotationTask(kept))))
