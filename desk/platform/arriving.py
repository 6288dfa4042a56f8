"""An export of another platform: from the form that says its columns, to what is read of it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bot.curated import Columns, Outside, Taken
from bot.errors import ExportError
from desk.platform.ports import Outsides
from exports.fusion.arriving import Arriving, Reading, contributions, read_arriving
from exports.fusion.export_lines import Layout
from exports.fusion.looking import Looked

IN = "in"
SHOWN = 3  # contributions
EACH, REST = 200, 0.005  # so many lines, then seconds left to those who answer
ONE = ("source", "feuille", "separateur", "encodage", "identifiant", "titre", "sujet", "jour",
       "date", "type", "colonne_type")  # fmt: skip
FIELDS = (*ONE, "texte", "suite", "html", "propositions", "experiences", "garder", "valeurs")
LONGEST = 300  # signs of a field


@dataclass(frozen=True, slots=True)
class Tried:
    """What reading the file gives."""

    lines: int
    read: int
    left: tuple[tuple[str, int, int], ...]  # why, how many, the line of the first
    taken: Taken
    first: tuple[Outside, ...]


def layout_of(given: Mapping[str, str]) -> Layout:
    """How to open the file, as far as it was chosen."""
    return Layout(
        given.get("separateur") or "auto", given.get("encodage") or "auto",
        given.get("feuille") or None,
    )  # fmt: skip


def columns_of(given: Mapping[str, str]) -> tuple[Arriving, str]:
    """What the form says, and as a file of columns. Raises ExportError."""
    said: dict[str, object] = {key: given[key] for key in ONE if given.get(key)}
    said["texte"] = [given[key] for key in ("texte", "suite") if given.get(key)]
    if given.get("html"):
        said["html"] = True
    kinds = {
        value: kind
        for key, kind in (("propositions", "proposal"), ("experiences", "experience"))
        for value in _values(given.get(key, ""))
    }
    if kinds:
        said["types"] = kinds
    if given.get("garder"):
        said["garder"] = {given["garder"]: _values(given.get("valeurs", ""))}
    written = "".join(f"{key}: {_yaml(value)}\n" for key, value in said.items())
    try:
        return read_arriving(written, "-"), written
    except ExportError as error:  # its lines are those of no file that staff know
        raise ExportError(str(error).partition(" : ")[2]) from None


def first_guess(looked: Looked, known: Iterable[Columns]) -> dict[str, str]:
    """What the form shows first: as last time if the file has these columns, else a guess."""
    for one in sorted(known, key=lambda one: one.changed_on, reverse=True):
        try:
            mapping = read_arriving(one.text, one.name)
        except ExportError:
            continue
        if set(mapping.columns) <= set(looked.heads):
            return _given(mapping)
    return {"source": "plateforme", "type": "proposal", **looked.guess()}


def read(file: Path, mapping: Arriving, outsides: Outsides) -> Tried:
    """Read it all and keep nothing. Raises ExportError."""
    reading, first = Reading(), list[Outside]()

    def seen() -> Iterator[Outside]:
        for one in gently(contributions(file, mapping, reading)):
            if len(first) < SHOWN:
                first.append(one)
            yield one

    taken = outsides.compare(mapping.source, seen())
    left = tuple((why, n, reading.first[why]) for why, n in sorted(reading.left.items()))
    return Tried(reading.lines, reading.read, left, taken, tuple(first))


def gently(found: Iterable[Outside]) -> Iterator[Outside]:
    """The same, leaving time to the conversations."""
    for n, one in enumerate(found, start=1):
        if n % EACH == 0:
            time.sleep(REST)
        yield one


def _given(mapping: Arriving) -> dict[str, str]:
    """The form that says this."""
    said = mapping.model_dump(by_alias=True, exclude_none=True)
    given = {key: str(said[key]) for key in ONE if key in said}
    given |= dict(zip(("texte", "suite"), mapping.text, strict=False))
    given["html"] = "oui" if mapping.html else ""
    for key, kind in (("propositions", "proposal"), ("experiences", "experience")):
        given[key] = " ; ".join(v for v, its in mapping.kinds.items() if its == kind)
    for column, values in islice(mapping.only.items(), 1):
        given |= {"garder": column, "valeurs": " ; ".join(values)}
    return given


def _values(written: str) -> list[str]:
    return [one.strip() for one in written.split(";") if one.strip()]


def _yaml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
