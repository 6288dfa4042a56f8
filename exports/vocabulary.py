"""What a table format has to know of the guides: questions, codes, labels, numbers that stay.

A question has one name whatever the version of its guide. A code keeps its number from version
to version: new ones go after, none is given again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.guide import Consent, Department, Guide, Number, SeveralChoices, Short, Step, YesNo
from bot.model import State
from exports.code_names import GIVEN
from exports.confidentiality import OTHER, Profile
from exports.regions import DEPARTMENTS, REGIONS
from exports.runs import asking

# Why there is no answer, as numbers that no answer has. « Pas posée » is a missing value.
UNSAID: Mapping[str, int] = {State.REFUSED.value: -9, State.SKIPPED.value: -8}
OTHER_NUMBER = 9999
AGREEMENT_NUMBERS = {"no": 0, "yes": 1}
PARTNER, PUBLIC = "partner", "public"  # as a guide writes them


@dataclass(frozen=True, slots=True)
class Category:
    """One possible code."""

    code: str
    label: str
    number: int


@dataclass(frozen=True)
class Question:
    """One question asked once, answered by codes or a whole number, in all its versions."""

    guide: str
    step: str
    name: str  # for a machine: "cese_2022__metier"
    title: str  # for a person: « Métier »
    text: str  # the question as it was last asked
    kind: str  # a key of KINDS
    section: str  # the title of its part
    several: bool  # several codes at once
    number: bool  # the code is a whole number, without categories
    unit: str
    categories: tuple[Category, ...]
    agreement: bool = False  # its answers are in `Participant.agreements`
    asked_in: tuple[str, ...] = ()  # versions of the guide
    at_least: int | None = None
    at_most: int | None = None

    def number_of(self, code: str) -> int | None:
        """The number of a code; of a number, itself."""
        if self.number:
            return int(code) if re.fullmatch(r"-?[0-9]+", code) else None
        return self._numbers.get(code)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """What each code means today."""
        return {one.code: one.label for one in self.categories}

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {one.code: one.number for one in reversed(self.categories)}


def questions(guides: Iterable[Guide], profile: Profile) -> tuple[Question, ...]:
    """What `Participant.answers` and `.agreements` may hold in this profile, in guide order."""
    found: list[Question] = []
    for name, versions in by_name(guides).items():
        for step in dict.fromkeys(s.id for version in versions for s in once(version, profile)):
            asked = [version for version in versions if step in version.steps]
            found.append(_question(name, step, asked, profile))
    return tuple(found)


def leaving(guides: Iterable[Guide], profile: Profile) -> tuple[Question, ...]:
    """What `Record.profile` holds in this profile: the questions without the agreements."""
    return tuple(one for one in questions(guides, profile) if not one.agreement)


def every(guides: Iterable[Guide], profile: Profile) -> tuple[Question, ...]:
    """All that the guides ask, even what this profile withholds, in guide order."""
    guides = tuple(guides)
    known = {(one.guide, one.step): one for one in questions(guides, profile)}
    found: list[Question] = []
    for name, versions in by_name(guides).items():
        steps = (step.id for one in versions for part in one.sections for step in asking(part))
        for step in dict.fromkeys(steps):
            asked = [version for version in versions if step in version.steps]
            its = known.get((name, step)) or _question(name, step, asked, Profile.INTERNAL)
            found.append(its)
    return tuple(found)


def by_name(guides: Iterable[Guide]) -> dict[str, list[Guide]]:
    """The versions of each guide, oldest number first."""
    versions: dict[str, list[Guide]] = {}
    for guide in sorted(guides, key=lambda one: (one.guide, natural(one.version))):
        versions.setdefault(guide.guide, []).append(guide)
    return versions


def natural(version: str) -> list[tuple[int, int, str]]:
    """A key that puts version 2 before version 10."""
    pieces = re.findall(r"[0-9]+|[^0-9]+", version)
    return [(0, int(one), "") if one.isdecimal() else (1, 0, one) for one in pieces]


def once(guide: Guide, profile: Profile) -> Iterator[Step]:
    """The steps asked once and answered by codes that this profile lets leave."""
    for section in guide.sections:
        if section.repeat is None:
            yield from (step for step in section.steps if may_leave(step, profile))


def may_leave(step: Step, profile: Profile) -> bool:
    """Whether the answer to this step, if asked once, leaves in this profile."""
    if isinstance(step, Consent):
        return profile is not Profile.PUBLIC
    if not isinstance(step, Short):
        return False
    match profile:
        case Profile.INTERNAL:
            return True
        case Profile.PARTNER:
            return PARTNER in step.leaves
        case Profile.PUBLIC:
            return PUBLIC in step.leaves


def _question(guide: str, step: str, asked: list[Guide], profile: Profile) -> Question:
    steps = [version.steps[step] for version in asked]
    last = steps[-1]
    public = profile is Profile.PUBLIC
    whole = all(isinstance(one, Number) and not one.brackets for one in steps) and not public
    ends = [one for one in steps if isinstance(one, Number)]
    return Question(
        guide,
        step,
        f"{guide.replace('-', '_')}__{step}",
        last.name or last.id,
        last.question,
        last.kind,
        asked[-1].section_of[step].title,
        any(isinstance(one, SeveralChoices) for one in steps),
        whole,
        next((one.unit for one in reversed(steps) if isinstance(one, Number)), ""),
        () if whole else tuple(_categories(steps, profile)),
        isinstance(last, Consent),
        tuple(version.version for version in asked),
        min((one.at_least for one in ends), default=None),
        max((one.at_most for one in ends), default=None),
    )


def _categories(steps: list[Step], profile: Profile) -> Iterator[Category]:
    last = steps[-1]
    public = profile is Profile.PUBLIC
    if isinstance(last, Department):
        for code, label in sorted((REGIONS if public else DEPARTMENTS).items()):
            yield Category(code, label, place_number(code))
    elif isinstance(last, YesNo | Consent):
        labels = {option.value: option.label for option in last.options}
        if isinstance(last, Consent):
            labels = {code: GIVEN[code] for code in labels}
        for code, number in AGREEMENT_NUMBERS.items():
            yield Category(code, labels[code], number)
    else:
        labels = {option.value: option.label for step in steps for option in step.options}
        order = dict.fromkeys(option.value for step in steps for option in step.options)
        for number, code in enumerate(order, start=1):
            yield Category(code, labels[code], number)
    if public and not isinstance(last, Consent):
        yield Category(OTHER.code, OTHER.label, OTHER_NUMBER)


def place_number(code: str) -> int:
    """The number of a department or of a region: its own, Corsica's two between 95 and 971."""
    return {"2A": 201, "2B": 202}.get(code.upper()) or int(code)
