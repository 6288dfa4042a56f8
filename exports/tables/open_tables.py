"""The four tables that the open formats share: contributions, participations, questions, codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bot.guide import Guide
from exports.code_names import KINDS
from exports.columns import Column, Kind, Table, coded
from exports.confidentiality import Profile
from exports.records import Record
from exports.source import Leaving
from exports.tables import contribution_table, participations
from exports.vocabulary import Category, Question, every, questions

EVERY_SO_OFTEN = 100  # records between two words about progress


@dataclass(frozen=True, slots=True)
class Linked:
    """A table, its rows, what tells two rows apart, and the table that a row leads to."""

    table: Table[Any]
    rows: Callable[[], Iterator[Any]]
    key: tuple[str, ...]
    leads: tuple[tuple[str, ...], str] | None = None  # its columns, and the table of that key
    about: str = ""


class Choice(NamedTuple):
    """One possible code of one question."""

    question: Question
    category: Category


def linked(
    source: Leaving,
    profile: Profile,
    records: Callable[[], Iterator[Record]],
    progress: Callable[[int], None],
) -> tuple[Linked, ...]:
    """The tables in this profile, each after those that it leads to."""
    guides = tuple(source.guides.values())
    asked = every(guides, profile)
    choices = [Choice(one, category) for one in asked for category in one.categories]

    def counted() -> Iterator[Record]:
        count = 0
        for count, record in enumerate(records(), start=1):
            yield record
            if count % EVERY_SO_OFTEN == 0:
                progress(count)
        progress(count)

    return (
        Linked(
            _questions(guides, profile), lambda: iter(asked), ("guide", "question"),
            about="Les questions posées, avec toutes leurs versions.",
        ),
        Linked(
            CHOICES, lambda: iter(choices), ("guide", "question", "code"),
            (("guide", "question"), "questions"), "Ce que veut dire chaque code d'une réponse.",
        ),
        Linked(
            participations.table(guides, profile), source.participants, ("participation",),
            about="Une ligne par personne qui a suivi un questionnaire une fois.",
        ),
        Linked(
            contribution_table.table(guides, profile, source.snapshot.codebook), counted,
            ("contribution",), (("participation",), "participations"),
            "Une ligne par expérience ou proposition.",
        ),
    )  # fmt: skip


def _questions(guides: Sequence[Guide], profile: Profile) -> Table[Question]:
    """With the column that holds the answers, when there is one in this profile."""
    columns = {(one.guide, one.step): one.name for one in questions(guides, profile)}
    column: Column[Question] = Column(
        "column", "Colonne", "La colonne des réponses, dans les participations. Vide : il n'y en a "
        "pas.", Kind.TEXT, lambda q: columns.get((q.guide, q.step)),
    )  # fmt: skip
    return Table("questions", "Questions", (*QUESTION, column))


QUESTION: tuple[Column[Question], ...] = (
    Column("guide", "Guide", "Le questionnaire.", Kind.TEXT, lambda q: q.guide, always=True),
    Column("question", "Question (nom)", "Le nom de la question.",
           Kind.TEXT, lambda q: q.step, always=True),
    Column("section", "Partie", "La partie du questionnaire.",
           Kind.TEXT, lambda q: q.section, always=True),
    Column("kind", "Sorte", "La sorte de question.",
           Kind.CHOICE, lambda q: coded(q.kind, KINDS), always=True, codes=KINDS),
    Column("title", "Nom court", "Le nom court de la question.",
           Kind.TEXT, lambda q: q.title, always=True),
    Column("text", "Texte", "La question, comme elle est posée dans la dernière version.",
           Kind.TEXT, lambda q: q.text, always=True),
    Column("unit", "Unité", "L'unité des nombres.", Kind.TEXT, lambda q: q.unit or None),
    Column("several", "Plusieurs", "Oui si plusieurs codes sont possibles à la fois.",
           Kind.BOOLEAN, lambda q: q.several, always=True),
    Column("versions", "Versions", "Les versions qui la posent, séparées par « | ».",
           Kind.TEXTS, lambda q: q.asked_in, always=True),
)  # fmt: skip

CHOICES: Table[Choice] = Table(
    "modalites", "Modalités", (
        Column("guide", "Guide", "Le questionnaire.",
               Kind.TEXT, lambda c: c.question.guide, always=True),
        Column("question", "Question (nom)", "Le nom de la question.",
               Kind.TEXT, lambda c: c.question.step, always=True),
        Column("code", "Code", "Le code, comme dans les réponses.",
               Kind.TEXT, lambda c: c.category.code, always=True),
        Column("label", "Libellé", "Ce que le code veut dire.",
               Kind.TEXT, lambda c: c.category.label, always=True),
        Column("number", "Numéro", "Le même code, en nombre : celui des fichiers SPSS et DDI.",
               Kind.INTEGER, lambda c: c.category.number, always=True),
    ),
)  # fmt: skip
