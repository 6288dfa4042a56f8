"""What came from another platform, to read in a spreadsheet or a program: for the team only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from bot.curated import Matched, Outside
from exports.code_names import CONTRIBUTIONS
from exports.columns import Coded, Column, Kind, Table
from exports.tables.jsonl import JsonLines
from exports.tables.spreadsheet import legible
from exports.tables.workbook import MADE, Sheet

Said = Mapping[tuple[str, str], Matched]


@dataclass(frozen=True, slots=True)
class Received:
    """One of theirs, and those of ours that staff said to be the same."""

    one: Outside
    same: tuple[str, ...] = ()


RECEIVED: Table[Received] = Table("other-platform", "Plateforme", (
    Column("reference", "Contribution", "La plateforme et son identifiant.",
           Kind.TEXT, lambda r: r.one.reference, always=True),
    Column("platform", "Plateforme", "Son nom court.", Kind.TEXT, lambda r: r.one.source,
           always=True),
    Column("kind", "Sorte", "Expérience ou proposition.", Kind.CHOICE,
           lambda r: Coded(r.one.kind, CONTRIBUTIONS[r.one.kind]), always=True,
           codes=CONTRIBUTIONS),
    Column("title", "Titre", "Le titre.", Kind.TEXT, lambda r: r.one.title or None),
    Column("text", "Texte", "Le texte, sans balise si c'était demandé.",
           Kind.TEXT, lambda r: r.one.text),
    Column("topic", "Sujet", "Le sujet, dans les mots de la plateforme.",
           Kind.TEXT, lambda r: r.one.topic or None),
    Column("made_on", "Jour", "Le jour.", Kind.DAY, lambda r: r.one.made_on),
    Column("same_as", "La même que", "Les nôtres que l'équipe dit être la même.",
           Kind.TEXTS, lambda r: r.same),
))  # fmt: skip
PAIRS: Table[Matched] = Table("pairs", "Ressemblances", (
    Column("ours", "La nôtre", "Notre contribution.", Kind.TEXT, lambda one: one.ours),
    Column("theirs", "La leur", "Celle de la plateforme.", Kind.TEXT, lambda one: one.theirs),
    Column("same", "La même", "Ce que l'équipe a dit.", Kind.BOOLEAN, lambda one: one.same),
    Column("on", "Dit le", "Le jour.", Kind.DAY, lambda one: one.on),
))  # fmt: skip


def workbook(out: IO[bytes], folder: str, outside: Iterable[Outside], said: Said) -> int:
    """Both sheets, streamed through files of `folder`: how many of theirs."""
    import xlsxwriter

    options = {
        "constant_memory": True, "tmpdir": folder, "strings_to_formulas": False,
        "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": MADE, "title": "Reçu d'une autre plateforme"})
        first = book.add_worksheet("Lisez-moi")
        theirs, pairs = Sheet(book, RECEIVED.title, RECEIVED), Sheet(book, PAIRS.title, PAIRS)
        for one in _received(outside, said):
            theirs.write(one, one.one.reference)
        for pair in said.values():
            pairs.write(pair, pair.ours)
        lines = [
            "Ces textes viennent d'une autre plateforme. Pour votre équipe seulement.",
            f"Contributions : {theirs.rows}. Ressemblances décidées : {pairs.rows}.",
        ]
        lines += [f"{one.column} : {one.problem} ({one.count})" for one in theirs.warned()]
        first.set_column(0, 0, 100)
        for n, line in enumerate(lines):
            first.write_string(n, 0, legible(line))
        theirs.finish()
        pairs.finish()
    return theirs.rows


def json_lines(out: IO[bytes], outside: Iterable[Outside], said: Said) -> int:
    """An object for each, exact: how many."""
    count, line = 0, JsonLines().lines(RECEIVED)
    for count, one in enumerate(_received(outside, said), start=1):  # noqa: B007
        out.write(line(one)[0])
    return count


def sha256_of(file: IO[bytes]) -> str:
    """Of the whole file, that is then read from its beginning."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return digest


def _received(outside: Iterable[Outside], said: Said) -> Iterator[Received]:
    same: dict[str, list[str]] = {}
    for (ours, theirs), pair in said.items():
        if pair.same:
            same.setdefault(theirs, []).append(ours)
    for one in outside:
        yield Received(one, tuple(same.get(one.reference, ())))
