"""Compares what people typed with what the exports hold."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.person import Person

Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The figures of the comparison, and everything that is not as it should be."""

    expected: int
    found: int
    missing: int
    extra: int
    erased: int
    erased_found: int
    publics: Counter[str]
    guides: Counter[str]
    rows: tuple[tuple[str, int], ...]
    faults: tuple[str, ...]


def check(out: Path, people: Sequence[Person], *, alone: bool) -> Found:
    """`alone`: nobody else answered, so nothing else may be there."""
    agreed = [person for person in people if person.who.ending not in ("declines", "young")]
    staying = {person.reference: person for person in agreed if not person.erased}
    unwilling = {person.reference for person in people} - {p.reference for p in agreed}
    gone = [person for person in people if person.erased]
    exported = out / "jsonl" / "jsonl"
    answers = [line for line in _lines(exported / "answers.jsonl") if alone or _in(line, staying)]
    runs = list(_lines(exported / "participations.jsonl"))
    made = [line for line in _lines(exported / "contributions.jsonl") if _in(line, staying)]
    typed, there = _typed(staying.values()), _there(answers)
    missing, extra = typed - there, there - typed
    words = {
        text
        for person in gone
        for texts in person.kept.values()
        for text in texts
        if text in person.who.texts  # a label, or « oui », is said by others too
    }
    left = words & set(_strings([*answers, *runs, *made]))
    references = Counter(line["participation"] for line in runs)
    faults = [
        *(f"texte manquant ou changé, participation {who}" for who, _ in missing),
        *(f"texte en trop, participation {who}" for who, _ in extra),
        *(f"texte effacé retrouvé ({len(one)} signes)" for one in left),
        *(f"participation absente : {who}" for who in staying.keys() - references.keys()),
        *(f"participation sans accord : {who}" for who in unwilling & references.keys()),
        *(f"participation effacée retrouvée : {p.reference}" for p in gone
          if p.reference in references),
        *_contributions(made, staying),
        *_sums(out),
        *_csv(out / "csv" / "csv", answers, alone=alone),
    ]  # fmt: skip
    if alone and len(references) != len(staying):
        faults.append(f"{len(references)} participations au lieu de {len(staying)}")
    files = {folder.name: _rows(folder) for folder in sorted(out.iterdir())}
    if len({tuple(sorted(rows.values())) for rows in files.values()}) != 1:
        faults.append("les trois exports n'ont pas le même nombre de lignes")
    return Found(
        typed.total(),
        (typed & there).total(),
        missing.total(),
        extra.total(),
        len(words),
        len(left),
        Counter(
            code for line in answers if line["step"] == "public" for code in line["codes"] or ()
        ),
        Counter(line["guide"] for line in runs if _in(line, staying)),
        tuple(
            (f"{profile}, {name}", count)
            for profile, rows in files.items()
            for name, count in rows.items()
        ),
        tuple(faults),
    )  # fmt: skip


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield json.loads(line)


def _in(line: dict[str, Any], staying: dict[str, Person]) -> bool:
    return line["participation"] in staying


def _typed(people: Any) -> Counter[tuple[str, Parts]]:
    return Counter((p.reference, tuple(texts)) for p in people for texts in p.kept.values())


def _there(answers: Sequence[dict[str, Any]]) -> Counter[tuple[str, Parts]]:
    """As typed: the words that leave may be masked, by the person's choice."""
    return Counter(
        (one["participation"], tuple(parts)) for one in answers if (parts := one["parts_as_typed"])
    )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)


def _contributions(made: Sequence[dict[str, Any]], staying: dict[str, Person]) -> Iterator[str]:
    """Each long answer of a person who finished is a contribution, and nothing else is."""
    texts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in made:
        texts[one["participation"]][one["text_as_typed"] or ""] += 1
    for reference, person in staying.items():
        long = Counter("\n".join(person.kept[at]) for at in person.long if at in person.kept)
        if texts[reference] - long or (person.finished and long - texts[reference]):
            yield f"contributions inattendues, participation {reference}"


def _manifest(folder: Path) -> list[dict[str, Any]]:
    files: list[dict[str, Any]] = json.loads((folder / "manifest.json").read_text())["fichiers"]
    return files


def _rows(folder: Path) -> dict[str, int]:
    """The lines of each file of data; the dictionary has those of its own profile."""
    return {
        one["nom"]: one["lignes"]
        for one in _manifest(folder)
        if one["lignes"] is not None and "diction" not in one["nom"].casefold()
    }


def _sums(out: Path) -> Iterator[str]:
    for folder in out.iterdir():
        for one in _manifest(folder):
            there = hashlib.sha256((folder / one["nom"]).read_bytes()).hexdigest()
            if there != one["sha256"]:
                yield f"somme de contrôle fausse : {folder.name}/{one['nom']}"


def _csv(folder: Path, answers: Sequence[dict[str, Any]], *, alone: bool) -> Iterator[str]:
    """The open-data CSV reads back to the same words, to the last sign."""
    with (folder / "answers.csv").open(encoding="utf-8", newline="") as lines:
        read = Counter(
            (row["participation"], row["words"]) for row in csv.DictReader(lines) if row["words"]
        )
    wanted = Counter((one["participation"], one["words"]) for one in answers if one["words"])
    lost = wanted - read
    if lost or (alone and read - wanted):
        yield f"{lost.total()} textes du JSONL ne se relisent pas dans le CSV"
