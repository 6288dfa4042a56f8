"""The short answers as numbers, one row per participation: what statistical software reads.

« Ne souhaite pas répondre » and « Passée » are numbers of their own, missing for who counts; « Pas
posée » is no number at all.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

from bot.guide import Guide
from bot.model import State
from exports.code_names import HELPED, STATES, STATUSES
from exports.confidentiality import OTHER, Profile
from exports.records import Participant
from exports.tables.participations import HIDDEN
from exports.vocabulary import AGREEMENT_NUMBERS, UNSAID, Question, by_name, questions

Cell: TypeAlias = int | str | date | None
Sort: TypeAlias = Literal["code", "number", "day", "text"]
LONGEST_NAME = 64  # bytes, for SPSS
CHANNELS: Mapping[str, int] = {"web": 1, "telegram": 2, "terminal": 3}
ANOTHER = 9  # channel
RESERVED = frozenset({
    "all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Variable:
    """One column of numbers, or of short texts that stay as they are."""

    name: str  # ASCII
    label: str
    sort: Sort
    value: Callable[[Participant], Cell]
    labels: Mapping[int, str] = field(default_factory=dict)
    missing: tuple[int, ...] = ()  # numbers that stand for no answer
    question: Question | None = None
    lost: Callable[[Participant], bool] = lambda _: False  # an answer that has no number


def variables(guides: Iterable[Guide], profile: Profile) -> tuple[Variable, ...]:
    """Every variable of this profile. Their names differ, whatever the case of their letters."""
    guides = tuple(guides)
    found = [one for one in _fixed(guides) if one.name not in HIDDEN[profile]]
    for question in questions(guides, profile):
        found += _of(question)
    return tuple(found)


def short_name(name: str) -> str:
    """A name that SPSS takes: one too long keeps its beginning and gets a mark of its own."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    if not plain[:1].isalpha() or plain.lower() in RESERVED:
        plain = f"v_{plain}"
    if len(plain) <= LONGEST_NAME and plain == plain.rstrip("_"):
        return plain
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{plain[: LONGEST_NAME - 9].rstrip('_')}_{mark}"


def _fixed(guides: Iterable[Guide]) -> Iterator[Variable]:
    names = {name: number for number, name in enumerate(by_name(guides), start=1)}
    helped = {code: number for number, code in enumerate(HELPED)}
    statuses = {code: number for number, code in enumerate(STATUSES, start=1)}

    def channel(one: Participant) -> Cell:
        return CHANNELS.get(one.channel, ANOTHER) if one.channel else None

    yield Variable("participation", "Référence de la participation", "text", lambda p: p.reference)
    yield Variable("guide", "Questionnaire", "code", lambda p: names.get(p.guide), _labels(names))
    yield Variable("version", "Version du questionnaire", "text", lambda p: p.version)
    yield Variable("channel", "Canal", "code", channel, {**_labels(CHANNELS), ANOTHER: "un autre"})
    yield Variable(
        "helped", "Qui répond", "code", lambda p: helped.get(p.helped.code) if p.helped else None,
        {number: HELPED[code] for code, number in helped.items()},
    )  # fmt: skip
    yield Variable(
        "status", "Statut", "code", lambda p: statuses.get(p.status),
        {number: STATUSES[code] for code, number in statuses.items()},
    )  # fmt: skip
    yield Variable("started_on", "Commencée le", "day", lambda p: p.started_on)
    yield Variable("active_on", "Active le", "day", lambda p: p.active_on)
    yield Variable("experiences", "Nombre d'expériences qui sortent", "number", _made("E"))
    yield Variable("proposals", "Nombre de propositions qui sortent", "number", _made("P"))


def _labels(numbers: Mapping[str, int]) -> dict[int, str]:
    return {number: name for name, number in numbers.items()}


def _made(letter: str) -> Callable[[Participant], Cell]:
    return lambda one: sum(reference.startswith(letter) for reference in one.contributions)


def _of(question: Question) -> Iterator[Variable]:
    if question.agreement:
        yield Variable(
            short_name(question.name), question.title, "code", _agreement(question),
            {one.number: one.label for one in question.categories}, question=question,
        )  # fmt: skip
        return
    unsaid = _unsaid(question)
    said = {unsaid[code]: STATES[code] for code in unsaid}
    missing = tuple(unsaid.values())
    if question.several:
        for category in question.categories:
            yield Variable(
                short_name(f"{question.name}__{category.code}"),
                f"{question.title} : {category.label}", "code",
                _chosen(question, category.code, unsaid), {0: "Non", 1: "Oui", **said}, missing,
                question,
            )  # fmt: skip
        return
    labels = {one.number: one.label for one in question.categories}
    counted = question.kind == "number" and not set(labels) - {_other(question)}
    value = _number(question, unsaid, counted=counted)
    yield Variable(
        short_name(question.name), question.title, "number" if counted else "code", value,
        {**labels, **said}, missing, question,
        lambda one: value(one) is None and bool(_answered(one, question)),
    )  # fmt: skip


def _other(question: Question) -> int | None:
    return question.number_of(OTHER.code)


def _unsaid(question: Question) -> dict[str, int]:
    """The numbers of no answer: below any number that may be answered."""
    least = min(question.at_least or 0, 0)
    by = least if any(number >= least for number in UNSAID.values()) else 0
    return {code: number + by for code, number in UNSAID.items()}


def _answered(one: Participant, question: Question) -> list[str]:
    found = one.answers.get(question.step, ()) if one.guide == question.guide else ()
    return [choice.code for choice in found]


def _silent(one: Participant, question: Question, unsaid: Mapping[str, int]) -> int | None:
    if one.guide != question.guide:
        return None
    return unsaid.get(one.unsaid.get(question.step, State.NOT_ASKED.value))


def _agreement(question: Question) -> Callable[[Participant], Cell]:
    def value(one: Participant) -> Cell:
        found = one.agreements.get(question.step) if one.guide == question.guide else None
        return AGREEMENT_NUMBERS.get(found.given) if found else None

    return value


def _chosen(
    question: Question, code: str, unsaid: Mapping[str, int]
) -> Callable[[Participant], Cell]:
    def value(one: Participant) -> Cell:
        codes = _answered(one, question)
        if not codes:
            return _silent(one, question, unsaid)
        if codes == [OTHER.code] != [code]:
            return None
        return int(code in codes)

    return value


def _number(
    question: Question, unsaid: Mapping[str, int], *, counted: bool
) -> Callable[[Participant], Cell]:
    def value(one: Participant) -> Cell:
        codes = _answered(one, question)
        if not codes:
            return _silent(one, question, unsaid)
        number = question.number_of(codes[0])
        if number is None and counted and re.fullmatch(r"-?[0-9]{1,15}", codes[0]):
            number = int(codes[0])
        return number

    return value
