"""From what people said and what staff made of it to what can be found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from bot.curated import Curated
from bot.errors import GuideError
from bot.finding import Entry
from bot.guide import Guide
from exports.confidentiality import Profile
from exports.leaving.pseudonyms import Pseudonyms
from exports.leaving.recording import Whole, wholes
from exports.records import Record
from exports.runs import Run
from exports.vocabulary import Question, leaving

_REAL = Pseudonyms(b"", Profile.INTERNAL)  # never used: the team reads references as they are
PLACE = "place"


class Reading:
    """The contributions of people, as the team reads them. Each version of a guide once."""

    def __init__(self, guide: Callable[[str, str], Guide]) -> None:
        self._guide = guide
        self._asked: dict[tuple[str, str], tuple[dict[str, Question], tuple[str, ...]]] = {}

    def records(self, people: Iterable[Curated]) -> Iterator[tuple[Curated, Record]]:
        return ((one, whole.record) for one, whole in self.wholes(people))

    def wholes(self, people: Iterable[Curated]) -> Iterator[tuple[Curated, Whole]]:
        """Nothing of those who did not agree that it is kept."""
        for one in people:
            talk = one.participation.conversation
            try:
                guide = self._guide(talk.guide, talk.version)
            except GuideError:  # a version that is lost stops only those who follow it
                continue
            if Run.of(one.participation, guide).withheld:
                continue
            allowed, _ = self._questions(guide)
            for whole in wholes(one, guide, _REAL, allowed):
                yield one, whole

    def questions(self, guide: str, version: str) -> dict[str, Question]:
        """The questions of the profile, by step."""
        return self._questions(self._guide(guide, version))[0]

    def coarse(self, guide: str, version: str) -> tuple[str, ...]:
        """The steps that say who somebody is, and that a published file may hold."""
        return self._questions(self._guide(guide, version))[1]

    def __call__(self, people: Iterable[Curated]) -> Iterator[Entry]:
        for one, record in self.records(people):
            yield self._entry(one, record)

    def _questions(self, guide: Guide) -> tuple[dict[str, Question], tuple[str, ...]]:
        key = guide.guide, guide.version
        if key not in self._asked:
            every = {q.step: q for q in leaving([guide], Profile.INTERNAL)}
            public = tuple(q.step for q in leaving([guide], Profile.PUBLIC) if q.kind != PLACE)
            self._asked[key] = every, public
        return self._asked[key]

    def _entry(self, one: Curated, record: Record) -> Entry:
        asked, public = self._questions(self._guide(record.guide, record.version))
        places = [step for step, question in asked.items() if question.kind == PLACE]
        return Entry(
            int(record.reference[2:]),
            record.reference,
            one.participation.conversation.id,
            record.participation,
            record.guide,
            record.kind.code,
            record.made_on or one.participation.active_on,
            record.title or "",
            record.text or "",
            tuple(topic.code for topic in record.topic if topic.code),
            record.decision,
            record.merged_into,
            _codes(record, public),
            _codes(record, places),
            record.origin or "",
            record.channel or "",
            record.language.code if record.language else "",
            record.helped.code if record.helped else "",
            record.masking is not None,
            any(not coding.redo for coding in record.codings),
            record.complete,
        )


def _codes(record: Record, steps: Iterable[str]) -> tuple[str, ...]:
    return tuple(one.code for step in steps for one in record.profile.get(step, ()))
