"""From a participation and what staff made of it to `Record`, whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, get_args

from bot.curated import SHORT, Curated, Curation
from bot.guide import Guide, Purpose
from bot.model import Answer, Contribution, Spot
from exports.canonical import canonical
from exports.code_names import CONTRIBUTIONS, HELPED, choices, masking, provenance, spoken
from exports.columns import Coded, coded, known
from exports.contributions import Made, completeness, made
from exports.leaving.anchoring import anchored
from exports.leaving.pseudonyms import Pseudonyms
from exports.records import Record
from exports.runs import Run, day
from exports.vocabulary import Question

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


@dataclass(frozen=True, slots=True)
class Whole:
    """A contribution, with all that says how to make less of it."""

    of: Made
    curation: Curation
    record: Record  # everything
    quoted: bool
    names: Pseudonyms
    allowed: Mapping[str, Question]  # the steps whose answers the profile lets leave


def words_that_may_leave(run: Run, contribution: Contribution, curation: Curation) -> str | None:
    """The text that staff read, confirm and code: theirs if they changed it, else the person's."""
    if curation.text is not None:
        return canonical(curation.text)
    mine = next((one for one in made(run) if one.contribution == contribution), None)
    answer = mine.role("text") if mine else None
    return canonical(answer.kept) or None if answer else None


def short_words(whole: Whole) -> dict[str, tuple[str, str]]:
    """By role that is asked in words: as typed, and as they leave."""
    found = {}
    for role in SHORT:
        answer = whole.of.role(role)
        if answer and not answer.values and not answer.labels and answer.kept:
            leaving = whole.curation.short.get(role, answer.kept)
            found[role] = canonical(answer.text), canonical(leaving)
    return found


def wholes(
    one: Curated, guide: Guide, names: Pseudonyms, allowed: Mapping[str, Question]
) -> Iterator[Whole]:
    """Every contribution of a participation, whole."""
    run = Run.of(one.participation, guide)
    given = consents(run)
    profile = answers(run, allowed)
    for mine in made(run):
        curation = one.of(mine.contribution.reference)
        record = _record(mine, curation, given, profile)
        yield Whole(mine, curation, record, given["quote"] == "yes", names, allowed)


def consents(run: Run) -> dict[str, str]:
    """What each purpose was given: "yes" once every agreement for it is, else "no" at once."""
    found: dict[str, str] = {}
    for purpose in PURPOSES:
        steps = run.guide.consents_for(purpose)
        said = {run.consent(s) if Spot(s) in run.path else "not_asked" for s in steps}
        found[purpose] = "yes" if said == {"yes"} else "no" if "no" in said else "not_asked"
    return found


def agreed_on(run: Run) -> dict[str, date]:
    """By purpose that was answered, the last day on which it was: yes or no."""
    found: dict[str, date] = {}
    for purpose in PURPOSES:
        said = (run.answer(Spot(s)) for s in run.guide.consents_for(purpose) if Spot(s) in run.path)
        if days := [day(answer.at) for answer in said if answer]:
            found[purpose] = max(days)
    return found


def answers(run: Run, allowed: Mapping[str, Question]) -> dict[str, tuple[Coded, ...]]:
    """What was chosen at these steps, with the labels of today."""
    found: dict[str, tuple[Coded, ...]] = {}
    for step, question in allowed.items():
        answer = run.counted(step)
        if answer and answer.values:
            labels = question.labels
            found[step] = tuple(
                [known(one.code, labels.get(one.code, one.label)) for one in choices(answer)]
            )
    return found


def _record(
    mine: Made, curation: Curation, given: Mapping[str, str], profile: Mapping[str, Any]
) -> Record:
    run, contribution = mine.run, mine.contribution
    talk = run.participation.conversation
    text, title = mine.role("text"), mine.role("title")
    kept = canonical(curation.text if curation.text is not None else text.kept if text else "")
    named = ", ".join(title.labels) or curation.short.get("title", title.kept) if title else ""
    return Record(
        contribution.reference,
        coded(contribution.kind, CONTRIBUTIONS),
        run.reference,
        run.guide.guide,
        run.guide.version,
        contribution.round,
        contribution.made_on,
        kept or None,
        canonical(named) or None,
        chosen(mine, curation, "topic"),
        chosen(mine, curation, "public"),
        profile,
        given,
        talk.channel,
        talk.origin,
        coded(talk.helped, HELPED),
        run.helped_by,
        spoken(text),
        provenance(text),
        masking(text),
        completeness(mine) == "complete",
        curation.decision,
        curation.reason,
        curation.merged_into,
        tuple(chain(*anchored(kept, curation.codings))) if curation.codings else (),
        text.text or None if text else None,
        title.text or None if title else None,
        curation.text is not None,
        curation.short,
        curation.readings,
        agreed_on(run),
    )


def chosen(
    mine: Made, curation: Curation, role: str, *, without_names: bool = False
) -> tuple[Coded, ...]:
    """What was chosen, or what was written when the step takes words."""
    answer = mine.role(role)
    if answer is None:
        return ()
    if answer.values:
        options = mine.run.guide.steps[getattr(mine.of, role)].options
        labels = {one.value: one.label for one in options}
        return tuple([known(o.code, labels.get(o.code, o.label)) for o in choices(answer)])
    own = masked(answer) if without_names else answer.kept
    words = canonical(curation.short.get(role, own))
    return (Coded("", words),) if words else ()


def masked(answer: Answer) -> str:
    """The words without what points to a person, even where the person asked to keep it."""
    return "\n".join(
        part.text if part.masked is None else part.masked
        for part in answer.parts
        if part.text or not part.origin
    )
