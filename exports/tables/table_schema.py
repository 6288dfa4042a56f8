"""Table Schema: what each column of a table may hold, so that others can check it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from exports.columns import Column, Kind, Table
from exports.confidentiality import Profile
from exports.vocabulary import Question

Asked = Mapping[tuple[str, str], Question]

TYPES: Mapping[Kind, dict[str, str]] = {
    Kind.TEXT: {"type": "string"},
    Kind.TEXTS: {"type": "string"},
    Kind.CODE: {"type": "string"},
    Kind.CODES: {"type": "string"},
    Kind.CHOICE: {"type": "string"},
    Kind.CHOICES: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.FLAG: {"type": "integer"},
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DAY: {"type": "date", "format": "default"},
}
EXAMPLES: Mapping[Kind, object] = {Kind.FLAG: 1, Kind.BOOLEAN: "true", Kind.DAY: "2022-03-04"}
NAMED: Mapping[str, object] = {  # an example, for columns whose kind says too little
    "participation": "K7QF-3M2P",
    "contribution": "P-000124",
    "merged_into": "P-000098",
    "guide": "cese-2022",
    "version": "1",
    "versions": "1|2",
    "channel": "web",
    "origin": "affiche-lyon",
    "helped_by": "Éducatrice spécialisée",
    "helper_session": "h4k2",
    "topic": "salaire",
    "topic_label": "Le salaire",
    "title": "Du temps pour écouter",
    "text": "Il faut plus de temps pour chaque personne.",
    "title_as_typed": "Du temps pour écouter",
    "text_as_typed": "Il faut plus de temps pour chaque personne.",
    "public": "etudiants|formateurs",
    "public_label": "Étudiants|Formateurs",
    "round": 0,
    "reason": "doublon",
    "themes": "Temps de travail|Salaire",
    "question": "metier",
    "column": "cese_2022__metier",
    "section": "Vous",
    "unit": "ans",
    "code": "educateur",
    "label": "Éducateur ou éducatrice",
    "number": 1,
    "questions.title": "Métier",
    "questions.text": "Quel est votre métier ?",
}
PUBLISHED = {"participation": "A-7F3KQ2M9XA", "contribution": "P-7F3KQ2M9XA",
             "merged_into": "P-8G4MR3N0YB"}  # fmt: skip
REFERENCES = {  # of contributions: as we give them, as they are published
    Profile.PUBLIC: r"[EP]-[0-9A-Z]{10}",
    Profile.PARTNER: r"[EP]-[0-9]{6,}",
    Profile.INTERNAL: r"[EP]-[0-9]{6,}",
}


def fields(table: Table[Any], profile: Profile, asked: Asked) -> Iterator[dict[str, Any]]:
    """The fields of a table as it is in CSV, in French."""
    for column in table.columns:
        if not column.jsonl_only:
            question = asked.get((column.guide or "", column.step or ""))
            its = None if column.name.endswith(("__version", "__on")) else question
            constraints = dict(_constraints(column, profile, its, key=column is table.columns[0]))
            said = {
                "name": column.name,
                **TYPES[column.kind],
                "title": column.title,
                "description": column.meaning,
                "example": _example(table, column, profile, its, constraints),
            }
            yield said | ({"constraints": constraints} if constraints else {})


def _constraints(
    column: Column[Any], profile: Profile, question: Question | None, *, key: bool
) -> Iterator[tuple[str, object]]:
    if column.always:
        yield "required", True
    if key and column.name in ("participation", "contribution"):
        yield "unique", True
    if column.name in ("contribution", "merged_into"):
        yield "pattern", f"^{REFERENCES[profile]}$"
    codes = _codes(column, question)
    match column.kind:
        case Kind.FLAG:
            yield "enum", [0, 1]
        case Kind.CHOICE if codes:
            yield "enum", codes
        case Kind.CHOICES if codes:
            one = "|".join(map(re.escape, codes))
            yield "pattern", rf"^({one})(\|({one}))*$"
        case Kind.INTEGER if question and question.number:
            if question.at_least is not None:
                yield "minimum", question.at_least
            if question.at_most is not None:
                yield "maximum", question.at_most
        case Kind.INTEGER if column.name == "round":
            yield "minimum", 0


def _codes(column: Column[Any], question: Question | None) -> list[str]:
    """The only codes possible. A number typed where others chose a bracket may be any."""
    if column.codes is not None:
        return list(column.codes)
    if question is None or question.kind == "number":
        return []
    return [one.code for one in question.categories]


def _example(
    table: Table[Any],
    column: Column[Any],
    profile: Profile,
    question: Question | None,
    constraints: Mapping[str, Any],
) -> object:
    if "enum" in constraints:
        return constraints["enum"][0]
    if question and not question.number and question.categories and column.kind is Kind.CHOICES:
        return question.categories[0].code
    if question and column.kind is Kind.INTEGER:
        return constraints.get("minimum", 1)
    if profile is Profile.PUBLIC and column.name in PUBLISHED:
        return PUBLISHED[column.name]
    named = NAMED.get(f"{table.name}.{column.name}", NAMED.get(column.name, "1"))
    return EXAMPLES.get(column.kind, named)
