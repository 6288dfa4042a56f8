"""What table formats share: one question for all its versions, numbers that stay."""

from __future__ import annotations

import exports_cases as cases
import pytest

from bot.errors import GuideError
from bot.guide import Guide
from bot.guide_file import bundled, read_guide
from exports.confidentiality import OTHER, Profile
from exports.vocabulary import OTHER_NUMBER, leaving, questions

GUIDES = {path.stem: read_guide(path.read_text("utf-8"), path.name) for path in bundled()}


def with_uses(version: str, *codes: str) -> Guide:
    """The guide of the gardens, its uses being these."""
    written = cases.GUIDE.model_dump(by_alias=True)
    [uses] = [step for step in written["sections"][1]["steps"] if step["id"] == "uses"]
    uses["choices"] = [{"value": code, "label": code} for code in codes]
    return Guide.model_validate(written | {"version": version})


def test_a_code_keeps_its_number_from_version_to_version() -> None:
    versions = [with_uses("10", "nap", "play"), with_uses("2", "play", "swim"), cases.GUIDE]
    [uses] = [one for one in questions(versions, Profile.INTERNAL) if one.step == "uses"]
    numbers = {one.code: one.number for one in uses.categories}
    assert numbers == {"walk": 1, "rest": 2, "play": 3, "swim": 4, "nap": 5}
    assert uses.asked_in == ("1", "2", "10")
    assert uses.several


def test_every_code_of_our_guides_has_one_number() -> None:
    for profile in Profile:
        for question in questions(GUIDES.values(), profile):
            numbers = [one.number for one in question.categories]
            assert len(set(numbers)) == len(numbers), question.name
            codes = [one.code for one in question.categories]
            assert len(set(codes)) == len(codes), question.name


def test_departments_and_numbers() -> None:
    asked = {one.step: one for one in questions([cases.GUIDE], Profile.INTERNAL)}
    assert asked["place"].number_of("2A") == 201
    assert asked["place"].number_of("59") == 59
    assert asked["age"].number_of("34") == 34
    assert asked["age"].number_of("vieux") is None
    assert asked["tenant"].number_of("yes") == 1
    assert asked["privacy"].agreement


def test_only_what_a_guide_lets_out_leaves() -> None:
    left = {profile: [q.step for q in leaving(GUIDES.values(), profile)] for profile in Profile}
    assert left[Profile.PARTNER] == left[Profile.PUBLIC] == ["public"]
    assert {"metier", "departement", "soutien"} <= set(left[Profile.INTERNAL])
    [public] = leaving(GUIDES.values(), Profile.PUBLIC)
    assert (public.categories[-1].code, public.categories[-1].number) == (OTHER.code, OTHER_NUMBER)


def test_our_agreements_say_what_they_allow() -> None:
    cese = GUIDES["cese-2022"]
    assert cese.consents_for("keep") == ("accord",)
    assert cese.consents_for("quote") == ("citation",)
    assert cese.consents_for("contact") == ("contact",)
    assert GUIDES["assises"].consents_for("quote") == ()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("sensitive: true, why: Pour savoir., ", "personnelle"),
        ("", "répétée"),
    ],
)
def test_what_may_never_leave_is_refused_in_a_guide(lines: str, told: str) -> None:
    repeat = "" if lines else "repeat: {again: again}"
    source = f"""
guide: parc
version: "1"
title: Le parc
sections:
  - id: vous
    title: Vous
    {repeat}
    steps:
      - {{id: qui, kind: yes_no, question: "Habitez-vous ici ?", {lines}leaves: [public]}}
      - {{id: again, kind: yes_no, question: "Encore ?"}}
"""
    with pytest.raises(GuideError, match=told):
        read_guide(source, "parc.yml")
