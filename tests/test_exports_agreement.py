"""Agreement between coders: examples of the literature, a count by hand, and what has no figure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import pytest
from nltk.metrics.agreement import AnnotationTask

from exports.coding.agreement import (
    ALONE,
    APART,
    NOBODY,
    SAME,
    Apart,
    Measure,
    Unit,
    agreement,
    alpha,
    disagreements,
    kappa,
    measure,
    reading,
)

Judgement = tuple[str, str, str]  # who, the unit, what they said of it


def measured(said: Iterable[Judgement], figure: Callable[[Mapping[Unit, int]], float]) -> Measure:
    """The figure of these judgements, whatever the answers are."""
    by_unit: dict[str, list[tuple[str, str]]] = {}
    for who, unit, answer in said:
        by_unit.setdefault(unit, []).append((who, answer))
    shared = Counter(tuple(sorted(them)) for them in by_unit.values() if len(them) > 1)
    return measure(shared, 2, 1, figure)


def judgements(**said: str) -> list[Judgement]:
    """One letter per unit and coder; `.` where a coder judged nothing."""
    return [
        (who, f"u{place}", letter)
        for who, letters in said.items()
        for place, letter in enumerate(letters)
        if letter != "."
    ]


def test_kappa_of_fifty_grant_proposals() -> None:
    """20 yes twice, 15 no twice, 5 and 10 apart: observed 0.7, expected 0.5, kappa 0.4."""
    first, second = (
        "y" * 20 + "y" * 5 + "n" * 10 + "n" * 15,
        "y" * 20 + "n" * 5 + "y" * 10 + "n" * 15,
    )
    found = measured(judgements(a=first, b=second), kappa)
    assert found.value == pytest.approx(0.4)
    assert found.units == 50


def test_alpha_of_two_observers_and_two_values() -> None:
    """Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), example A: 0.095."""
    found = measured(judgements(a="0100000010", b="1110010000"), alpha)
    assert found.value == pytest.approx(0.095, abs=5e-4)


def test_alpha_of_two_observers_and_five_values() -> None:
    """The same, example B: 0.692."""
    found = measured(judgements(a="aabbdcccedda", b="babbbccceddd"), alpha)
    assert found.value == pytest.approx(0.692, abs=5e-4)


def test_alpha_of_four_observers_with_missing_values() -> None:
    """The same, example C: nominal alpha 0.743, and the unit judged once does not count."""
    four = judgements(a="123321412...", b="1233224125.3", c=".3332342251.", d="12332441251.")
    found = measured(four, alpha)
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.units == 11


def test_by_hand_on_contributions_and_codes() -> None:
    """Camille and Dominique both coded E-1, E-2, E-3. Four codes: one is never given, and one
    contribution was coded by Camille alone. Nine units: they agree on seven. Present: Camille 5,
    Dominique 5. Expected (5×5 + 4×4) / 81; kappa = (7/9 - 41/81) / (1 - 41/81) = 22/40."""
    coded = {
        "camille": {
            "E-1": frozenset("ab"), "E-2": frozenset("a"), "E-3": frozenset("bc"),
            "E-4": frozenset("c"),
        },
        "dominique": {
            "E-1": frozenset("ab"), "E-2": frozenset("ab"), "E-3": frozenset("c"),
            "E-5": frozenset(),
        },
    }  # fmt: skip
    found = agreement(coded, "abcd")
    pair = found.pairs["camille", "dominique"]
    assert (pair.units, pair.contributions) == (9, 3)
    assert pair.value == pytest.approx(22 / 40)
    assert list(found.codes) == ["a", "b", "c"]
    assert found.codes["c"].value == 1.0
    # alpha: 18 values in 9 pairs, 10 present and 8 absent; 1 - 17 × 4 / (2 × 10 × 8) = 0.575
    assert found.alpha.value == pytest.approx(1 - 17 * 4 / 160)


@pytest.mark.parametrize(
    ("coded", "why"),
    [
        ({"camille": {"E-1": frozenset("a")}}, ALONE),
        ({"camille": {"E-1": frozenset("a")}, "dominique": {"E-2": frozenset("a")}}, APART),
        ({"camille": {"E-1": frozenset("a")}, "dominique": {"E-1": frozenset("a")}}, SAME),
        ({}, NOBODY),
        ({"camille": {}}, NOBODY),
    ],
)
def test_no_figure_without_a_reason(coded: dict[str, dict[str, frozenset[str]]], why: str) -> None:
    found = agreement(coded, "ab")
    assert found.alpha.value is None
    assert found.alpha.reading == why
    assert {one.reading for one in (*found.pairs.values(), *found.codes.values())} <= {why}


def test_a_figure_is_read_in_plain_french() -> None:
    said = [reading(value) for value in (1.0, 0.8, 0.7, 0.3, 0.0, -0.5)]
    assert len(dict.fromkeys(said)) == 4
    assert said[0] == said[1]
    assert said[-1] == said[-2]


def test_a_contribution_read_with_nothing_to_code_is_judged() -> None:
    """Both read E-1 to E-4: yes-yes, yes-no, no-no, no-no. Observed 3/4, expected 1/2 × 1/4 +
    1/2 × 3/4 = 1/2: kappa 1/2. Without what was read with nothing to code, no figure."""
    nothing = frozenset[str]()
    camille = {"E-1": frozenset("a"), "E-2": frozenset("a"), "E-3": nothing, "E-4": nothing}
    dominique = {"E-1": frozenset("a"), "E-2": nothing, "E-3": nothing, "E-4": nothing}
    coded = {"camille": camille, "dominique": dominique}
    found = agreement(coded, "a")
    pair = ("camille", "dominique")
    assert found.pairs[pair].value == pytest.approx(0.5)
    assert found.kappas["a"][pair] == found.pairs[pair]
    assert found.alpha.contributions == 4
    assert disagreements(coded, "ab") == [Apart("a", "E-2", ("camille",), ("dominique",))]


def test_disagreements_come_code_after_code_and_name_everybody() -> None:
    coded = {
        "c": {"E-1": frozenset("a"), "E-2": frozenset("b")},
        "d": {"E-1": frozenset("b"), "E-3": frozenset("a")},
        "e": {"E-1": frozenset("ab"), "E-2": frozenset("b")},
    }
    assert disagreements(coded, "ba") == [
        Apart("b", "E-1", ("d", "e"), ("c",)),
        Apart("a", "E-1", ("c", "e"), ("d",)),
    ]
    assert disagreements({}, "a") == []


def test_the_figures_are_those_of_nltk() -> None:
    """Two and three coders, four answers, gaps: the library, slow on many units, is the witness."""
    draw = random.Random(7)
    for _ in range(30):
        said = [
            (who, f"u{unit}", draw.choice("abcd"))
            for unit in range(draw.randint(4, 40))
            for who in draw.sample("xyz", draw.randint(2, 3))
        ]
        assert measured(said, alpha).value == pytest.approx(AnnotationTask(said).alpha())
        two = [one for one in said if one[0] != "z"]
        units = Counter(unit for _, unit, _ in two)
        both = [one for one in two if units[one[1]] == 2]
        if len({answer for _, _, answer in both}) > 1:
            assert measured(two, kappa).value == pytest.approx(AnnotationTask(both).kappa())
