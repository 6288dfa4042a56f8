"""Who plays: each person's public, habits and texts, drawn from a fixed seed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

OWN = Path(__file__).with_name("texts.csv")
REAL = Path("../shared/data/contributions_reelles.csv")
PUBLICS = ("professionnel", "accompagnée", "étudiant", "formateur", "proche", "Autre")
MOVES = ("aide", "pourquoi", "répéter", "plus simple", "mes réponses", "qui êtes-vous",
         "mes données", "retour", "corriger", "passer", "je ne sais pas", "pause", "*reload",
         "*stale", "*odd")  # fmt: skip
ENDINGS = ("erases", "whole", "early", "whole", "leaves", "whole", "deletes", "whole", "stops",
           "whole", "declines", "whole", "young", "whole")  # fmt: skip
RARE = frozenset({"leaves", "declines", "young", "erases", "deletes"})  # two of each at most


@dataclass(frozen=True, slots=True)
class Character:
    """What a person is like, before the first word."""

    number: int
    guide: str
    public: str
    ending: str
    rounds: int
    typing: float  # the share of buttons they rather type
    moves: tuple[str, ...]
    texts: tuple[str, ...]  # what they have to say, in order


def read_texts(file: Path | None) -> tuple[str, ...]:
    """The column `texte` of a CSV, each text once; by default the real ones, else ours."""
    chosen = file or (REAL if REAL.is_file() else OWN)
    with chosen.open(encoding="utf-8-sig", newline="") as lines:
        found = [row["texte"] for row in csv.DictReader(lines)]
    return tuple(dict.fromkeys(text for text in found if any(c.isalnum() for c in text)))


def crowd(count: int, texts: tuple[str, ...], seed: int = 2022) -> Iterator[Character]:
    """So many people: every public, both guides, every way to end.

    Those who erase say texts that nobody else says, so that none may be found afterwards.
    """
    draw = Random(seed)
    shuffled = list(texts)
    draw.shuffle(shuffled)
    endings = _endings(count)
    each = max(2, min(24, len(shuffled) // (3 * sum(e in ("erases", "deletes") for e in endings))))
    reserved = iter([shuffled.pop() for _ in range(min(len(shuffled) // 2, 4 * each))])
    place = 0
    for number, ending in enumerate(endings):
        if ending in ("erases", "deletes"):
            own = tuple(text for _, text in zip(range(each), reserved, strict=False))
        else:
            own = tuple(shuffled[(place + n) % len(shuffled)] for n in range(24))
            place += 9
        yield Character(
            number,
            "assises" if number % 7 == 3 else "cese-2022",
            PUBLICS[(number + number // len(PUBLICS)) % len(PUBLICS)],
            ending,
            1 + draw.randrange(3) if ending == "whole" else 1,
            draw.choice((0.0, 0.3, 0.8)),
            tuple(draw.sample(MOVES, 5)),
            own,
        )


def _endings(count: int) -> list[str]:
    left = {ending: 2 if ending not in ("erases", "deletes") else 1 for ending in RARE}
    endings = []
    for number in range(count):
        ending = ENDINGS[number % len(ENDINGS)]
        if ending in RARE and not left[ending]:
            ending = "early" if number % 2 else "whole"
        elif ending in RARE:
            left[ending] -= 1
        endings.append(ending)
    return endings
