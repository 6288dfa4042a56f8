"""From a participation and what staff made of it to `Record`: what each profile lets leave."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any, get_args

from bot.curated import SHORT, Coding, Curated, Curation, Decision
from bot.guide import Guide, Purpose
from bot.model import Answer, Contribution, Spot
from exports.columns import Coded, coded, known
from exports.confidentiality import FIELDS, Profile, Rule
from exports.contributions import Made, completeness, made
from exports.leaving.anchoring import anchored
from exports.leaving.pseudonyms import Pseudonyms
from exports.records import Record
from exports.regions import region_of
from exports.runs import CONTRIBUTIONS, HELPED, Run, choices, masking
from exports.tables.answers import provenance, spoken
from exports.vocabulary import Question

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


Lessening = Callable[["Whole", Profile], Any]
NOTHING: Mapping[str, Any] = {
    "version": "",
    "consents": {},
    "reason": "",
    "confirmed": False,
    "short": {},
}  # None for every other field


@dataclass(frozen=True, slots=True)
class Whole:
    """A contribution, with all that says how to make less of it."""

    of: Made
    curation: Curation
    record: Record  # everything
    quoted: bool
    names: Pseudonyms
    allowed: Mapping[str, Question]  # the steps whose answers the profile lets leave


def canonical(text: str) -> str:
    """A text as offsets are counted in it: NFC, its lines ended by LF."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


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


def limited(whole: Whole, profile: Profile) -> Record:
    """The record as the profile lets it leave; small groups are dealt with afterwards."""
    withheld, lessened = _rules(profile)
    less = {name: lessen(whole, profile) for name, lessen in lessened}
    return replace(whole.record, **withheld, **less) if withheld or less else whole.record


@cache
def _rules(profile: Profile) -> tuple[dict[str, Any], tuple[tuple[str, Lessening], ...]]:
    """The fields that stay, with what is said instead; those of which less is said."""
    rules = {name: said.rule(profile) for name, said in FIELDS.items()}
    return (
        {name: NOTHING.get(name) for name, rule in rules.items() if rule is Rule.WITHHELD},
        tuple(
            (name, LESS[name]) for name, rule in rules.items() if rule in (Rule.MASKED, Rule.COARSE)
        ),
    )


def _record(
    mine: Made, curation: Curation, given: Mapping[str, str], profile: Mapping[str, Any]
) -> Record:
    run, contribution = mine.run, mine.contribution
    talk = run.participation.conversation
    text, title = mine.role("text"), mine.role("title")
    kept = curation.text if curation.text is not None else text.kept if text else ""
    named = ", ".join(title.labels) or curation.short.get("title", title.kept) if title else ""
    return Record(
        contribution.reference,
        coded(contribution.kind, CONTRIBUTIONS),
        run.reference,
        run.guide.guide,
        run.guide.version,
        contribution.round,
        contribution.made_on,
        canonical(kept) or None,
        canonical(named) or None,
        _chosen(mine, curation, "topic"),
        _chosen(mine, curation, "public"),
        profile,
        given,
        talk.channel,
        talk.origin,
        coded(talk.helped, HELPED),
        run.helped_by,
        _one(spoken(text)),
        _one(provenance(text)),
        masking(text),
        completeness(mine) == "complete",
        curation.decision,
        curation.reason,
        curation.merged_into,
        tuple(chain(*anchored(canonical(kept), curation.codings))),
        text.text or None if text else None,
        title.text or None if title else None,
        curation.text is not None,
        curation.short,
        curation.readings,
    )


def _one(value: object) -> Coded | None:
    return value if isinstance(value, Coded) else None


def _chosen(
    mine: Made, curation: Curation, role: str, *, masked: bool = False
) -> tuple[Coded, ...]:
    """What was chosen, or what was written when the step takes words."""
    answer = mine.role(role)
    if answer is None:
        return ()
    if answer.values:
        options = mine.run.guide.steps[getattr(mine.of, role)].options
        labels = {one.value: one.label for one in options}
        return tuple([known(o.code, labels.get(o.code, o.label)) for o in choices(answer)])
    own = _masked(answer) if masked else answer.kept
    words = canonical(curation.short.get(role, own))
    return (Coded("", words),) if words else ()


def _masked(answer: Answer) -> str:
    """The words without what points to a person, even where the person asked to keep it."""
    return "\n".join(
        part.text if part.masked is None else part.masked
        for part in answer.parts
        if part.text or not part.origin
    )


def _silent(whole: Whole, profile: Profile) -> bool:
    """Whether the words stay, and the contribution is only counted."""
    if whole.curation.decision is Decision.HIDDEN:
        return True
    return profile is Profile.PUBLIC and not whole.quoted


def _text(whole: Whole, profile: Profile) -> str | None:
    if _silent(whole, profile):
        return None
    if whole.curation.text is not None:
        return whole.record.text
    answer = whole.of.role("text")
    return canonical(_masked(answer)) or None if answer else None


def _title(whole: Whole, profile: Profile) -> str | None:
    answer = whole.of.role("title")
    if answer is None or _silent(whole, profile):
        return None
    words = ", ".join(answer.labels) or whole.curation.short.get("title", _masked(answer))
    return canonical(words) or None


def _role(role: str) -> Callable[[Whole, Profile], tuple[Coded, ...]]:
    def less(whole: Whole, profile: Profile) -> tuple[Coded, ...]:
        found = _chosen(whole.of, whole.curation, role, masked=True)
        words_leave = profile is not Profile.PUBLIC and not _silent(whole, profile)
        return tuple(one for one in found if one.code or words_leave)

    return less


def _profile(whole: Whole, profile: Profile) -> Mapping[str, tuple[Coded, ...]]:
    return coarse(whole.record.profile, whole.allowed, profile)


def coarse(
    chosen: Mapping[str, tuple[Coded, ...]], allowed: Mapping[str, Question], profile: Profile
) -> dict[str, tuple[Coded, ...]]:
    """These answers, a published department replaced by its region."""
    found = dict(chosen)
    for step, question in allowed.items():
        if question.kind == "place" and profile is Profile.PUBLIC and step in found:
            regions = (region_of(one.code) for one in found[step])
            found[step] = tuple(region for region in regions if region)
    return {step: values for step, values in found.items() if values}


def _codings(whole: Whole, profile: Profile) -> tuple[Coding, ...]:
    """Passages of the text that leaves, coders by pseudonyms; those to be coded again stay.

    What a coder wrote beside a passage is for the team alone.
    """
    text, internal = _text(whole, profile), profile is Profile.INTERNAL
    if text is None:
        return ()
    found, lost = anchored(text, (one for one in whole.record.codings if not one.redo))
    everywhere = (replace(one, start=0, end=len(text), words=text) for one in lost)
    again = (one for one in whole.record.codings if one.redo)
    return tuple(
        dict.fromkeys(
            replace(one, coder=whole.names.coder(one.coder), note=one.note if internal else "")
            for one in (*found, *everywhere, *again)
        )
    )


LESS: Mapping[str, Lessening] = {
    "reference": lambda whole, _: whole.names.contribution(whole.record.reference),
    "participation": lambda whole, _: whole.names.participation(whole.record.participation),
    "text": _text,
    "title": _title,
    "topic": _role("topic"),
    "public": _role("public"),
    "profile": _profile,
    "merged_into": lambda whole, _: (
        whole.names.contribution(whole.record.merged_into) if whole.record.merged_into else None
    ),
    "codings": _codings,
    "readings": lambda whole, _: tuple(
        replace(one, coder=whole.names.coder(one.coder)) for one in whole.record.readings
    ),
}
