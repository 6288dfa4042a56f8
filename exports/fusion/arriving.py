"""Reads the export of another platform: which of its columns say what, in a file of staff."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StrictStr

from bot.curated import Outside
from exports.canonical import canonical
from exports.fusion.export_lines import Layout, rows
from exports.fusion.mapping import Header, Trouble, Written
from exports.fusion.mapping_file import read_as
from exports.tables.spreadsheet import UNSHOWN

OUR_CHANNELS = ("chatbot", "web", "telegram", "terminal")
LONGEST_ID = 200
LONGEST = 200_000  # signs of a text
BREAKS = frozenset({"p", "br", "li", "div", "h1", "h2", "h3", "h4", "tr"})

NO_ID = "sans identifiant"
TWICE = "identifiant déjà lu plus haut"
NO_TEXT = "sans texte"
TOO_LONG = "identifiant ou texte trop long"
NO_KIND = "type absent de « types »"
NO_DAY = "jour illisible, laissé vide"
Kind = Literal["experience", "proposal"]


class Arriving(Written):
    """Which columns of an export are read. None of them says who the author is."""

    source: str = Field(
        pattern=r"^[a-z][a-z0-9-]{1,39}$", description="Le nom court de la plateforme."
    )
    sheet: str | None = Field(None, alias="feuille", description="La feuille d'un classeur XLSX.")
    separator: Literal["auto", ";", ",", "|", "tabulation"] = Field(
        "auto", alias="separateur", description="Ce qui sépare les colonnes d'un CSV."
    )
    encoding: Literal["auto", "utf-8", "windows-1252"] = Field(
        "auto", alias="encodage", description="L'encodage des lettres d'un CSV."
    )
    id: Header = Field(alias="identifiant", description="La colonne de l'identifiant.")
    text: Annotated[tuple[Header, ...], Field(min_length=1)] = Field(
        alias="texte", description="La ou les colonnes du texte, mises l'une après l'autre."
    )
    title: Header | None = Field(None, alias="titre", description="La colonne du titre.")
    topic: Header | None = Field(None, alias="sujet", description="La colonne du sujet.")
    day: Header | None = Field(None, alias="jour", description="La colonne du jour.")
    date: Literal["AAAA-MM-JJ", "JJ/MM/AAAA"] = Field(
        "AAAA-MM-JJ", description="Comment le jour est écrit ; l'heure qui suit est ignorée."
    )
    kind: Kind = Field("proposal", alias="type", description="Ce que sont ces contributions.")
    kind_column: Header | None = Field(
        None, alias="colonne_type", description="La colonne qui le dit, s'il y en a plusieurs."
    )
    kinds: dict[StrictStr, Kind] = Field(
        {}, alias="types", description="Ce que veut dire chaque valeur de cette colonne."
    )
    only: dict[StrictStr, tuple[StrictStr, ...]] = Field(
        {}, alias="garder", description="Les lignes à lire : pour une colonne, ses valeurs."
    )
    html: bool = Field(False, description="Le texte est du HTML : ses balises sont retirées.")

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that has to be there."""
        several = (self.title, self.topic, self.day, self.kind_column)
        named = (self.id, *self.text, *(one for one in several if one), *self.only)
        return tuple(dict.fromkeys(named))


def troubles(mapping: Arriving) -> Iterator[Trouble]:
    """What each line says alone, but not with the others."""
    if mapping.source in OUR_CHANNELS:
        yield (
            ("source",), f"« {mapping.source} » est déjà le nom d'un de nos canaux",
            "Choisissez un autre nom, par exemple « plateforme ».",
        )  # fmt: skip
    if bool(mapping.kinds) != bool(mapping.kind_column):
        yield (
            ("types" if mapping.kinds else "colonne_type",),
            "« types » et « colonne_type » vont ensemble", "Ajoutez celle qui manque.",
        )  # fmt: skip


def read_arriving(source: str, name: str) -> Arriving:
    """The mapping written in `source`. Raises ExportError."""
    return read_as(Arriving, source, name, troubles)


def model_text() -> str:
    """A mapping to start from."""
    return (resources.files("exports.fusion") / "arrivals" / "cap-collectif.yml").read_text("utf-8")


@dataclass(slots=True)
class Reading:
    """What was read of a file, and what was not."""

    read: int = 0
    lines: int = 0
    left: Counter[str] = field(default_factory=Counter)  # by reason
    first: dict[str, int] = field(default_factory=dict)  # by reason, a line of the file

    def leave(self, why: str) -> None:
        self.left[why] += 1
        self.first.setdefault(why, self.lines + 1)


def contributions(file: Path, mapping: Arriving, reading: Reading) -> Iterator[Outside]:
    """The contributions of an export, streamed; `reading` tells what was left.

    Raises ExportError.
    """
    layout = Layout(mapping.separator, mapping.encoding, mapping.sheet, mapping.date)
    seen: set[str] = set()
    for row in rows(file, mapping.columns, layout):
        reading.lines += 1
        if any(row[column].strip() not in values for column, values in mapping.only.items()):
            reading.leave("ligne écartée par « garder »")
            continue
        id = " ".join(_clean(row[mapping.id]).split())
        text = "\n\n".join(one for one in (_words(row[c], mapping) for c in mapping.text) if one)
        kind = mapping.kinds.get(row[mapping.kind_column].strip()) if mapping.kind_column else None
        if why := _wrong(id, text, seen):
            reading.leave(why)
        elif mapping.kind_column and kind is None:
            reading.leave(NO_KIND)
        else:
            seen.add(id)
            reading.read += 1
            yield Outside(
                mapping.source,
                id,
                kind or mapping.kind,
                text,
                _line(row, mapping.title, mapping),
                _line(row, mapping.topic, mapping),
                _day(row, mapping, reading),
            )


def _wrong(id: str, text: str, seen: set[str]) -> str | None:
    if not id:
        return NO_ID
    if id in seen:
        return TWICE
    if not text:
        return NO_TEXT
    return TOO_LONG if len(id) > LONGEST_ID or len(text) > LONGEST else None


def _line(row: Mapping[str, str], column: str | None, mapping: Arriving) -> str:
    return " ".join(_words(row[column], mapping).split())[:1000] if column else ""


def _day(row: Mapping[str, str], mapping: Arriving, reading: Reading) -> date | None:
    written = row[mapping.day].strip() if mapping.day else ""
    if not written:
        return None
    try:
        if mapping.date == "JJ/MM/AAAA":
            return datetime.strptime(written[:10], "%d/%m/%Y").date()  # noqa: DTZ007 - a day
        return date.fromisoformat(written[:10])
    except ValueError:
        reading.leave(NO_DAY)
        return None


def _words(written: str, mapping: Arriving) -> str:
    return _clean(_untagged(written) if mapping.html else written).strip()


def _clean(text: str) -> str:
    return UNSHOWN.sub("", canonical(text))


class _Untagged(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002
        if tag in BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def _untagged(written: str) -> str:
    reading = _Untagged()
    reading.feed(written)
    reading.close()
    return re.sub(r"\n\s*\n+", "\n", "".join(reading.words))
