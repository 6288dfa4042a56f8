"""`archive`: everything that leaves, in one file that `parole import` puts back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from bot.curated import Coding, Decision
from bot.model import Answer, Participation, Spot
from exports.archive.lines import (
    AnswerLine,
    CodingLine,
    CurationLine,
    End,
    GuideLine,
    Head,
    Line,
    MadeLine,
    ParticipationLine,
    PartLine,
    ReadingLine,
    schema,
)
from exports.confidentiality import Profile
from exports.folder import Folder, Sink
from exports.manifest import Warned
from exports.records import Participant, Record
from exports.runs import day
from exports.source import Leaving
from exports.tables.formats import json_line

NAME = "archive.jsonl"


class Archive:
    """One JSON object per line: codebook, questionnaires, participations, what staff made."""

    name = "archive"
    title = "Archive, à remettre dans une autre base"
    profiles: tuple[Profile, ...] = (Profile.INTERNAL,)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,  # noqa: ARG002 - internal
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        sink = folder.open(NAME)
        participations = contributions = curations = 0
        _write(sink, Head(codes=source.snapshot.codebook))
        for guide in source.guides.values():
            _write(sink, GuideLine(guide=guide))
        for one in source.participants(whole=True):
            if one.run is not None:
                line = _participation(one, one.run.participation)
                participations += 1
                contributions += len(line.contributions)
                _write(sink, line)
        for count, record in enumerate(records(), start=1):
            if curation := _curation(record):
                curations += 1
                _write(sink, curation)
            progress(count)
        _write(
            sink,
            End(participations=participations, contributions=contributions, curations=curations),
        )
        about = json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"
        folder.open("archive.schema.json", of_rows=False).write(about.encode())
        yield from ()


def _write(sink: Sink, line: Line) -> None:
    """What a questionnaire does not say stays out of it; every other key is always there."""
    said = line.model_dump(mode="json", by_alias=True, exclude_unset=isinstance(line, GuideLine))
    said = {"line": line.line, **said}
    sink.write(json_line(said))
    sink.rows += 1


def _participation(one: Participant, whole: Participation) -> ParticipationLine:
    talk = whole.conversation
    return ParticipationLine(
        participation=talk.reference,
        guide=talk.guide,
        version=talk.version,
        channel=talk.channel,
        origin=talk.origin,
        helped=talk.helped,
        helper_session=talk.helper,
        status=whole.status,
        started_on=day(talk.started),
        active_on=whole.active_on,
        answers=tuple(_answer(spot, answer) for spot, answer in talk.answers.items()),
        contributions=tuple(
            MadeLine(contribution=c.reference, kind=c.kind, round=c.round, made_on=c.made_on)
            for c in whole.contributions
            if c.reference in one.contributions
        ),
    )


def _answer(spot: Spot, answer: Answer) -> AnswerLine:
    return AnswerLine(
        step=spot.step,
        round=spot.round,
        state=answer.state,
        on=day(answer.at),
        codes=answer.values,
        labels=answer.labels,
        parts=tuple(
            PartLine(text=p.text, language=p.language, beside=p.beside, origin=p.origin,
                     masked=p.masked)
            for p in answer.parts
        ),
        draft=answer.draft,
        version=answer.version,
        masking=answer.masking,
        probed=answer.probed,
    )  # fmt: skip


def _curation(record: Record) -> CurationLine | None:
    codings: dict[tuple[str, int, int, str], Coding] = {}
    for one in sorted(record.codings, key=lambda one: (one.start, one.end)):
        codings.setdefault((one.code, one.start, one.end, one.coder), one)
    untouched = record.decision is Decision.WAITING and not record.reason
    confirmed = record.confirmed or record.short or record.merged_into
    if untouched and not confirmed and not codings and not record.readings:
        return None
    return CurationLine(
        contribution=record.reference,
        decision=record.decision,
        reason=record.reason,
        text=(record.text or "") if record.confirmed else None,
        short=dict(record.short),
        merged_into=record.merged_into,
        codings=tuple(
            CodingLine(code=c.code, start=c.start, end=c.end, coder=c.coder, on=c.on,
                       origin=c.origin, words=c.words, note=c.note)
            for c in codings.values()
        ),
        readings=tuple(ReadingLine(coder=one.coder, on=one.on) for one in record.readings),
    )  # fmt: skip
