"""Each text of an imported file matched to ours, each of its passages to a place in our text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from bot.curated import Coding
from exports.canonical import canonical
from exports.records import Record
from exports.refi.characters import plain
from exports.refi.counting import STANDARD, place
from exports.refi.found import Passage, Project, Text, digest
from exports.refi.naming import source_guid
from exports.refi.reading import references
from exports.refi.tally import (
    CHANGED,
    LINE_ENDS,
    NO_CODE,
    NOT_OURS,
    ON_REFUSED,
    OTHER,
    OUTSIDE,
    TOO_LONG,
    Tally,
)

LONGEST_NOTE = 10_000  # as the memory keeps it


def matched(
    project: Project,
    records: Iterable[Record],
    ids: Mapping[str, str],
    tally: Tally,
    today: date,
) -> Iterator[tuple[Record, Text, list[Coding]]]:
    passages: dict[str, list[Passage]] = defaultdict(list)
    for passage in project.passages:
        passages[passage.source].append(passage)
    by_name: dict[str, list[Text]] = defaultdict(list)
    for text in project.texts.values():
        for reference in references(text.name):
            by_name[reference].append(text)
    left = dict(project.texts)
    for record in records:
        mine = project.texts.get(source_guid(record.guide, record.reference).replace("-", ""))
        named = [one for one in by_name.get(record.reference, ()) if one is not mine]
        for text in [mine, *named] if mine else named:
            if left.pop(text.id, None) is None:
                continue
            if problem := _problem(text, record.text):
                _refuse(passages[text.id], problem, tally)
                continue
            tally.texts_known += 1
            ours = record.text or ""
            tally.texts_other_ends += text.sha256 != digest(plain(ours)[0])
            codings = []
            for passage in passages[text.id]:
                coding = _coding(project, passage, text, ours, ids, today)
                if isinstance(coding, Coding):
                    codings.append(_noted(coding, passage, tally))
                else:
                    tally.refused[coding] += 1
                    tally.notes_refused[ON_REFUSED] += len(passage.notes)
            yield record, text, codings
    for text in left.values():
        _refuse(passages[text.id], NOT_OURS, tally)
    tally.texts_refused += Counter({OTHER: project.other_sources})
    tally.refused += Counter({OTHER: project.other_codings})


def _refuse(passages: Sequence[Passage], problem: str, tally: Tally) -> None:
    tally.texts_refused[problem] += 1
    tally.refused += Counter({problem: len(passages)})
    tally.notes_refused += Counter({ON_REFUSED: sum(len(one.notes) for one in passages)})


def _problem(text: Text, ours: str | None) -> str:
    if text.problem:
        return text.problem
    mine = plain(ours or "")[0]
    same = text.sha256 == digest(mine) or text.loose == digest(mine.rstrip())
    return "" if ours and same else CHANGED


def _coding(
    project: Project, passage: Passage, text: Text, ours: str, ids: Mapping[str, str], today: date
) -> Coding | str:
    """The coding, or why it cannot be kept."""
    code = ids.get(passage.code)
    if code is None:
        return NO_CODE
    if passage.start is None or passage.end is None:
        start, end = 0, len(ours)
    else:
        raw = text.raw or plain(ours)[0]
        if not text.raw and STANDARD in project.countings:
            start, end = passage.start, passage.end
        else:
            first, last = place(raw, passage.start, passage.end, project.countings)
            if first is None:
                return LINE_ENDS if last and text.raw else OUTSIDE
            start, end = first, min(last, len(ours))
    if not 0 <= start < end <= len(ours):
        return OUTSIDE
    on = passage.on or today
    return Coding(code, start, end, passage.coder, on, "imported", ours[start:end])


def _noted(coding: Coding, passage: Passage, tally: Tally) -> Coding:
    """With what is written beside it; several notes make one, and are counted."""
    notes = [canonical(one).strip() for one in passage.notes]
    note = "\n\n".join(dict.fromkeys(one for one in notes if one))
    if len(note) > LONGEST_NOTE:
        tally.notes_refused[TOO_LONG] += len(notes)
        return coding
    tally.notes -= len(notes) - bool(note)
    return replace(coding, note=note)
