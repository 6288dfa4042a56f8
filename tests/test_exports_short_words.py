"""Titles, and subjects in the person's own words: what staff masked there leaves with no format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import export_readers
import exports_cases as cases
import pytest

from bot.curated import Curated, Curation, Decision
from bot.model import Spot
from exports.confidentiality import Profile
from exports.leaving.filters import Filters
from exports.leaving.outgoing import outgoing
from exports.leaving.withdrawn import stamp_of
from exports.packages import Package
from exports.packages_list import PACKAGES
from exports.packing import pack

INTERNAL, PARTNER, PUBLIC = Profile
MINE, WHO, NAME = "P-000001", "REF-00001", "Canarivoix"
SHORT = {"title": "Merci à [masqué]", "public": "Les enfants de [masqué]"}
RELIT = Curation(MINE, Decision.PUBLISHED, short=SHORT)
EVERY = [
    pytest.param(package, profile, id=f"{package.name}-{profile}")
    for package in PACKAGES
    for profile in package.profiles
    if profile is not INTERNAL
]


def named(**more: Curation) -> cases.Held:
    """Six proposals; the first one names somebody that nothing found, in its title and for whom."""
    first, *others = cases.crowd({"walk": 6})
    talk = first.conversation
    answers = {
        **talk.answers,
        Spot("headline"): cases.said(f"Merci à {NAME}"),
        Spot("whom"): cases.said(f"Les enfants de {NAME}"),
    }
    told = replace(first, conversation=replace(talk, answers=answers))
    return cases.held(told, *others, **more)


@pytest.mark.parametrize(("package", "profile"), EVERY)
def test_a_name_masked_in_a_title_is_in_no_file(
    package: Package, profile: Profile, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    pack(named(P_000001=RELIT), [package], profile, Filters(), out, software="0", zipped=False)
    files = [path for path in out.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert NAME.encode() not in path.read_bytes(), path.name
        if path.parent != out:  # ours is read as it is
            assert not [said for said in export_readers.strings(path) if NAME in said], path.name


@pytest.mark.parametrize("profile", Profile)
def test_the_words_of_staff_win_in_every_profile(profile: Profile, tmp_path: Path) -> None:
    [record] = (one for one in cases.records(named(P_000001=RELIT), profile, tmp_path) if one.title)
    assert record.title == SHORT["title"]
    whom = [one.label for one in record.public]
    assert whom == ([] if profile is PUBLIC else [SHORT["public"]])
    assert (record.title_as_typed == f"Merci à {NAME}") is (profile is INTERNAL)
    [as_told] = (one for one in cases.records(named(), profile, tmp_path) if one.title)
    assert as_told.title == f"Merci à {NAME}"


@pytest.mark.parametrize("profile", [PARTNER, PUBLIC])
def test_a_title_masked_since_the_snapshot_does_not_leave(profile: Profile, tmp_path: Path) -> None:
    source = named()
    one: Curated = next(source.curated())
    since = replace(source, now={WHO: replace(one, curations={MINE: RELIT})})
    with outgoing(since, profile, Filters(), tmp_path) as leaving:
        records = list(leaving.records())
        assert leaving.counts.since == {"texte_change": 1}
        assert leaving.stamp == stamp_of(since, profile) != ""
    assert NAME not in repr(records)
    assert len(records) == 6
