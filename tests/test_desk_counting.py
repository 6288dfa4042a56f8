"""Counting everybody: what is counted, what is hidden, and that it cannot be worked out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from xml.etree import ElementTree

import exports_cases as cases
import pytest
from desk_crowd import people
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.guide import Guide
from bot.model import Answer, Participation, Spot, State
from desk.overview.charts import Bar, bars, columns
from desk.overview.counting import Counted, Tallies, counted
from desk.overview.tables import Told, key_figures, tables, time_of
from exports.small_numbers import HIDDEN, rounded, share, shown_together

HALF_AN_HOUR = timedelta(minutes=30)


def tallied(*them: Participation) -> Tallies:
    found = counted(them, lambda guide, version: cases.GUIDES.get((guide, version)))
    assert found.lost == 0
    return found.tallies[cases.GUIDE.guide]


def told(tallies: Tallies, **wanted: int) -> dict[str, Told]:
    targets = {("uses", code): count for code, count in wanted.items()}
    return {one.name: one for one in tables(tallies, cases.GUIDE, targets)}


def test_everybody_is_counted_once() -> None:
    tallies = tallied(*people(60))
    assert (tallies.begun, sum(tallies.days.values()), len(tallies.days)) == (60, 60, 21)
    assert tallies.channels == {"telegram": 15, "web": 45}
    assert tallies.origins == {"affiche": 20, "mairie": 20, None: 20}
    assert tallies.chosen["uses", "rest"] == 20
    assert tallies.departments == {"01": 60}
    assert tallies.languages == {"fr": 60}
    assert tallies.contributions == {"proposal": 60}
    assert dict(key_figures(tallies))["Propositions"] == "60"


def test_a_version_whose_text_is_lost_is_said() -> None:
    found = counted(people(9), lambda *_: None)
    assert (found.tallies, found.lost, found.people) == ({}, 9, 9)


def test_days_put_together_are_everybody_counted_at_once() -> None:
    everybody = [*people(60), cases.CAMILLE]
    second = cases.GUIDE.model_copy(update={"version": "2"})
    everybody[7] = replace(
        everybody[7], conversation=replace(everybody[7].conversation, version="2"), alarms=2
    )

    def guide(name: str, version: str) -> Guide | None:
        return second if version == "2" else cases.GUIDES.get((name, version))

    together = Counted()
    for start in range(0, len(everybody), 7):
        together.add(counted(everybody[start : start + 7], guide))
    assert together.tallies == counted(everybody, guide).tallies
    assert together.people == len(everybody)


def test_without_an_agreement_only_the_passage_is_counted() -> None:
    one = people(9)[3]
    no = replace(one.conversation.answers[Spot("privacy")], values=("no",), labels=("Non",))
    answers = {**one.conversation.answers, Spot("privacy"): no}
    tallies = tallied(replace(one, conversation=replace(one.conversation, answers=answers)))
    assert (tallies.begun, tallies.chosen, tallies.contributions) == (1, {}, {})
    assert tallies.departments == {None: 1}
    assert {q.answered + q.skipped + q.refused for q in tallies.questions} == {0}
    assert next(q for q in tallies.questions if q.step == "place").reached == 1


def test_time_goes_from_an_answer_to_the_next_and_pauses_do_not_count() -> None:
    def one(seconds: int) -> Participation:
        talk = people(1)[0].conversation
        at = talk.started
        given_at = {"privacy": at + timedelta(seconds=seconds), "place": at + 2 * HALF_AN_HOUR}
        answers = {
            Spot(step): Answer(State.ANSWERED, when, ("yes",)) for step, when in given_at.items()
        }
        return replace(people(1)[0], conversation=replace(talk, answers=answers))

    tallies = tallied(*(one(seconds) for seconds in [5] * 3 + [83] * 20 + [400] * 3))
    asked = {question.step: question for question in tallies.questions}
    assert (asked["privacy"].seconds, asked["privacy"].timed) == (83, 26)
    assert time_of(asked["privacy"]) == "1\u00a0min\u00a023"
    assert (asked["place"].seconds, time_of(asked["place"])) == (None, "–")
    few = tallied(*(one(5) for _ in range(19)))
    assert time_of(next(q for q in few.questions if q.step == "privacy")) == "–"


def test_what_the_page_shows() -> None:
    shown = told(tallied(*people(60)), walk=50, play=40)
    assert dict(shown["canal"].rows) == {"Page web": "45", "Telegram": "15"}
    assert shown["jours"].rows[0][1] in ("< 5", HIDDEN)
    assert [row[:3] for row in shown["objectifs"].rows] == [
        ("Jouer", "< 5", "40"), ("Marcher", "37", "50"),
    ]  # fmt: skip
    assert [row[3] for row in shown["objectifs"].rows] == ["au moins 36", "13"]
    assert 'width="74.00%"' in shown["objectifs"].chart  # 37 of 50
    asked = {row[0]: row[1:] for row in shown["etapes"].rows}
    assert asked["Département"][0] == "environ 60"
    assert "Sans réponse" in {one.title for one in shown.values()}


def test_shares_want_twenty_persons_and_five_on_each_side() -> None:
    assert [share(10, 19), share(4, 40), share(36, 40)] == [None, None, None]
    assert share(35, 40) == "88\u00a0%"
    assert [share(0, 20), share(20, 20), share(5, 20)] == ["0\u00a0%", "100\u00a0%", "25\u00a0%"]
    assert [rounded(n) for n in (0, 2, 3, 7, 8)] == [0, 0, 5, 5, 10]


def readings(said: Sequence[str], total: int) -> list[tuple[int, ...]]:
    """Every way to fill what is hidden, for one who knows the sum and our rule."""
    may_be = {"< 5": range(1, 5), HIDDEN: range(total + 1 if HIDDEN in said else 0)}
    every = [may_be[one] if one in may_be else (int(one),) for one in said]
    if set(said) - {HIDDEN}:
        every = [
            range(5, total + 1) if s == HIDDEN else e for s, e in zip(said, every, strict=True)
        ]
    return [one for one in product(*every) if sum(one) == total]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 6), st.integers(0, 30)), min_size=2, max_size=4))
def test_a_hidden_number_cannot_be_worked_out(counts: list[int]) -> None:
    said = shown_together(counts)
    if sum(counts) < 5:  # the sum is not shown either
        return
    possible = readings(said, sum(counts))
    assert tuple(counts) in possible
    for n, text in enumerate(said):
        if text == "< 5":
            assert len({one[n] for one in possible}) > 1, (counts, said)


def test_the_place_of_a_hidden_number_tells_nothing() -> None:
    uses = {"walk": 30, "rest": 2, "play": 3}
    labels = [row[0] for row in told(tallied(*cases.crowd(uses)))["origine"].rows]
    assert labels == ["(sans lien)"]
    one, two = (replace(p, conversation=replace(p.conversation, origin=origin))
                for p, origin in zip(people(9)[:2], ("zoo", "abc"), strict=True))  # fmt: skip
    rows = told(tallied(*people(60), one, one, one, two))["origine"].rows
    assert [row[0] for row in rows][-2:] == ["abc", "zoo"]


@pytest.mark.parametrize("drawn", [
    bars("a", "Titre & <b>", [Bar("<script>", "12", 12.0), Bar("x" * 80, "< 5", None)]),
    columns("b", "Jours", [Bar("01/01/2026", "7", 7.0), Bar("02/01/2026", "< 5", None)]),
    bars("c", "Rien", []), columns("d", "Rien", []),
])  # fmt: skip
def test_a_chart_is_well_formed_named_and_told(drawn: str) -> None:
    root = ElementTree.fromstring(str(drawn))
    title, desc = root.find("title"), root.find("desc")
    assert root.get("role") == "img"
    assert title is not None
    assert title.text
    assert desc is not None
    assert desc.text
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert "style" not in str(drawn)
    assert not re.search(r"<script|\son\w+=", str(drawn))


def test_many_days_become_weeks() -> None:
    june = datetime(2026, 6, 1, tzinfo=UTC)
    far = [replace(p, conversation=replace(p.conversation, started=june)) for p in people(30)]
    days = told(tallied(*people(60), *far))["jours"]
    assert days.title == "Par semaine"
    assert days.rows[0] == ("semaine du 01/06/2026", "30")
