"""Texts of ours that another platform also has, nearly word for word.

Comparing every pair of 20 000 and 20 000 texts would take hours. Two texts that are nearly the same
share rare runs of letters: only those that share some of their rarest ones are compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest

from rapidfuzz import fuzz

from bot.plain import fold

RUN = 6  # letters
RAREST = 24  # runs by which a text is looked for
SHARED = 3  # of them, to be worth comparing
KEPT = 400  # texts remembered for a run; a campaign has the same ones in thousands
ALIKE = 85  # of 100: less is not nearly the same
COMPARED = 60  # texts compared with one of ours, the likeliest first


@dataclass(frozen=True, slots=True)
class Alike:
    """The text of the platform that is nearest to one of ours."""

    ours: str  # references
    theirs: str
    score: int  # 100: the same words
    others: int  # how many more of theirs are near, at least


def alike(
    ours: Iterable[tuple[str, str]], theirs: Iterable[tuple[str, str]], at_least: int = ALIKE
) -> Iterator[Alike]:
    """For each of ours (reference, text) that has one, the nearest of theirs, in our order."""
    same: dict[str, list[str]] = defaultdict(list)
    for reference, text in theirs:
        if words := fold(text):
            same[words].append(reference)
    texts = list(same)
    index = _Index(texts)
    known: dict[str, tuple[tuple[int, str], ...]] = {}
    for reference, text in ours:
        words = fold(text)
        if not words:
            continue
        if words not in known:
            known[words] = tuple(_near(words, texts, index, same, at_least))
        found = known[words]
        if found:
            score, nearest = found[0]
            count = sum(len(same[one]) for _, one in found)
            yield Alike(reference, same[nearest][0], score, count - 1)


def _near(
    words: str, texts: Sequence[str], index: _Index, same: Mapping[str, list[str]], at_least: int
) -> list[tuple[int, str]]:
    found = [(100, words)] if words in same else []
    for n in index.like(words):
        if texts[n] != words:
            score = fuzz.ratio(words, texts[n], score_cutoff=at_least)
            if score:
                found.append((min(round(score), 99), texts[n]))
    return sorted(found, key=lambda one: (-one[0], same[one[1]][0]))


class _Index:
    """Which texts have which runs of letters."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._having: dict[int, list[int]] = defaultdict(list)
        self._counts: Counter[int] = Counter()
        for n, words in enumerate(texts):
            runs = _runs(words)
            self._counts.update(runs)
            for run in runs:
                having = self._having[run]
                if len(having) < KEPT:
                    having.append(n)

    def like(self, words: str) -> list[int]:
        """The texts that share enough rare runs with these words, the likeliest first."""
        known = ((self._counts[run], run) for run in _runs(words) if run in self._having)
        rare = nsmallest(RAREST, known)
        shared: Counter[int] = Counter()
        for _, run in rare:
            shared.update(self._having[run])
        needed = min(SHARED, len(rare))
        return [n for n, count in shared.most_common(COMPARED) if count >= needed]


def _runs(words: str) -> set[int]:
    """Runs of letters, as numbers that take little room; the same in every process."""
    octets = words.encode()
    if len(octets) <= RUN:
        return {int.from_bytes(octets, "big")}
    return {int.from_bytes(octets[n : n + RUN], "big") for n in range(len(octets) - RUN + 1)}
