"""The names of one kind of thing (jobs, structures, diplomas), found in words as people type."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from nlu.components.normaliser import Word, normalised
from nlu.words import listed, unaccented

FOLDER = Path(__file__).parent
ENDING = re.compile(r"(?<=\w{3})[esx]{1,40}$")
SHORTEST_STEM = 6  # « deaes » and « deass » are initials
ONE_SLIP, TWO_SLIPS = 6, 10  # letters from which one or two typing slips are forgiven
NOT_A_SLIP = listed(
    "animation direction education formation infirmerie mediation moniteurs former directement "
    "aidant aidante aidants secretariat polyvalent insertion inserer preventions cadres cuisine "
    "mandat mandats coordination assistance assister centres maison social sociale domicile "
    "prisons priser enfance enfant accueillir hospice hopitaux psychologie lycees master collegue "
    "collegues"
)
WORK_BEFORE = listed("suis sui comme que metier poste etudiante etudiant formation eleve apprenti "
                     "apprentie stagiaire job boulot fonction")  # fmt: skip
PLACE_BEFORE = listed("en une un dans au la le")
AFTER_JOB = listed("en dans a au depuis chez de du d")


class Named(NamedTuple):
    """A name found: the rows' code and label, and the words that say it."""

    code: str
    label: str
    first: int
    last: int


class Names:
    """The rows of one file, made ready to be searched."""

    def __init__(self, file: str, before: frozenset[str]) -> None:
        self.before = before
        self.labels: dict[str, str] = {}
        self.diplomas: dict[str, str] = {}
        self.words: set[str] = set()
        self.forms: dict[tuple[str, ...], str] = {}
        self.initials: dict[str, str] = {}
        for row in _rows(file):
            code = row["code"]
            self.labels[code] = row["label"]
            if diploma := row.get("diploma"):
                self.diplomas[code] = diploma
            for form in row["forms"].split("|"):
                written = [word.text for word in normalised(form)]
                self.words.update(written)
                self.forms[tuple(map(stem, written))] = code
            for form in filter(None, (row["initials"] or "").split("|")):
                self.initials[form.lower()] = code
        self.longest = max(map(len, self.forms))
        self.letters: dict[str, list[str]] = defaultdict(list)
        for word in sorted({word for form in self.forms for word in form}):
            if len(word) >= ONE_SLIP - 1:
                self.letters[word[0]].append(word)
        self.known = frozenset(word for form in self.forms for word in form)
        self.corrected = lru_cache(maxsize=4_096)(self._corrected)

    def find(self, text: str, words: Sequence[Word]) -> Iterator[Named]:
        """The longest name at each place, without overlaps."""
        stems = [self.corrected(word.text) for word in words]
        shouted = not any(c.islower() for c in text)
        at = 0
        while at < len(words):
            for size in range(min(self.longest, len(words) - at), 0, -1):
                if code := self.forms.get(tuple(stems[at : at + size])):
                    break
            else:
                size, code = 1, self._initials(text, words, at, shouted=shouted)
            if code:
                yield Named(code, self.labels[code], at, at + size - 1)
            at += size

    def _initials(self, text: str, words: Sequence[Word], at: int, *, shouted: bool) -> str | None:
        """« ES », « ME »: in capitals, or beside a word that speaks of work."""
        word = words[at]
        typed = unaccented(text[word.start : word.end])
        code = self.initials.get(typed)
        if not code or (text[word.start : word.end].isupper() and not shouted):
            return code
        before = words[at - 1].text if at else ""
        after = words[at + 1].text if at + 1 < len(words) else ""
        if before in self.before and (len(typed) > 2 or before in WORK_BEFORE):
            return code
        return code if not before and after in AFTER_JOB and self.before is WORK_BEFORE else None

    def _corrected(self, word: str) -> str:
        """The stem of a word, or of the only known word it can be a slip of."""
        found = stem(word)
        if found in self.known or len(found) < ONE_SLIP or word in NOT_A_SLIP:
            return found
        most = 2 if len(found) >= TWO_SLIPS else 1
        near = [known for known in self.letters[found[0]] if near_enough(known, found, most)]
        return near[0] if len(near) == 1 else found


def stem(word: str) -> str:
    """Without the endings of feminine and plural."""
    return ENDING.sub("", word) if len(word) >= SHORTEST_STEM or word == "jeune" else word


def near_enough(one: str, other: str, most: int) -> bool:
    """Whether at most `most` slips (a letter more, less, changed, two swapped) part two words."""
    if abs(len(one) - len(other)) > most:
        return False
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, typed in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != typed))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == typed:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return False
    return row[-1] <= most


@cache
def jobs() -> Names:
    return Names("jobs.csv", WORK_BEFORE)


@cache
def structures() -> Names:
    return Names("structures.csv", PLACE_BEFORE)


@cache
def diplomas() -> Names:
    return Names("diplomas.csv", frozenset())


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
