"""Near-identical texts in groups: what is found, what is not, what staff told apart."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from talks import conversation, turn, words

from bot.curated import Decision
from bot.errors import CurationError
from bot.finding import Entry
from bot.model import Event, Spot
from storage.conversations import SqlStore
from storage.desk_tables import apart as apart_table
from storage.moderation.alike import Lookalikes
from storage.moderation.apart import Apart
from storage.moderation.nearly import groups, likeness, plain
from storage.search.searching import Searching

DAY = date(2026, 3, 4)
CAMPAIGN = (
    "Nous demandons un ratio de huit enfants par éducatrice la nuit, une prime de dimanche "
    "portée à cent euros, et deux jours de formation chaque trimestre, payés et remplacés."
)
OTHER = (
    "Je voudrais que le bus passe plus tôt, pour arriver à la crèche avant mes collègues du matin."
)


def among(texts: list[str], family: str = "g") -> list[tuple[int, ...]]:
    return groups(lambda: ((n, family, one) for n, one in enumerate(texts)), texts.__getitem__)


def test_forty_copies_and_their_slips_are_one_group() -> None:
    draw = random.Random(3)
    copies = [CAMPAIGN] * 30
    for _ in range(10):
        said = CAMPAIGN.split()
        said[draw.randrange(len(said))] += "s"
        copies.append(" ".join(said).upper().replace(",", " ,"))
    others = [f"{OTHER} Ligne {n}, depuis {n * 7} ans." for n in range(3)]
    alone = [f"Rien à voir {n} : " + " ".join(draw.choices("abcdefghij", k=20)) for n in range(200)]
    found = among(copies + others + alone)
    assert found[0] == tuple(range(40))
    assert found[1] == (40, 41, 42)
    assert len(found) == 2


def test_nothing_goes_between_nor_across_kinds() -> None:
    assert likeness(plain(CAMPAIGN), plain(OTHER)) == 0
    assert likeness(plain("Été !"), plain("ete")) == 100
    assert 85 <= likeness(plain(CAMPAIGN), plain(CAMPAIGN + " Merci.")) <= 99
    both = [(1, "guide proposal", CAMPAIGN), (2, "guide experience", CAMPAIGN)]
    assert groups(lambda: both, lambda _: CAMPAIGN) == []
    assert among(["", " ", "…", "Oui", "oui.", "Non"]) == [(3, 4)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([CAMPAIGN, OTHER, "Oui", "", CAMPAIGN + " Merci", "🌙", "a b c d"]))
)
def test_whatever_is_said_nobody_is_in_two_groups(texts: list[str]) -> None:
    found = among(texts)
    every = [n for one in found for n in one]
    assert len(every) == len(set(every))
    for first, *others in found:
        assert all(likeness(plain(texts[first]), plain(texts[n])) for n in others)
    same = {n for n, one in enumerate(texts) if plain(one) and texts.count(one) > 1}
    assert same <= set(every)


def entry(n: int, text: str, **more: object) -> Entry:
    plain = Entry(n, f"P-{n:06d}", f"c{n}", f"REF-{n}", "guide", "proposal", DAY, "", text)
    return replace(plain, **more)  # type: ignore[arg-type]


def told(store: SqlStore, count: int) -> None:
    for n in range(1, count + 1):
        talk = conversation(f"c{n}", at=None, finished=True, answers={Spot("idea"): words("x")})
        made = Event("contribution", Spot("idea"), "proposal")
        with store.hold("web", f"person {n}") as held:
            held.save("m1", turn(talk, events=(made,)), push=False)


@pytest.fixture
def looking(engine: Engine, store: SqlStore):
    told(store, 6)
    search, apart = Searching(), Apart(engine)
    alike = Lookalikes(search, apart, lambda: datetime(2026, 3, 4, 12, tzinfo=UTC))
    yield search, apart, alike
    alike.close()
    search.close()


def screen(alike: Lookalikes) -> list[list[int]]:
    return [
        [one.first.number, *(near.entry.number for near in one.others)]
        for one in alike.screen().groups
    ]


def test_what_is_shown_is_of_now(looking) -> None:
    search, _, alike = looking
    assert alike.screen().at is None
    search.put([f"c{n}" for n in range(1, 7)], [
        entry(1, CAMPAIGN), entry(2, CAMPAIGN), entry(3, CAMPAIGN + " Merci."), entry(4, OTHER),
        entry(5, CAMPAIGN, complete=False), entry(6, CAMPAIGN, decision=Decision.BINNED),
    ])  # fmt: skip
    alike.look()
    assert alike.wait(20)
    assert screen(alike) == [[1, 2, 3]]
    search.put(["c2"], [entry(2, "Tout autre chose, maintenant.")])
    assert screen(alike) == [[1, 3]]
    search.put(["c3"], [entry(3, CAMPAIGN, merged_into="P-000001")])
    assert screen(alike) == []
    assert alike.screen().count == 1, "it is counted until somebody looks again"
    search.drop(["REF-1"])
    assert alike.screen().count == 0


def test_what_staff_told_apart_is_not_shown_again(looking, engine, store) -> None:
    search, apart, alike = looking
    made = [c for run in store.participations() for c in run.contributions]
    numbers = sorted(int(one.reference[2:]) for one in made)
    first, two, three, four, five, six = numbers

    def put(*some: int) -> None:
        search.put([f"c{n}" for n in some], [entry(n, CAMPAIGN) for n in some])

    def keep(*some: int) -> None:
        apart.keep([f"P-{n:06d}" for n in some], "claire", DAY)

    put(first, two, three, four, five)
    alike.look()
    assert alike.wait(20)
    keep(first, two)
    assert screen(alike) == [[first, three, four, five]]
    keep(first, three, four, five)
    assert screen(alike) == [[two, three, four, five]] == [[two, *numbers[2:5]]]
    keep(*numbers[:5])
    assert alike.screen().groups == ()
    assert alike.screen().count == 0
    put(six)
    alike.look(again=True)
    assert alike.wait(20)
    assert screen(alike) == [[first, six]], "another one is compared with the first"
    [whose] = [
        one.conversation.id for one in store.participations()
        if one.contributions[0].reference == f"P-{first:06d}"
    ]  # fmt: skip
    store.forget("web", f"person {whose[1:]}")
    with engine.connect() as connection:
        mine = select(func.count()).where(apart_table.c.contribution == first)
        assert connection.scalar(mine) == 0
    with pytest.raises(CurationError):
        keep(first, two)
