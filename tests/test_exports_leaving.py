"""What each profile lets leave: the declared table, the small groups, the names that stand in."""

from __future__ import annotations

import random
import tracemalloc
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import exports_cases as cases
import pytest

from bot.curated import Coding, Curation, Decision, Reading
from bot.errors import ExportError
from bot.model import Answer, Part, Spot, State
from exports.columns import Coded
from exports.confidentiality import FIELDS, OTHER, K, Profile, Rule
from exports.leaving.filters import POSSIBLE, Filters
from exports.leaving.outgoing import outgoing
from exports.leaving.pseudonyms import Pseudonyms
from exports.leaving.small_groups import shown
from exports.on_disk.known import Known
from exports.on_disk.spool import RUN, Spool
from exports.records import Record

INTERNAL, PARTNER, PUBLIC = Profile
NAMED = Answer(
    State.ANSWERED,
    cases.NOON,
    parts=(Part("message-secret-1", "Sarah Bey m'aide", masked="[une personne] m'aide"),),
    masking="refused",
)
HELPED = replace(
    cases.CAMILLE,
    conversation=replace(
        cases.CAMILLE.conversation,
        answers={
            **cases.CAMILLE.conversation.answers,
            Spot("quoted"): cases.chose(("yes", "Oui"), version="v1"),
            Spot("idea"): NAMED,
            Spot("headline"): NAMED,
            Spot("whom"): NAMED,
        },
        helped="by_helper",
        helper="canary-session",
    ),
    contributions=cases.CAMILLE.contributions[:1],
)
FULL = Curation(
    "P-000001",
    Decision.PUBLISHED,
    "canary-reason",
    merged_into="P-000002",
    codings=(Coding("c1", 0, 5, "canary-coder", date(2026, 3, 3), note="canary-note"),),
    readings=(Reading("canary-coder", date(2026, 3, 3)),),
)


def test_every_field_has_its_rule() -> None:
    assert list(FIELDS) == [one.name for one in fields(Record)]


@pytest.mark.parametrize("profile", Profile)
def test_what_a_profile_withholds_is_empty(profile: Profile, tmp_path: Path) -> None:
    [record, *_] = cases.records(cases.held(HELPED, P_000001=FULL), profile, tmp_path)
    for name, said in FIELDS.items():
        if said.rule(profile) is Rule.WITHHELD:
            assert not getattr(record, name), name
    canaries = {
        "canary-reason": profile is not PUBLIC,
        "canary-coder": profile is INTERNAL,
        "Sarah": profile is INTERNAL,
        "K7QF-3M2P": profile is INTERNAL,
        "affiche": profile is INTERNAL,
        "P-000001": profile is not PUBLIC,
        "by_helper": profile is INTERNAL,
        "web": profile is not PUBLIC,
        "2026, 3, 3": profile is not PUBLIC,  # of the coding: not long after the contribution
        "2026, 3, 4": True,  # of the contribution; published, of the snapshot
    }
    for canary, there in canaries.items():
        assert (canary in repr(record)) is there, canary
    assert {one.note for one in record.codings} == {"canary-note" if profile is INTERNAL else ""}


def test_internal_holds_everything(tmp_path: Path) -> None:
    [record, *_] = cases.records(cases.held(HELPED, P_000001=FULL), INTERNAL, tmp_path)
    empty = {name for name in FIELDS if not getattr(record, name)}
    assert empty == {"round", "helped_by", "language", "confirmed", "short"}
    assert record.text == record.as_typed == "Sarah Bey m'aide"
    assert record.consents == {
        "keep": "yes", "quote": "yes", "contact": "not_asked", "invite": "not_asked",
    }  # fmt: skip
    assert set(record.profile) == {"place", "uses"}


@pytest.mark.parametrize("profile", [PARTNER, PUBLIC])
def test_masked_words_leave_even_where_the_person_kept_theirs(
    profile: Profile, tmp_path: Path
) -> None:
    [record, *_] = cases.records(cases.held(HELPED, P_000001=FULL), profile, tmp_path)
    assert (record.text, record.title) == ("[une personne] m'aide", "[une personne] m'aide")
    assert record.public == (() if profile is PUBLIC else (Coded("", "[une personne] m'aide"),))
    [coding] = record.codings  # of a text that is no longer the one coded: the whole of it
    assert (coding.start, coding.end) == (0, len("[une personne] m'aide"))


def test_the_text_confirmed_by_staff_wins_everywhere(tmp_path: Path) -> None:
    source = cases.held(HELPED, P_000001=replace(FULL, text="Quelqu'un\r\nm'aide"))
    for profile in Profile:
        [record, *_] = cases.records(source, profile, tmp_path)
        assert record.text == "Quelqu'un\nm'aide"
        assert (record.codings[0].start, record.codings[0].end) == (0, 5)


def test_hidden_is_silent_and_binned_is_absent(tmp_path: Path) -> None:
    people = cases.crowd({"walk": 3})
    source = cases.held(
        *people,
        P_000001=Curation("P-000001", Decision.HIDDEN),
        P_000002=Curation("P-000002", Decision.BINNED),
    )
    with outgoing(source, PARTNER, Filters(), tmp_path) as leaving:
        assert [(r.reference, r.text) for r in leaving.records()] == [
            ("P-000001", None), ("P-000003", "De l'eau 3"),
        ]  # fmt: skip
        assert leaving.counts.absent == {"corbeille": 1}
        assert leaving.counts.wordless == {"masquee": 1}
    with outgoing(source, PUBLIC, Filters(), tmp_path) as leaving:
        assert [r.text for r in leaving.records()] == ["De l'eau 3"]
        assert leaving.counts.absent == {"corbeille": 1, "pas_publiee": 1}
        assert leaving.counts.withheld == {"rien_a_publier": 2}
    assert len(cases.records(source, INTERNAL, tmp_path)) == 3


def test_published_words_need_the_agreement_to_be_quoted(tmp_path: Path) -> None:
    source = cases.held(*cases.crowd({"walk": 6}, quoted="no"))
    with outgoing(source, PUBLIC, Filters(), tmp_path) as leaving:
        assert [r.text for r in leaving.records()] == [None] * 6
        assert leaving.counts.wordless == {"sans_citation": 6}
        assert leaving.counts.contributions == 6


def test_nothing_leaves_without_the_agreement_to_keep(tmp_path: Path) -> None:
    answers = {Spot("privacy"): cases.chose(("no", "Non")), Spot("idea"): cases.said("canari")}
    no = cases.participation(answers, cases.CAMILLE.contributions[:1], reference="NNNN-NNNN")
    for profile in Profile:
        with outgoing(cases.held(no), profile, Filters(), tmp_path) as leaving:
            assert not list(leaving.records())
            assert not list(leaving.participants())
            assert leaving.counts.withheld == {"refuse": 1}
            assert leaving.counts.absent == {"sans_accord": 1}


def uses(source: cases.Held, folder: Path) -> Counter[str]:
    with outgoing(source, PUBLIC, Filters(), folder) as leaving:
        said = Counter(r.profile["uses"][0].code for r in leaving.records())
        assert said == Counter(p.answers["uses"][0].code for p in leaving.participants())
        assert leaving.counts.mixed == said[OTHER.code]
        return said


@pytest.mark.parametrize(
    ("people", "published"),
    [
        ({"walk": 6, "rest": 5}, {"walk": 6, "rest": 5}),
        # Four are too few; alone in the mix they would be found: the smallest group joins them.
        ({"walk": 9, "play": 6, "rest": 4}, {"walk": 9, OTHER.code: 10}),
        ({"walk": 9, "rest": 3, "play": 2}, {"walk": 9, OTHER.code: 5}),
        ({"walk": 9, "": 6}, {"walk": 9, OTHER.code: 6}),
        ({"walk": 9, "rest": 5, "": 1}, {"walk": 9, OTHER.code: 6}),
        ({"walk": 2}, {OTHER.code: 2}),
    ],
)
def test_small_groups_are_mixed(
    people: dict[str, int], published: dict[str, int], tmp_path: Path
) -> None:
    assert uses(cases.held(*cases.crowd(people)), tmp_path) == published


def test_no_mix_is_small_whatever_the_groups() -> None:
    for sizes in ((1, 1, 9), (4, 5, 5), (1, 5, 6, 7), (3,), (5, 5), (2, 2, 2)):
        counts = {str(n): size for n, size in enumerate(sizes)}
        kept = shown(counts, "unsaid", K)
        mixed = [size for name, size in counts.items() if name not in kept]
        assert all(counts[name] >= K for name in kept)
        assert not mixed or sum(mixed) >= K or not kept
        assert len(mixed) != 1 or not kept


def test_a_person_counts_once_whatever_they_wrote(tmp_path: Path) -> None:
    [one] = cases.crowd({"walk": 1})
    several = replace(
        one,
        contributions=tuple(
            replace(one.contributions[0], reference=f"P-0000{n:02d}", round=0) for n in range(1, 9)
        ),
    )
    with outgoing(cases.held(several), PUBLIC, Filters(), tmp_path) as leaving:
        assert {r.profile["uses"] for r in leaving.records()} == {(OTHER,)}


def test_a_published_department_is_its_region(tmp_path: Path) -> None:
    steps = [
        step.model_copy(update={"leaves": ("public",)}) if step.id == "place" else step
        for step in cases.GUIDE.sections[1].steps
    ]
    section = cases.GUIDE.sections[1].model_copy(update={"steps": tuple(steps)})
    sections = (cases.GUIDE.sections[0], section, cases.GUIDE.sections[2])
    guide = cases.GUIDE.model_copy(update={"sections": sections})
    source = replace(
        cases.held(*cases.crowd({"walk": 6})), guides={(guide.guide, guide.version): guide}
    )
    [record, *_] = cases.records(source, PUBLIC, tmp_path)
    assert record.profile["place"] == (Coded("84", "Auvergne-Rhône-Alpes"),)


def test_pseudonyms_hold_within_a_snapshot_and_a_profile_only(tmp_path: Path) -> None:
    source = cases.held(*cases.crowd({"walk": 8}))
    once = cases.records(source, PUBLIC, tmp_path)
    assert once == cases.records(source, PUBLIC, tmp_path)
    assert len({r.reference for r in once} | {r.participation for r in once}) == 16
    other = replace(source, snapshot=replace(source.snapshot, salt=b"other"))
    later = cases.records(other, PUBLIC, tmp_path)
    assert not {r.reference for r in once} & {r.reference for r in later}
    partner = cases.records(source, PARTNER, tmp_path)
    assert not {r.participation for r in partner} & {r.participation for r in once}
    assert [r.reference for r in once] == sorted(r.reference for r in once)
    numbers = [int(r.text.split()[-1]) for r in once if r.text]
    assert numbers != sorted(numbers), "the order must not tell who came first"


def test_a_pseudonym_never_holds_the_reference() -> None:
    names = Pseudonyms(b"salt", "public")
    assert names.contribution("E-000123").startswith("E-")
    assert len(names.contribution("E-000123")) == len("E-") + 10
    assert names.coder("alix") != names.coder("sam")


def test_duplicates_keep_both_references(tmp_path: Path) -> None:
    people = cases.crowd({"walk": 6})
    joined = Curation("P-000001", Decision.PUBLISHED, merged_into="P-000002")
    source = cases.held(*people, P_000001=joined)
    assert cases.records(source, PARTNER, tmp_path)[0].merged_into == "P-000002"
    public = cases.records(source, PUBLIC, tmp_path)
    [target] = [r.merged_into for r in public if r.merged_into]
    assert [r.text for r in public if r.reference == target] == ["De l'eau 2"]
    lost = cases.held(*people, P_000001=joined, P_000002=Curation("P-000002", Decision.HIDDEN))
    assert not [r for r in cases.records(lost, PUBLIC, tmp_path) if r.merged_into]


def test_filters_choose(tmp_path: Path) -> None:
    source = cases.held(cases.CAMILLE, *cases.crowd({"walk": 2}, first=10))

    def found(**filters: str) -> list[str]:
        return [r.reference for r in cases.records(source, INTERNAL, tmp_path, **filters)]

    assert found() == ["P-000001", "P-000002", "P-000010", "P-000011"]
    assert found(topic="water") == ["P-000001", "P-000010", "P-000011"]
    assert found(origin="affiche") == ["P-000001", "P-000002"]
    assert found(since="2026-03-05") == ["P-000002"]
    assert found(until="2026-03-04", language="fr") == ["P-000001", "P-000010", "P-000011"]
    assert found(kind="experience") == found(guide="autre") == found(decision="hidden") == []
    with outgoing(source, INTERNAL, Filters(kind="experience"), tmp_path) as leaving:
        assert leaving.counts.absent == {"filtre": 4}
        assert leaving.counts.withheld == {"filtre": 3}


@pytest.mark.parametrize("profile", Profile)
def test_a_filter_never_tells_what_is_withheld(profile: Profile) -> None:
    values = {
        "guide": "g", "kind": "proposal", "topic": "t", "decision": "published",
        "since": "2026-03-04", "until": "2026-03-04", "language": "fr", "origin": "affiche",
    }  # fmt: skip
    assert set(values) == {one.name for one in fields(Filters)}
    shows = {"since": "made_on", "until": "made_on"}
    for name, value in values.items():
        chosen = Filters.read({name: value})
        assert Filters.read(chosen.chosen) == chosen
        if name in POSSIBLE[profile]:
            chosen.check(profile)
            assert FIELDS[shows.get(name, name)].rule(profile) is not Rule.WITHHELD
        else:
            with pytest.raises(ExportError, match="cache"):
                chosen.check(profile)


@pytest.mark.parametrize(
    "wrong", [{"kind": "x"}, {"since": "hier"}, {"decision": "x"}, {"job": "x"},
              {"since": "2026-03-05", "until": "2026-03-04"}],
)  # fmt: skip
def test_a_filter_that_cannot_be_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ExportError):
        Filters.read(wrong)


def test_participants_say_why_there_is_no_answer(tmp_path: Path) -> None:
    with outgoing(cases.held(cases.CAMILLE), INTERNAL, Filters(), tmp_path) as leaving:
        [one] = leaving.participants()
    assert one.answers["uses"] == (Coded("rest", "= Dormir"), Coded("play", "Jouer"))
    assert one.unsaid == {"age": "refused", "tenant": "skipped", "rent": "not_asked"}
    assert one.contributions == ("P-000001", "P-000002")
    assert one.agreements["quoted"].given == "no"
    with outgoing(cases.held(cases.CAMILLE), PARTNER, Filters(), tmp_path) as leaving:
        [one] = leaving.participants()
    assert set(one.answers) == {"uses"}
    assert one.run is None
    assert one.origin is one.helped is one.helper_session is None


def test_nothing_stays_on_the_disk(tmp_path: Path) -> None:
    cases.records(cases.held(cases.CAMILLE), INTERNAL, tmp_path)
    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True, slots=True)
class Alone:
    """A value of one field."""

    only: str


def test_what_is_put_aside_comes_back_equal_in_order(tmp_path: Path) -> None:
    values = [*cases.held(*cases.crowd({"walk": 2}), cases.CAMILLE).people, Alone("é")]
    with closing(Spool[object](tmp_path)) as spool:
        for n, value in enumerate(reversed(values)):
            spool.add(len(values) - n, value)
        spool.sort()
        assert list(spool) == values == list(spool)


def test_what_is_put_aside_in_any_order_comes_back_in_order(tmp_path: Path) -> None:
    count, drawn = 3 * RUN + 7, random.Random(5)
    keys = [drawn.randrange(1 << 50) for _ in range(count)]
    with closing(Spool[int](tmp_path)) as spool:
        for key in keys:
            spool.add(key, key)
        spool.sort()
        assert list(spool) == sorted(keys)
        assert len(spool) == count
        assert not list(tmp_path.iterdir()), "its files have no name"


def test_what_comes_back_all_the_time_is_written_once_and_read_as_one_object(
    tmp_path: Path,
) -> None:
    often = Alone("Ce que beaucoup de lignes disent. " * 20)
    values = [(often, Alone(f"{n} {n % 7}"), often.only) for n in range(300)]
    with closing(Spool[object](tmp_path, [Alone, often, often.only])) as spool:
        for n, value in enumerate(values):
            spool.add((n * 7_919) % 300, value)
        spool.sort()
        wanted = [values[n] for n in sorted(range(300), key=lambda n: (n * 7_919) % 300)]
        both = list(zip(spool, spool, strict=True))
        assert [one for one, _ in both] == wanted == [two for _, two in both], "read at once"
        assert spool.size < 300 * 80, "not the whole sentence each time"
        read: list[Any] = list(spool)
        assert len({id(one[0]) for one in read}) == 1


def test_putting_aside_takes_no_more_memory_for_more_values(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        with closing(Spool[int](tmp_path)) as spool:
            for n in range(count):
                spool.add(count - n, n)
            spool.sort()
            assert sum(1 for _ in spool) == count
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(4 * RUN) < peak(2 * RUN) + 100_000, "8 192 more values"


def test_names_keep_the_number_of_their_first_time() -> None:
    with closing(Known()) as known:
        assert [known.number(name) for name in ("b", "a", "b", "é")] == [0, 1, 0, 2]
        assert (len(known), known.find("a"), known.find("z")) == (3, 1, None)
