"""The data dictionary: every column of every file, every question and every code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.guide import Department, Guide, Number
from exports.code_names import KINDS
from exports.columns import Column, Kind, Table, coded
from exports.runs import asking, named
from exports.tables.formats import Format

ENTRIES = {"column": "Colonne", "section": "Partie", "question": "Question", "code": "Code"}
TYPES = {
    Kind.TEXT.value: "texte",
    Kind.TEXTS.value: "textes",
    Kind.CODE.value: "code",
    Kind.CODES.value: "codes",
    Kind.CHOICE.value: "un choix",
    Kind.CHOICES.value: "plusieurs choix",
    Kind.INTEGER.value: "nombre entier",
    Kind.FLAG.value: "0 ou 1",
    Kind.BOOLEAN.value: "oui ou non",
    Kind.DAY.value: "date",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the dictionary."""

    entry: str
    file: str | None = None
    column: str | None = None
    meaning: str | None = None
    type: str | None = None
    unit: str | None = None
    guide: str | None = None
    version: str | None = None
    step: str | None = None
    kind: str | None = None
    question: str | None = None
    code: str | None = None
    label: str | None = None


COLUMNS: tuple[Column[Entry], ...] = (
    Column("entry", "Ligne",
           "Ce que la ligne décrit : une colonne, une partie, une question ou un code.",
           Kind.CHOICE, lambda e: coded(e.entry, ENTRIES), always=True, codes=ENTRIES),
    Column("file", "Fichier", "Le fichier de la colonne.", Kind.TEXT, lambda e: e.file),
    Column("column", "Colonne", "Le titre de la colonne.", Kind.TEXT, lambda e: e.column),
    Column("meaning", "Sens", "Ce que la colonne contient.", Kind.TEXT, lambda e: e.meaning),
    Column("type", "Type", "Le type de la colonne.",
           Kind.CHOICE, lambda e: coded(e.type, TYPES) if e.type else None, codes=TYPES),
    Column("unit", "Unité", "L'unité des nombres.", Kind.TEXT, lambda e: e.unit or None),
    Column("guide", "Guide", "Le questionnaire.", Kind.TEXT, lambda e: e.guide),
    Column("version", "Version", "La version du questionnaire.", Kind.TEXT, lambda e: e.version),
    Column("step", "Question (nom)", "Le nom de la question.", Kind.TEXT, lambda e: e.step),
    Column("kind", "Sorte", "La sorte de question.",
           Kind.CHOICE, lambda e: coded(e.kind, KINDS) if e.kind else None, codes=KINDS),
    Column("question", "Question", "Le texte de la question, dans cette version.",
           Kind.TEXT, lambda e: e.question),
    Column("code", "Code", "Un code possible.",
           Kind.CODE, lambda e: coded(e.code, {e.code: e.label or e.code}) if e.code else None),
    Column("label", "Libellé", "Ce que le code veut dire, ou le nom court de la question.",
           Kind.TEXT, lambda e: e.label),
)  # fmt: skip


TABLE = Table("dictionary", "Dictionnaire", COLUMNS)
PLACES = "Codes officiels des départements (Insee), de 01 à 976."


def entries(
    tables: Sequence[Table[Any]], guides: Sequence[Guide], format: Format
) -> Iterator[Entry]:
    """The lines about these tables, then those about the questions of these guides."""
    for table in tables:
        for column in table.columns:
            if column.jsonl_only and not format.lists:
                continue
            file, name = format.file_name(table), format.header(column)
            yield Entry("column", file, name, column.meaning, column.kind.value, column.unit,
                        guide=column.guide, step=column.step)  # fmt: skip
            for code, label in (column.codes or {}).items():
                yield Entry("code", file, name, code=code, label=label)
    for guide in guides:
        for section in guide.sections:
            yield Entry("section", guide=guide.guide, version=guide.version,
                        code=section.id, label=section.title)  # fmt: skip
            for step in asking(section):
                unit = step.unit if isinstance(step, Number) else None
                meaning = PLACES if isinstance(step, Department) else None
                yield Entry("question", meaning=meaning, unit=unit, guide=guide.guide,
                            version=guide.version, step=step.id, kind=step.kind,
                            question=step.question, label=named(step))  # fmt: skip
                for option in step.options:
                    yield Entry("code", guide=guide.guide, version=guide.version, step=step.id,
                                code=option.value, label=option.label)  # fmt: skip
