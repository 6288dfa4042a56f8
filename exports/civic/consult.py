"""`consult`: what Consult imports (i.AI), and the CSV that ThemeFinder reads alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import groupby
from typing import Any

from bot.guide import Guide
from exports.civic.plain import NUMBERS, Plain, Texts
from exports.confidentiality import Profile
from exports.folder import Folder, Sink
from exports.manifest import Warned
from exports.on_disk.known import Known
from exports.on_disk.spool import Spool
from exports.records import Participant, Record
from exports.source import Leaving
from exports.vocabulary import Question, by_name, leaving

RESPONDENTS = "inputs/respondents.jsonl"
JOINED = "Plusieurs textes d'une personne à la même question : réunis en une réponse."
Asked = tuple[str, str]  # guide, kind of contribution


class Consult:
    """One respondent for each participation, one question for each kind of contribution."""

    name, title, profiles = "consult", "Consult et ThemeFinder (i.AI)", tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        questions = _questions(source.guides.values())
        numbers = _write_respondents(folder, source, profile)
        texts, asked = Texts("inputs"), list(questions)
        with closing(numbers), closing(Spool[tuple[int, int, str]](folder.aside)) as spool:
            for count, record in enumerate(records(), start=1):
                progress(count)
                if text := texts.of(record):
                    question = asked.index((record.guide, record.kind.code))
                    number = numbers.number(record.participation) + 1
                    spool.add(question << 40 | number, (question, number, text))
            spool.sort()
            joined, defused = 0, list[Warned]()
            for n, each in groupby(spool, key=lambda one: one[0]):
                more, warned = _write_question(folder, n + 1, questions[asked[n]], each)
                joined += more
                defused += warned
        yield from texts.warnings()
        yield from defused
        if joined:
            yield Warned("inputs", None, JOINED, joined)


def _questions(guides: Any) -> dict[Asked, str]:
    """By guide and kind of contribution, the question as it was last asked."""
    found: dict[Asked, str] = {}
    for name, versions in by_name(guides).items():
        for guide in versions:
            for of in (of for section in guide.sections for of in section.contributions):
                found[name, of.kind] = _asked(guide, of.text)
    return found


def _asked(guide: Guide, step: str) -> str:
    return " ".join(guide.steps[step].question.split())


def _write_respondents(folder: Folder, source: Leaving, profile: Profile) -> Known:
    """The participations: their numbers, which begin at 1 in the files."""
    known: dict[str, list[Question]] = {}
    for question in leaving(source.guides.values(), profile):
        known.setdefault(question.guide, []).append(question)
    sink, numbers = folder.open(RESPONDENTS), Known()
    table = Plain(folder, NUMBERS, "themefinder_id", "participation")
    for one in source.participants():
        number = numbers.number(one.reference) + 1
        table.row(number, one.reference)
        _write_line(sink, {
            "themefinder_id": number,
            "supplied_respondent_id": one.reference,
            "demographics": _said(one, known.get(one.guide, ())),
        })  # fmt: skip
    return numbers


def _said(one: Participant, questions: Sequence[Question]) -> dict[str, list[str]]:
    """What the person said of themselves, under the titles that staff read."""
    titles, said = [question.title for question in questions], dict[str, list[str]]()
    for question in questions:
        if values := one.answers.get(question.step):
            alone = titles.count(question.title) == 1
            title = question.title if alone else f"{question.title} ({question.step})"
            said[title] = [value.label for value in values]
    return said


def _write_question(
    folder: Folder, number: int, text: str, responses: Iterator[tuple[int, int, str]]
) -> tuple[int, list[Warned]]:
    """The files of one question; how many texts were joined to another, and what was changed."""
    place = f"inputs/question_part_{number}"
    part = {"question_number": number, "question_text": text}
    folder.open(f"{place}/question_part.json", of_rows=False).write(
        (json.dumps(part, ensure_ascii=False, indent=1) + "\n").encode()
    )
    sink = folder.open(f"{place}/responses.jsonl")
    alone = Plain(folder, f"themefinder/question_{number}.csv", "response_id", "response")
    joined = 0
    for respondent, its in groupby(responses, key=lambda one: one[1]):
        words = [one[2] for one in its]
        joined += len(words) - 1
        whole = "\n\n".join(words)
        _write_line(sink, {"themefinder_id": respondent, "text": whole})
        alone.row(respondent, whole)
    return joined, list(alone.warnings())


def _write_line(sink: Sink, value: Mapping[str, Any]) -> None:
    sink.write((json.dumps(value, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
    sink.rows += 1
