"""Whoever knows all about somebody finds five persons in a published file, or nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import exports_cases as cases
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.curated import Curated, Curation, Decision
from bot.guide_file import read_guide
from bot.model import Answer, Contribution, Conversation, Participation, Spot
from exports.columns import Coded
from exports.confidentiality import OTHER, K, Profile
from exports.leaving.filters import Filters
from exports.leaving.outgoing import Outgoing, outgoing
from exports.leaving.small_groups import cut, fallen, shown
from exports.manifest import Manifest
from exports.on_disk.spool import Spool
from exports.packages_list import chosen
from exports.packing import pack

WRITTEN = """
guide: jardins-2027
version: "%s"
title: Les jardins de la ville
sections:
  - id: accueil
    title: Bienvenue
    steps:
      - {id: keep, kind: consent, question: "Garder ?", version: v1, required: true}
      - {id: quote, kind: consent, question: "Vous citer ?", version: v1, allows: [quote]}
  - id: vous
    title: Vous
    steps:
      - {id: place, kind: place, question: "Où habitez-vous ?", leaves: [public]}
      - id: uses
        kind: choices
        leaves: [public]
        question: "Que faites-vous au jardin ?"
        choices: [{value: walk, label: Marcher}, {value: rest, label: Dormir}]
      - {id: tenant, kind: yes_no, question: "Êtes-vous locataire ?", leaves: [public]}
  - id: idee
    title: Votre idée
    repeat: {again: again, at_most: 4}
    contributions:
      - {kind: experience, text: story, topic: theme}
      - {kind: proposal, text: idea, topic: theme, public: whom}
    steps:
      - id: theme
        kind: choice
        question: "Sur quoi ?"
        choices: [{value: water, label: "L'eau"}, {value: shade, label: "L'ombre"}]
      - {id: story, kind: open, question: "Que s'est-il passé ?"}
      - {id: idea, kind: open, question: "Quelle est votre idée ?"}
      - id: whom
        kind: choice
        question: "Pour qui ?"
        choices: [{value: all, label: Tous}, {value: kids, label: Enfants}]
      - {id: check, kind: read_back, question: "C'est bien ça ?", of: [story, idea]}
      - {id: again, kind: yes_no, question: "Une autre idée ?"}
"""
GUIDES = {
    (one.guide, one.version): one
    for one in (read_guide(WRITTEN % n, "jardins.yml") for n in ("1", "2"))
}
STEPS = ("place", "uses", "tenant")
Told = tuple[str, str, bool]  # topic, whom ("" for an experience), whether staff published it


@dataclass(frozen=True)
class Alike:
    """So many persons who would say the same."""

    row: tuple[str, tuple[str, ...], str]  # place, uses, tenant; empty: passed
    lines: tuple[Told, ...]
    version: str
    count: int


ROWS = st.tuples(
    st.sampled_from(("", "01", "59", "62")),  # the last two are of one region
    st.sampled_from(((), ("walk",), ("walk", "rest"))),
    st.sampled_from(("", "yes", "no")),
)
TOLD = st.tuples(
    st.sampled_from(("water", "shade")), st.sampled_from(("", "all", "kids")), st.booleans()
)
ALIKE = st.builds(
    Alike,
    ROWS,
    st.lists(TOLD, min_size=1, max_size=3).map(tuple),
    st.sampled_from("12"),
    st.integers(1, 8),
)
CROWDS = st.lists(ALIKE, min_size=1, max_size=9)
LAW = settings(
    max_examples=50, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def said(*codes: str) -> Answer:
    return cases.chose(*((code, code) for code in codes))


def answers(of: Alike) -> Iterator[tuple[Spot, Answer]]:
    yield Spot("keep"), said("yes")
    yield Spot("quote"), said("yes")
    place, uses, tenant = of.row
    for step, codes in (("place", (place,)), ("uses", uses), ("tenant", (tenant,))):
        if any(codes):
            yield Spot(step), said(*codes)
    for n, (topic, whom, _) in enumerate(of.lines):
        yield Spot("theme", n), said(topic)
        yield Spot("idea" if whom else "story", n), cases.said("De l'eau")
        if whom:
            yield Spot("whom", n), said(whom)
        yield Spot("check", n), said("yes")
        yield Spot("again", n), said("yes" if n + 1 < len(of.lines) else "no")


def store(crowds: Iterable[Alike]) -> cases.Held:
    """Everybody, as a snapshot in memory."""
    people: list[Curated] = []
    number = 0
    for of in crowds:
        for _ in range(of.count):
            made, decided = [], {}
            for n, (_topic, whom, published) in enumerate(of.lines):
                number += 1
                kind = "proposal" if whom else "experience"
                reference = f"{'P' if whom else 'E'}-{number:06d}"
                made.append(Contribution(reference, kind, n, cases.NOON.date()))
                decision = Decision.PUBLISHED if published else Decision.HIDDEN
                decided[reference] = Curation(reference, decision)
            talk = Conversation(
                id=f"c{len(people)}", reference=f"REF-{len(people):05d}", guide="jardins-2027",
                version=of.version, channel="web", started=cases.NOON, answers=dict(answers(of)),
            )  # fmt: skip
            people.append(Curated(Participation(talk, tuple(made), "finished", None), decided))
    snapshot = replace(cases.held().snapshot, participations=len(people))
    return cases.Held(tuple(people), snapshot, GUIDES)


def gone(source: cases.Held, who: Iterable[int]) -> cases.Held:
    """These persons withdrew since everything that staff had published of them."""
    people = tuple(source.curated())
    now = {}
    for n in {n for n in who if n < len(people)}:
        one = people[n]
        hidden = {r: replace(c, decision=Decision.HIDDEN) for r, c in one.curations.items()}
        now[one.participation.conversation.reference] = replace(one, curations=hidden)
    return replace(source, now=now)


Row = tuple[str, ...]
Line = tuple[str, str, str]  # kind, topic, whom
Release = Mapping[str, tuple[Row, frozenset[Line]]]


def codes(values: tuple[Coded, ...]) -> str:
    return "+".join(one.code for one in values)


def read(leaving: Outgoing) -> Release:
    """A published file, as somebody who has it reads it: persons by pseudonym."""
    rows = {
        one.reference: tuple(codes(one.answers[step]) for step in STEPS)
        for one in leaving.participants()
    }
    lines: dict[str, set[Line]] = {one: set() for one in rows}
    for record in leaving.records():
        row = tuple(codes(record.profile[step]) for step in STEPS)
        assert row == rows[record.participation]
        assert (record.version, record.made_on, record.channel) == ("", None, None)
        told = (record.kind.code, codes(record.topic), codes(record.public))
        lines[record.participation].add(told)
    return {one: (row, frozenset(lines[one])) for one, row in rows.items()}


def release(source: cases.Held, folder: Path, **filters: str) -> Release:
    with outgoing(source, Profile.PUBLIC, Filters.read(filters), folder) as leaving:
        return read(leaving)


NOTHING = (OTHER.code,) * len(STEPS)
RARE = OTHER.code


def is_safe(file: Release) -> None:
    rows = Counter(row for row, _ in file.values())
    assert all(n >= K for n in rows.values()) or set(rows) == {NOTHING}
    for size in range(len(STEPS) + 1):  # subtraction: what is said on some columns, less the rest
        for places in combinations(range(len(STEPS)), size):
            parts: Counter[Row] = Counter()
            for row, n in rows.items():
                parts[tuple(row[place] for place in places)] += n
            for row, n in rows.items():
                rest = parts[tuple(row[place] for place in places)] - n
                assert rest == 0 or rest >= K
    topics: dict[Row, Counter[str]] = {}
    whoms: dict[tuple[Row, str], Counter[str]] = {}
    for row, lines in file.values():
        for topic in {topic for _, topic, _ in lines}:
            topics.setdefault(row, Counter())[topic] += 1
        for topic, whom in {(topic, whom) for _, topic, whom in lines if whom}:
            whoms.setdefault((row, topic), Counter())[whom] += 1
    for counts in (*topics.values(), *whoms.values()):
        assert all(n >= K for n in counts.values()) or set(counts) == {RARE}


def finds(file: Release, row: tuple[str, ...]) -> int:
    """How many persons of the file may be the one who said all this."""
    return sum(
        all(seen in (RARE, mine) for seen, mine in zip(shown_row, row, strict=True))
        for shown_row, _ in file.values()
    )


REGIONS = {"01": "84", "59": "32", "62": "32", "": RARE}


@LAW
@given(CROWDS)
def test_who_knows_a_whole_profile_finds_five_persons_or_none(
    tmp_path: Path, crowds: list[Alike]
) -> None:
    source = store(crowds)
    file = release(source, tmp_path)
    is_safe(file)
    for one in crowds:
        place, uses, tenant = one.row
        known = (REGIONS[place], "+".join(uses) or RARE, tenant or RARE)
        assert finds(file, known) in (0, *range(K, len(file) + 1)) or len(file) < K


@LAW
@given(CROWDS, st.sampled_from(({"kind": "proposal"}, {"kind": "experience"})))
def test_a_filter_shows_a_part_of_the_same_file(
    tmp_path: Path, crowds: list[Alike], filters: dict[str, str]
) -> None:
    source = store(crowds)
    whole = release(source, tmp_path)
    for who, (row, lines) in release(source, tmp_path, **filters).items():
        assert row == whole[who][0]
        assert lines == {one for one in whole[who][1] if one[0] == filters["kind"]}


WITHDRAWN = st.lists(st.integers(0, 40), max_size=12)


@example(  # four who sleep were hidden by six who do both; they leave, the six stay hidden
    [
        Alike(("", ("walk",), ""), (("water", "", True),), "1", 9),
        Alike(("", ("walk", "rest"), ""), (("water", "", True),), "1", 6),
        Alike(("", (), "yes"), (("water", "", True),), "1", 4),
    ],
    [15, 16],
    [17, 18],
)
@LAW
@given(CROWDS, WITHDRAWN, WITHDRAWN)
def test_who_leaves_later_never_uncovers_the_others(
    tmp_path: Path, crowds: list[Alike], first: list[int], then: list[int]
) -> None:
    source = store(crowds)
    files = [release(gone(source, who), tmp_path) for who in ([], first, first + then)]
    for file in files:
        is_safe(file)
    for before, after in ((files[0], files[1]), (files[1], files[2])):
        for who, (row, lines) in after.items():
            for seen, earlier in zip(row, before[who][0], strict=True):
                assert seen in (RARE, earlier)
            for kind, topic, whom in lines:
                assert any(
                    kind == k and topic in (RARE, t) and whom in (RARE, w)
                    for k, t, w in before[who][1]
                )


def test_a_topic_that_too_few_persons_keep_is_hidden_with_the_next_one(tmp_path: Path) -> None:
    walk = ("", ("walk",), "")
    source = store(
        [
            Alike(walk, (("water", "", True),), "1", 7),
            Alike(walk, (("shade", "all", True),), "1", 5),
            Alike(("", (), "yes"), (("shade", "kids", True),), "1", 6),
        ]
    )

    def told(file: Release) -> Counter[tuple[str, str, str]]:
        return Counter(
            (row[1], topic, whom) for row, lines in file.values() for _, topic, whom in lines
        )

    before = {("walk", "water", ""): 7, ("walk", "shade", "all"): 5, (RARE, "shade", "kids"): 6}
    assert told(release(source, tmp_path)) == before
    after = {("walk", RARE, ""): 7, ("walk", RARE, RARE): 4, (RARE, "shade", "kids"): 6}
    assert told(release(gone(source, [7]), tmp_path)) == after
    fewer = {("walk", RARE, ""): 7, (RARE, "shade", "kids"): 6}
    assert told(release(gone(source, range(7, 12)), tmp_path)) == fewer


def manifest(source: cases.Held, profile: Profile, out: Path) -> Manifest:
    return pack(source, chosen(["csv"]), profile, Filters(), out, software="0").manifest


CROWD = [
    Alike(("01", ("walk",), "yes"), (("water", "all", True),), "1", 8),
    Alike(("01", ("walk",), "no"), (("shade", "kids", True), ("shade", "", False)), "2", 2),
    Alike(("59", ("walk",), "no"), (("water", "", False),), "2", 3),
]


def test_the_manifest_says_what_hiding_costs(tmp_path: Path) -> None:
    told = manifest(store(CROWD), Profile.PUBLIC, tmp_path / "x.zip").said()
    assert told["groupes"] == {
        "plus_petit": 10,
        "cases": {
            "profil": {"dites": 30, "cachees": 10},
            "sujet": {"dites": 10, "cachees": 10},
            "pour_qui": {"dites": 10, "cachees": 10},
        },
    }
    assert manifest(store(CROWD), Profile.PARTNER, tmp_path / "y.zip").said()["groupes"] is None


def test_a_published_manifest_counts_nobody_who_is_not_there(tmp_path: Path) -> None:
    out = tmp_path / "published"
    source = gone(store(CROWD), [0])
    packed = pack(
        source, chosen(["csv"]), Profile.PUBLIC, Filters(), out, software="0", zipped=False
    )
    told = packed.manifest.said()
    assert told["instantane"]["participations"] == 15  # 13
    assert told["instantane"]["change_depuis"] == {"masquee": "moins de 5"}
    assert told["participations"]["absentes"] == {"rien_a_publier": "moins de 5"}
    assert told["contributions"]["absentes"] == {
        "change_depuis": "moins de 5", "pas_publiee": 5,
    }  # fmt: skip
    note = (out / "LISEZ-MOI.txt").read_text("utf-8")
    assert "moins de 5 n'y sont pas : sans contribution publiée" in note
    assert "environ 5 n'y sont pas : que l'équipe n'a pas publiées" in note
    assert manifest(source, Profile.PARTNER, tmp_path / "y.zip").said()["instantane"][
        "participations"
    ] == 13  # fmt: skip


def test_rows_are_cut_together_the_first_question_last() -> None:
    rows = {(("a",), ("x",)): 5, (("a",), ("y",)): 3, (("b",), ("x",)): 4, ((), ("x",)): 1}
    assert cut(rows, 5) == {
        (("a",), ("x",)): (("a",), ()),  # shown, it would leave the three of y alone
        (("a",), ("y",)): (("a",), ()),
        (("b",), ("x",)): ((), ("x",)),
        ((), ("x",)): ((), ("x",)),
    }
    assert shown({"a": 6, "b": 3}, "", 5, mixed=5) == {"a"}


def test_what_falls_takes_the_smallest_other_along() -> None:
    then = {"a": 9, "b": 6, "c": 5, "": 5}
    assert fallen(then, then, "", 5) == frozenset()
    assert fallen(then, {**then, "c": 4}, "", 5) == {"c", "b"}
    assert fallen(then, {**then, "": 4}, "", 5) == {"c"}
    assert fallen(then, {"a": 9, "b": 6}, "", 5) == {"c", "b"}


def test_an_absent_contribution_is_never_named(tmp_path: Path) -> None:
    people = cases.crowd({"walk": 6})
    into = Curation("P-000001", Decision.PUBLISHED, merged_into="P-000002")
    for profile in (Profile.PARTNER, Profile.PUBLIC):
        both = cases.held(*people, P_000001=into)
        assert [one for one in cases.records(both, profile, tmp_path) if one.merged_into]
        binned = cases.held(*people, P_000001=into, P_000002=Curation("P-000002", Decision.BINNED))
        assert not [o for o in cases.records(binned, profile, tmp_path) if o.merged_into]
        left = replace(both, now={"REF-00002": Curated(replace(people[1], contributions=()), {})})
        assert not [o for o in cases.records(left, profile, tmp_path) if o.merged_into]
    filtered = cases.records(
        cases.held(*people, cases.idea("x", reference="Z"), P_000001=into),
        Profile.PARTNER, tmp_path, topic="shade",
    )  # fmt: skip
    assert not [one for one in filtered if one.merged_into]


def test_a_spool_knows_its_keys(tmp_path: Path) -> None:
    with closing(Spool[str](tmp_path)) as spool:
        for key in (7, 0, 1 << 50):
            spool.add(key, "x")
        spool.sort()
        assert [key in spool for key in (0, 1, 7, 8, 1 << 50, 1 << 51)] == [
            True, False, True, False, True, False,
        ]  # fmt: skip
