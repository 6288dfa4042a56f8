"""What is right, what is confused, and whether confidence says so: pure arithmetic on guesses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import NamedTuple

BINS = 10


class Guess(NamedTuple):
    """What a text meant, what was said of it (None: nothing), and how surely."""

    meant: str
    said: str | None
    confidence: float = 1.0

    @property
    def right(self) -> bool:
        return self.meant == self.said


class Score(NamedTuple):
    """How one intent is told: counts of texts."""

    meant: int
    said: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.meant if self.meant else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.meant + self.said) if self.right else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """The guesses whose confidence lies between two bounds, the upper one excluded."""

    low: float
    high: float
    count: int
    confidence: float  # mean
    right: float  # share


def by_intent(guesses: Sequence[Guess]) -> dict[str, Score]:
    """The score of every intent that is meant at least once, by name."""
    meant = Counter(one.meant for one in guesses)
    said = Counter(one.said for one in guesses)
    right = Counter(one.meant for one in guesses if one.right)
    return {name: Score(meant[name], said[name], right[name]) for name in sorted(meant)}


def macro_f1(guesses: Sequence[Guess]) -> float:
    """The mean F1 of the intents that are meant, each counting as much as another."""
    return mean(score.f1 for score in by_intent(guesses).values()) if guesses else 0.0


def accuracy(guesses: Sequence[Guess]) -> float:
    return mean(one.right for one in guesses) if guesses else 0.0


def confusions(guesses: Sequence[Guess]) -> list[tuple[str, str | None, int]]:
    """What is taken for what, how many times: the most frequent first, then by name."""
    pairs = Counter((one.meant, one.said) for one in guesses if not one.right)
    ordered = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0][0], pair[0][1] or ""))
    return [(meant, said, times) for (meant, said), times in ordered]


def bins(guesses: Sequence[Guess], count: int = BINS) -> list[Bin]:
    """The guesses by confidence, in `count` equal ranges; an empty range is left out."""
    found: dict[int, list[Guess]] = {}
    for one in guesses:
        found.setdefault(min(count - 1, int(one.confidence * count)), []).append(one)
    return [
        Bin(n / count, (n + 1) / count, len(some), mean(g.confidence for g in some), accuracy(some))
        for n, some in sorted(found.items())
    ]


def calibration_error(guesses: Sequence[Guess], count: int = BINS) -> float:
    """Expected calibration error: the mean distance of confidence to truth, bin by bin."""
    distances = (one.count * abs(one.confidence - one.right) for one in bins(guesses, count))
    return sum(distances) / len(guesses) if guesses else 0.0


def from_threshold(guesses: Sequence[Guess], least: float) -> tuple[int, float]:
    """How many guesses are at least so confident, and the share of these that is right."""
    kept = [one for one in guesses if one.confidence >= least]
    return len(kept), accuracy(kept)
