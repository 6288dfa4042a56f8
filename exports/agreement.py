"""How far several coders agree: Cohen's kappa for each pair, Krippendorff's alpha for all.

One unit is one code in one contribution, judged present or absent. A coder judges a contribution
once they gave any code in it: a contribution read without a code cannot be told from one that was
not read. Only the units that two coders judged count, and only the codes that somebody gave: a
code that nobody used would make everybody agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

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
    """`coded`: by coder, by contribution, the codes given there; `codes`: all that could be."""
    given = {code for them in coded.values() for some in them.values() for code in some}
    judged = {
        code: [
            (coder, f"{reference}\0{code}", "yes" if code in mine else "no")
            for coder, references in sorted(coded.items())
            for reference, mine in sorted(references.items())
            if mine
        ]
        for code in codes
        if code in given
    }
    every = [one for them in judged.values() for one in them]
    pairs = {
        (one, other): kappa([j for j in every if j[0] in (one, other)])
        for one, other in combinations(sorted(coded), 2)
    }
    return Agreement(alpha(every), pairs, {code: alpha(them) for code, them in judged.items()})


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
