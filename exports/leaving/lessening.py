"""How less is made of a contribution: field by field, as its profile says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from bot.curated import Coding, Decision
from exports.canonical import canonical
from exports.columns import Coded
from exports.confidentiality import FIELDS, Profile, Rule
from exports.leaving.anchoring import anchored
from exports.leaving.recording import Whole, chosen, masked
from exports.records import Record
from exports.regions import region_of
from exports.vocabulary import Question

Lessening = Callable[[Whole, Profile], Any]
NOTHING: Mapping[str, Any] = {
    "version": "",
    "consents": {},
    "agreed_on": {},
    "reason": "",
    "confirmed": False,
    "short": {},
}  # None for every other field


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
    return canonical(masked(answer)) or None if answer else None


def _title(whole: Whole, profile: Profile) -> str | None:
    answer = whole.of.role("title")
    if answer is None or _silent(whole, profile):
        return None
    words = ", ".join(answer.labels) or whole.curation.short.get("title", masked(answer))
    return canonical(words) or None


def _role(role: str) -> Callable[[Whole, Profile], tuple[Coded, ...]]:
    def less(whole: Whole, profile: Profile) -> tuple[Coded, ...]:
        found = chosen(whole.of, whole.curation, role, without_names=True)
        words_leave = profile is not Profile.PUBLIC and not _silent(whole, profile)
        return tuple(one for one in found if one.code or words_leave)

    return less


def _profile(whole: Whole, profile: Profile) -> Mapping[str, tuple[Coded, ...]]:
    return coarse(whole.record.profile, whole.allowed, profile)


def coarse(
    said: Mapping[str, tuple[Coded, ...]], allowed: Mapping[str, Question], profile: Profile
) -> dict[str, tuple[Coded, ...]]:
    """These answers, a published department replaced by its region."""
    found = dict(said)
    for step, question in allowed.items():
        if question.kind == "place" and profile is Profile.PUBLIC and step in found:
            regions = (region_of(one.code) for one in found[step])
            found[step] = tuple(region for region in regions if region)
    return {step: values for step, values in found.items() if values}


def _codings(whole: Whole, profile: Profile) -> tuple[Coding, ...]:
    """Passages of the text that leaves, coders by pseudonyms; those to be coded again stay.

    What a coder wrote beside a passage is for the team alone.
    """
    if not whole.record.codings:
        return ()
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
