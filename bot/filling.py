"""One sentence may answer several questions: « éduc spé en MECS, dans le 59, depuis 3 ans »."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from bot.answers import Read, read
from bot.asking import asked
from bot.guide import Guide, Open, SeveralChoices, Stated
from bot.model import Answer, Conversation, Entity, Heard, Part, Spot, State
from bot.plain import fold

CORRECTING = re.compile(
    r"(?:ah |euh |mais |oups |pardon )*(?:non|nan|pas|en fait|plutot|erreur|je me suis trompee?|"
    r"je voulais dire|correction|c est pas)\b"
)
DENIED = re.compile(r"\bpas\s+(?:[^\W\d]+\s+){0,2}$", re.IGNORECASE)
LIKELY = 0.5  # of a model that hears a correction
YEARS, SINCE = "length_of_service", "since"


def dated(heard: Heard, year: int) -> Heard:
    """With « depuis 2015 » as a number of years."""
    if all(entity.kind != SINCE for entity in heard.entities):
        return heard
    return replace(heard, entities=tuple(_years(one, year) for one in heard.entities))


def _years(entity: Entity, year: int) -> Entity:
    if entity.kind != SINCE or not entity.value.isdigit():
        return entity
    return replace(entity, kind=YEARS, value=str(max(0, year - int(entity.value))))


def takes(guide: Guide, spot: Spot) -> bool:
    """Whether words typed at this question may answer others: a closed one, about the person."""
    steps = guide.section_of[spot.step].steps
    return isinstance(guide.step(spot), Stated) and any(_entity(guide, step.id) for step in steps)


def fill(
    guide: Guide, talk: Conversation, at: Spot, heard: Heard, now: datetime
) -> dict[Spot, Answer]:
    """The answers that words typed at `at` give to questions still unanswered, in their order.

    None to a question before the agreements, none that is a guess between two.
    """
    if heard.choice or not heard.text or not takes(guide, at):
        return {}
    answers, found, tried = dict(talk.answers), dict[Spot, Answer](), set[Spot]()
    while spot := next(_open(guide, at, answers, tried), None):
        tried.add(spot)
        if answer := _answer(guide, replace(talk, answers=answers), spot, heard, now):
            answers[spot] = found[spot] = answer
    return found


def again(
    guide: Guide, talk: Conversation, at: Spot, heard: Heard, now: datetime
) -> dict[Spot, Answer]:
    """The answers that a correction in words changes: « non je suis à Arras », « pas 3 ans, 13 ».

    Only answers about the person, given once; what follows « pas » is what is no longer meant.
    """
    correcting = CORRECTING.match(fold(heard.text)) or heard.likely("correct") >= LIKELY
    if heard.choice or not correcting or isinstance(guide.step(at), Open):
        return {}
    kept = tuple(e for e in heard.entities if not DENIED.search(heard.text[: e.start]))
    told, found = replace(heard, entities=kept), dict[Spot, Answer]()
    for spot in guide.path(talk.answers):
        before = talk.answers.get(spot)
        once = guide.section_of[spot.step].repeat is None
        if before is None or spot == at or not once or not _entity(guide, spot.step):
            continue
        answer = _answer(guide, talk, spot, told, now)
        if answer is not None and answer.values != before.values:
            found[spot] = answer
    return found


def _open(guide: Guide, at: Spot, answers: dict[Spot, Answer], tried: set[Spot]) -> Iterator[Spot]:
    """The unanswered questions of the path that such words may answer: not another round's."""
    for spot in guide.path(answers):
        section = guide.section_of[spot.step]
        here = section is guide.section_of[at.step] and spot.round == at.round
        free = spot not in answers and spot not in tried
        if free and (here or section.repeat is None) and _entity(guide, spot.step):
            yield spot


def _entity(guide: Guide, step: str) -> str | None:
    one = guide.steps[step]
    return one.entity if isinstance(one, Stated) else None


def _answer(
    guide: Guide, talk: Conversation, spot: Spot, heard: Heard, now: datetime
) -> Answer | None:
    """What the step's own reader makes of the entities of its kind, when they all agree."""
    told = _told(_entity(guide, spot.step), heard)
    step = asked(guide, talk, spot)
    together = isinstance(step.step, SeveralChoices)
    readings = [
        read(step, replace(heard, text="", entities=some))
        for some in ([told] if together else [(one,) for one in told])
        if some
    ]
    first = readings[0] if readings else None
    if not isinstance(first, Read) or any(one != first for one in readings):
        return None
    words = dict.fromkeys(entity.text for entity in (told if together else told[:1]))
    parts = tuple(Part(heard.message, text, beside=True) for text in words)
    return Answer(State.ANSWERED, now, first.values, first.labels, parts)


def _told(kind: str | None, heard: Heard) -> tuple[Entity, ...]:
    """The entities of a kind that may be believed where nobody asked for them."""
    told = tuple(entity for entity in heard.entities if entity.kind == kind)
    jobs = [entity for entity in heard.entities if entity.kind == "job"]
    if kind == "structure":  # « éducateur de rue » says a job, and not where
        return tuple(one for one in told if not _crosses(one, jobs))
    return told if all(one.sure for one in told) else ()


def _crosses(one: Entity, others: Iterable[Entity]) -> bool:
    return any(one.start < other.end and other.start < one.end for other in others)
