"""A cell of the sheet: from what a contribution holds to what is written, and what it cost."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from datetime import date

import regex

from exports.fusion.mapping import Column, Mapping
from exports.fusion.sources import found, written
from exports.records import Record
from exports.tables.spreadsheet import UNSHOWN, harmless, legible

CUT = "…"
# Signs that are pictures only when something says so (©, ↔…) are left alone.
PICTURE = (
    r"(?:(?![\u00A9\u00AE\u203C\u2049\u2122\u2139\u2194-\u21AA])\p{Extended_Pictographic}"
    r"|\p{Extended_Pictographic}(?=\uFE0F))(?:[\uFE0E\uFE0F]|\p{EMod}|[\U000E0020-\U000E007F])*"
)
EMOJI = regex.compile(rf"\p{{RI}}{{2}}|{PICTURE}(?:\u200D{PICTURE}|\u200D[\u2640\u2642]\uFE0F?)*")
KEYCAP = regex.compile(r"(?<=[0-9#*])\uFE0F?\u20E3")  # the figure stays

TOO_LONG = "texte trop long, coupé"
KEPT_LONG = "texte plus long que la longueur donnée, gardé entier"
EMOJIS = "emojis retirés"
SIGNS = "signes invisibles retirés"
FORMULA = "cases qu'un tableur prendrait pour une formule, laissées telles quelles"
NEUTRAL = "apostrophe ajoutée devant ce qui ressemble à une formule"
UNKNOWN = "valeur absente de « valeurs », écrite telle quelle"
UNWRITABLE = "signes que ce codage n'a pas, remplacés par « ? »"


class Refused(Exception):
    """A line that the platform would refuse: `column` and the reason, in French."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column, self.why = column, why

    @property
    def kind(self) -> str:
        """The reason without any reference: what is counted."""
        return self.why if self.why.startswith("«") else "déjà dans le fichier"


@dataclass(slots=True)
class Losses:
    """What was changed, by column and by what: nothing is changed in silence."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    where: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    unknown: dict[str, dict[str, tuple[int, list[str]]]] = field(default_factory=dict)

    def meet(self, column: str, value: str, reference: str) -> None:
        """A value that the mapping does not know; the first ones are remembered by their name."""
        self.add(column, UNKNOWN, 1, reference)
        its, value = self.unknown.setdefault(column, {}), value[:60]
        if value in its or len(its) < 20:
            count, first = its.get(value, (0, []))
            its[value] = (count + 1, [*first, reference] if len(first) < 5 else first)

    def add(self, column: str, what: str, count: int, reference: str) -> None:
        self.counts[column, what] += count
        first = self.where.setdefault((column, what), [])
        if len(first) < 20 and reference not in first:
            first.append(reference)


def words(
    mapping: Mapping, column: Column, record: Record, themes: Names[str, str], losses: Losses
) -> str:
    """The plain words of a cell, as long as they may be. Raises Refused."""
    text = _taken(column, record, themes, losses)
    text = _clean(mapping, column, text, record, losses)
    if column.breaks == "espace":
        text = " ".join(text.split("\n"))
    text = text.strip()
    if column.required and not text:
        raise Refused(column.name, f"« {column.name} » est vide")
    if column.longest is not None and len(text) > column.longest:
        if column.too_long == "refuser":
            why = f"« {column.name} » a plus de {column.longest} signes"
            raise Refused(column.name, why)
        if column.too_long == "couper":
            losses.add(column.name, TOO_LONG, 1, record.reference)
            return shortened(text, column.longest)
        losses.add(column.name, KEPT_LONG, 1, record.reference)
    return text


def dressed(mapping: Mapping, column: Column, text: str, reference: str, losses: Losses) -> str:
    """Those words as the file holds them."""
    if column.html:
        text = html.escape(text, quote=False)
    if column.breaks == "br":
        text = text.replace("\n", "<br>")
    if (safe := harmless(text)) != text:
        neutral = mapping.formulas == "neutraliser"
        losses.add(column.name, NEUTRAL if neutral else FORMULA, 1, reference)
        text = safe if neutral else text
    if mapping.encoding != "utf-8":
        lost = sum(not one.encode(mapping.codec, "ignore") for one in text)
        if lost:
            losses.add(column.name, UNWRITABLE, lost, reference)
            text = text.encode(mapping.codec, "replace").decode(mapping.codec)
    return text


def shortened(text: str, longest: int) -> str:
    """The beginning of a text, at the end of a word when there is one."""
    if len(text) <= longest:
        return text
    kept = text[: max(longest - len(CUT), 0)]
    head, space, _ = kept.rpartition(" ")
    return ((head if space and len(head) > longest // 2 else kept).rstrip() + CUT)[:longest]


def _taken(column: Column, record: Record, themes: Names[str, str], losses: Losses) -> str:
    if column.constant is not None:
        return column.constant
    for path in column.paths:
        value = found(path, record, themes)
        if isinstance(value, date):
            return f"{value:%d/%m/%Y}" if column.date == "JJ/MM/AAAA" else value.isoformat()
        if not value:
            continue
        pieces = written(path, value)
        if column.values:
            for n, coded in enumerate(value):
                key = coded.code if coded.code in column.values else pieces[n]
                if key not in column.values and column.otherwise is None:
                    losses.meet(column.name, pieces[n], record.reference)
                pieces[n] = column.values.get(
                    key, pieces[n] if column.otherwise is None else column.otherwise
                )
        return "|".join(pieces)
    return ""


def _clean(mapping: Mapping, column: Column, text: str, record: Record, losses: Losses) -> str:
    if text.isascii() and text.isprintable():
        return text
    if unseen := len(UNSHOWN.findall(text)):
        losses.add(column.name, SIGNS, unseen, record.reference)
    text = legible(text)
    if mapping.emojis == "retirer":
        text, keys = KEYCAP.subn("", text)
        text, pictures = EMOJI.subn("", text)
        if keys + pictures:
            losses.add(column.name, EMOJIS, keys + pictures, record.reference)
            text = regex.sub(" {2,}", " ", text)
    return text
