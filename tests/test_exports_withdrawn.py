"""What was withdrawn since a snapshot leaves no more, and is counted; the rest keeps its bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import exports_cases as cases
import pytest

from bot.curated import Curated, Curation, Decision
from bot.model import Answer, Participation, Spot
from exports.confidentiality import Profile
from exports.leaving.filters import Filters
from exports.leaving.outgoing import outgoing
from exports.leaving.withdrawn import stamp_of
from exports.packages_list import chosen
from exports.packing import Packed, pack

INTERNAL, PARTNER, PUBLIC = Profile
WHO, MINE = "REF-00001", "P-000001"
PEOPLE = cases.crowd({"walk": 6})
YES, NO = cases.chose(("yes", "Oui"), version="v1"), cases.chose(("no", "Non"), version="v1")
Change = Callable[[Curated], Curated]


def answer(step: str, given: Answer) -> Change:
    def change(one: Curated) -> Curated:
        talk = one.participation.conversation
        answers = {**talk.answers, Spot(step): given}
        return told(one, replace(one.participation, conversation=replace(talk, answers=answers)))

    return change


def decided(decision: Decision, text: str | None = None) -> Change:
    return lambda one: replace(one, curations={MINE: Curation(MINE, decision, "asked", text)})


def told(one: Curated, now: Participation) -> Curated:
    return replace(one, participation=now)


def asking_to_erase(one: Curated) -> Curated:
    talk = replace(one.participation.conversation, pending="erase:withdrawn")
    return told(one, replace(one.participation, conversation=talk))


def taken_back(one: Curated) -> Curated:
    return told(one, replace(one.participation, contributions=()))


def since(*changes: Change) -> cases.Held:
    """Six published proposals, of which the first changed so since the snapshot."""
    source = cases.held(*PEOPLE)
    now = next(source.curated())
    for change in changes:
        now = change(now)
    return replace(source, now={WHO: now})


def packed(source: cases.Held, profile: Profile, out: Path) -> Packed:
    return pack(source, chosen(["csv"]), profile, Filters(), out, software="0", zipped=True)


OUT, SILENT = "out", "silent"
TEXT = cases.said("Autre chose")
CASES = {
    "accord_retire": (answer("privacy", NO), OUT, OUT),
    "accord_retire, not confirmed yet": (asking_to_erase, OUT, OUT),
    "retiree": (taken_back, OUT, OUT),
    "corbeille": (decided(Decision.BINNED), OUT, OUT),
    "masquee": (decided(Decision.HIDDEN), SILENT, OUT),
    "texte_change": (answer("idea", TEXT), SILENT, SILENT),
    "texte_change, by staff": (decided(Decision.PUBLISHED, "De [un lieu]"), SILENT, SILENT),
    "sans_citation": (answer("quoted", NO), None, SILENT),
    "pas_publiee": (decided(Decision.WAITING), None, OUT),
}  # why: how it came, and what becomes of it in `partenaire` and in `public`


@pytest.mark.parametrize("profile", [PARTNER, PUBLIC])
@pytest.mark.parametrize("case", CASES)
def test_what_is_withdrawn_does_not_leave(case: str, profile: Profile, tmp_path: Path) -> None:
    change, partner, public = CASES[case]
    becomes = partner if profile is PARTNER else public
    source, untouched = since(change), cases.held(*PEOPLE)
    with outgoing(source, profile, Filters(), tmp_path) as leaving:
        texts = [record.text for record in leaving.records()]
        counts = leaving.counts
        assert leaving.stamp == stamp_of(source, profile)
        assert bool(leaving.stamp) is (becomes is not None)
    every = {f"De l'eau {n}" for n in range(1, 7)}
    assert {text for text in texts if text} == (
        every if becomes is None else every - {"De l'eau 1"}
    )
    assert len(texts) == (5 if becomes == OUT else 6)
    assert counts.since == ({} if becomes is None else {case.partition(",")[0]: 1})
    assert counts.wordless == ({"change_depuis": 1} if becomes == SILENT else {})
    assert counts.absent == ({"change_depuis": 1} if becomes == OUT else {})
    one, other = (packed(it, profile, tmp_path / f"{n}.zip") for n, it in
                  enumerate((source, untouched)))  # fmt: skip
    assert (one.sha256 == other.sha256) is (becomes is None)
    said = json.loads(one.manifest.written())["instantane"]["change_depuis"]
    exact = profile is PARTNER
    assert said == {why: n if exact else "moins de 5" for why, n in counts.since.items()}


@pytest.mark.parametrize("profile", Profile)
def test_bytes_stay_while_nothing_is_withdrawn(profile: Profile, tmp_path: Path) -> None:
    more = since(answer("tenant", YES), answer("age", cases.said("44")))
    with_more, before = (packed(source, profile, tmp_path / f"{n}.zip") for n, source in
                         enumerate((more, cases.held(*PEOPLE))))  # fmt: skip
    assert with_more.sha256 == before.sha256
    assert stamp_of(more, profile) == ""


def test_the_team_keeps_reading_what_was(tmp_path: Path) -> None:
    source = since(decided(Decision.HIDDEN), answer("quoted", NO))
    assert (
        packed(source, INTERNAL, tmp_path / "a.zip").sha256
        == packed(cases.held(*PEOPLE), INTERNAL, tmp_path / "b.zip").sha256
    )
    assert stamp_of(source, INTERNAL) == ""


def test_what_is_allowed_since_is_for_the_next_snapshot(tmp_path: Path) -> None:
    hidden = cases.held(*PEOPLE, P_000001=Curation(MINE, Decision.HIDDEN))
    now = replace(next(hidden.curated()), curations={MINE: Curation(MINE, Decision.PUBLISHED)})
    for profile in (PARTNER, PUBLIC):
        texts = [
            one.text for one in cases.records(replace(hidden, now={WHO: now}), profile, tmp_path)
        ]
        assert "De l'eau 1" not in texts
        assert stamp_of(replace(hidden, now={WHO: now}), profile) == ""


def test_codes_and_topics_in_words_go_with_the_text(tmp_path: Path) -> None:
    [told_once, *_] = PEOPLE
    talk = told_once.conversation
    answers = {**talk.answers, Spot("whom"): cases.said("mot-canari")}
    named = replace(told_once, conversation=replace(talk, answers=answers))
    source = cases.held(named)
    now = decided(Decision.HIDDEN)(next(source.curated()))
    assert "mot-canari" in repr(cases.records(source, PARTNER, tmp_path))
    assert "mot-canari" not in repr(
        cases.records(replace(source, now={WHO: now}), PARTNER, tmp_path)
    )
