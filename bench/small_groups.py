"""What small groups cost to a published file: `python -m bench.small_groups`.

Invented persons, drawn from a fixed seed: uneven answers, as people give them, one to four
contributions each. No database: only the rule that hides.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from random import Random

from bench.figures import number, table
from exports.columns import Coded
from exports.confidentiality import K
from exports.leaving.joint_groups import Cost, JointGroups, Line, Person, line

PUBLICS = (58, 14, 10, 7, 7, 4)  # who answers, in percent
ANSWERS = (40, 25, 15, 12, 8)  # to any other question of a profile
TOPICS, WHOM, MADE = (45, 25, 18, 12), (30, 25, 20, 8, 7, 6, 4), (55, 25, 12, 8)
CASES = tuple((people, asked) for people in (300, 5_000, 25_000) for asked in (1, 2, 3, 14))


def _one(draw: Random, shares: tuple[int, ...], name: str) -> tuple[Coded, ...]:
    [place] = draw.choices(range(len(shares)), shares)
    return (Coded(f"{name}{place}", ""),)


def crowd(people: int, asked: int) -> Iterator[tuple[dict[str, tuple[Coded, ...]], list[Line]]]:
    """The answers of each person to so many published questions, and what they wrote about."""
    draw = Random(2022)
    for _ in range(people):
        chosen = {"q0": _one(draw, PUBLICS, "p")}
        chosen |= {f"q{n}": _one(draw, ANSWERS, "a") for n in range(1, asked)}
        lines: list[Line] = []
        for _ in range(1 + draw.choices(range(4), MADE)[0]):
            proposed = draw.random() < 0.5
            lines.append(line(_one(draw, TOPICS, "t"), _one(draw, WHOM, "w") if proposed else ()))
        yield chosen, lines


def cost(people: int, asked: int) -> tuple[Cost, float, int]:
    """What hiding costs; seconds to work it out; whom hiding whole profiles would hide."""
    groups = JointGroups({"g": tuple(f"q{n}" for n in range(asked))})
    persons: Counter[Person] = Counter()
    lines: Counter[tuple[Person, Line]] = Counter()
    began = time.process_time()
    for chosen, its in crowd(people, asked):
        person = groups.person("g", chosen)
        groups.count(person, its, its)
        persons[person] += 1
        lines.update((person, one) for one in its)
    groups.settle()
    seconds = time.process_time() - began
    return groups.cost(persons, lines), seconds, sum(n for n in persons.values() if n < K)


def told() -> str:
    """The table, in French."""
    rows = []
    for people, asked in CASES:
        found, seconds, alone = cost(people, asked)
        lost = [
            f"{number(100 * found.withheld[name] / found.said[name], 1)} %"
            for name in ("profil", "sujet", "pour_qui")
        ]
        whole = f"{number(100 * alone / people, 1)} %"
        rows.append((number(people), asked, *lost, whole, found.smallest or 0, number(seconds, 1)))
    head = ("Personnes", "Questions publiées", "Profil caché", "Sujet caché", "Pour qui caché",
            "Profil entier ou rien", "Plus petit groupe", "Calcul (s)")  # fmt: skip
    return f"k = {K}\n\n{table(head, rows)}"


if __name__ == "__main__":
    print(told())
