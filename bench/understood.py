"""Languages and personal data on the sentences kept apart: python -m bench.understood

`score_language` and `score_personal` give the figures; they quote none of the sentences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from nlu import personal
from nlu.language import language

KEPT_APART = Path(__file__).parent.parent / "nlu" / "evaluation"
UNKNOWN = "unknown"
PERSONAL = ("personal", "second-personal")  # two sets, written apart


@dataclass
class LanguageScore:
    """Texts by (true language or group, words), how many came out right, and what was confused."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: Counter[tuple[str, str]] = field(default_factory=Counter)
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    french: int = 0
    expelled: int = 0  # French said not to be

    def lines(self) -> list[str]:
        shown = [f"not French said of French: {self.expelled} of {self.french}"]
        for group, words in sorted(self.asked):
            asked, right = self.asked[group, words], self.right[group, words]
            shown.append(f"{group:8} {words:5} words: {right}/{asked} = {right / asked:.3f}")
        for (true, said), times in self.confused.most_common():
            shown.append(f"  {true} taken for {said}: {times}")
        return shown


def score_language(
    tell: Callable[[str], str | None] = language, cases: list[dict[str, Any]] | None = None
) -> LanguageScore:
    """How well `tell` does; too little to tell must be answered by None."""
    score = LanguageScore()
    for case in cases or kept_apart("language"):
        true, said = case["language"], tell(case["text"]) or UNKNOWN
        group = true if true in ("fr", UNKNOWN) else "other"
        score.asked[group, case["words"]] += 1
        score.right[group, case["words"]] += said == true
        score.confused[true, said] += said != true
        score.french += true == "fr"
        score.expelled += true == "fr" and said not in ("fr", UNKNOWN)
    score.confused = +score.confused
    return score


@dataclass
class PersonalScore:
    """Spans by kind: marked, found (overlapping, of the same kind), found exactly; words masked."""

    marked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    exact: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)  # found, and nothing is marked there
    covered: Counter[str] = field(default_factory=Counter)  # hidden whole, whatever the kind
    words: int = 0  # that should stay
    masked: int = 0  # of these, hidden

    def lines(self) -> list[str]:
        shown = [
            f"{kind:8} marked {n:3}  found {self.found[kind] / n:.3f}  exact "
            f"{self.exact[kind] / n:.3f}  hidden whole {self.covered[kind] / n:.3f}"
            for kind, n in sorted(self.marked.items())
        ]
        over = self.masked / self.words if self.words else 0.0
        shown.append(f"over-masking: {self.masked} of {self.words} words = {over:.4f}")
        return [*shown, f"found where nothing is marked: {dict(self.wrong)}"]


def score_personal(*names: str) -> PersonalScore:
    """How much of what points to a person is found, and how much else is hidden.

    `names` are files of nlu/evaluation, scored together; the first set when none is named.
    """
    score = PersonalScore()
    for case in (case for name in names or PERSONAL[:1] for case in kept_apart(name)):
        text, spans = case["text"], case["spans"]
        found = personal.find(text)
        hidden = {i for one in found for i in range(one.start, one.end)}
        due = {i for span in spans for i in range(span["start"], span["end"])}
        for span in spans:
            kind, start, end = span["kind"], span["start"], span["end"]
            same = [one for one in found if one.kind == kind]
            score.marked[kind] += 1
            score.found[kind] += any(one.start < end and start < one.end for one in same)
            score.exact[kind] += any((one.start, one.end) == (start, end) for one in same)
            score.covered[kind] += all(i in hidden for i in range(start, end) if text[i].isalnum())
        for one in found:
            score.wrong[one.kind] += due.isdisjoint(range(one.start, one.end))
        for start, end in personal.words(text):
            if due.isdisjoint(range(start, end)):
                score.words += 1
                score.masked += not hidden.isdisjoint(range(start, end))
    return score


def kept_apart(name: str) -> list[dict[str, Any]]:
    """The cases of one file of nlu/evaluation."""
    cases: list[dict[str, Any]] = yaml.safe_load((KEPT_APART / f"{name}.yml").read_text("utf-8"))
    return cases


def main() -> None:
    print("Languages", *score_language().lines(), sep="\n")
    for name in PERSONAL:
        print(f"Personal data: {name}", *score_personal(name).lines(), sep="\n")
    print("Personal data: both", *score_personal(*PERSONAL).lines(), sep="\n")


if __name__ == "__main__":
    main()
