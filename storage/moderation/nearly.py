"""Which texts are nearly the same, among a hundred thousand: groups, in seconds.

Comparing every pair would take days. Two texts that are nearly the same share rare runs of words:
each one is compared only with the first texts of groups that share some of its rarest ones.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from heapq import nsmallest

from rapidfuzz import fuzz

from storage.search.stems import words

RUN = 3  # words
RAREST = 24  # runs by which a text is looked for
SHARED = 2  # of them, to be worth comparing
KEPT = 40  # groups remembered for a run
COMPARED = 8  # groups compared with a text, the likeliest first
ALIKE = 85  # of 100: less is not nearly the same
ROOM = 1 << 25  # places where runs are counted: two may share one, which costs nothing but time

Said = tuple[int, str, str]  # its number, what it may be compared within, its text


def plain(text: str) -> str:
    """The words of a text, without what nobody hears: capitals, accents, marks."""
    return " ".join(words(text))


def likeness(one: str, other: str) -> int:
    """How near two plain texts are; 100: the same words, 0: not nearly the same."""
    if one == other:
        return 100
    return min(99, round(fuzz.ratio(one, other, score_cutoff=ALIKE)))


def groups(
    every: Callable[[], Iterable[Said]], text_of: Callable[[int], str]
) -> list[tuple[int, ...]]:
    """The groups of two and more, the largest first. `every` is gone through twice, in order.

    A text joins the first one that it is near to: nobody is in a group by going between.
    """
    counts = bytearray(ROOM)
    same: dict[int, int] = {}
    for number, family, text in every():
        said = plain(text)
        if said and same.setdefault(hash((family, said)), number) == number:
            for run in _runs(family, said):
                if counts[run] < 255:
                    counts[run] += 1
    return _joined(every(), text_of, counts)


def _joined(
    every: Iterable[Said], text_of: Callable[[int], str], counts: bytearray
) -> list[tuple[int, ...]]:
    same: dict[int, int] = {}  # the same words: the first text of its group
    begun: dict[int, list[int]] = defaultdict(list)  # a run: the first texts that have it
    found: dict[int, list[int]] = defaultdict(list)
    first_said = lru_cache(maxsize=4096)(lambda number: plain(text_of(number)))
    for number, family, text in every:
        said = plain(text)
        if not said:
            continue
        key = hash((family, said))
        first = same.get(key)
        if first is None:
            rare = nsmallest(RAREST, ((counts[r], r) for r in _runs(family, said) if counts[r] > 1))
            first = _nearest(said, (run for _, run in rare), begun, first_said)
            same[key] = number if first is None else first
            if first is None:
                for _, run in rare:
                    if len(begun[run]) < KEPT:
                        begun[run].append(number)
        if first is not None:
            found[first].append(number)
    those = ((first, *others) for first, others in found.items())
    return sorted(those, key=lambda one: (-len(one), one))


def _nearest(
    said: str, rare: Iterable[int], begun: dict[int, list[int]], said_by: Callable[[int], str]
) -> int | None:
    shared: Counter[int] = Counter()
    runs = 0
    for run in rare:
        runs += 1
        shared.update(begun.get(run, ()))
    likely = [n for n, count in shared.most_common(COMPARED) if count >= min(SHARED, runs)]
    scored = ((likeness(said, said_by(n)), -n) for n in likely)
    score, first = max(scored, default=(0, 0))
    return -first if score else None


def _runs(family: str, said: str) -> set[int]:
    parts = said.split(" ")
    if len(parts) <= RUN:
        return {hash((family, said)) % ROOM}
    return {hash((family, *run)) % ROOM for run in _windows(parts)}


def _windows(parts: list[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(parts[n:] for n in range(RUN)), strict=False)
