"""The same words at the question that was asked: what the decision table makes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.nlu_report.sets import Hand
from bot import understood
from bot.model import Heard
from nlu.distress import INTENTS

RIGHT, ASKED_BACK, ASKED_AGAIN = "right", "asked back", "asked again"
KEPT, COMMAND = "kept", "command"
OUTCOMES = (RIGHT, ASKED_BACK, ASKED_AGAIN, KEPT, COMMAND)
CONTENT = ("share_experience", "make_proposal", "give_profile")
CANNOT_BE_UNDONE = ("stop", "delete_my_data")

Hear = Callable[[str], Heard]


@dataclass
class Told:
    """How a move is told: what was meant, what was followed, what was asked back."""

    meant: int = 0
    followed: int = 0  # rightly
    asked: int = 0  # rightly, « Vous vouliez … ? »
    wrongly: int = 0  # followed, and something else was meant
    by_answers: int = 0  # of these, an answer was meant
    asked_of_answers: int = 0

    @property
    def precision(self) -> float:
        """Of what is followed and was a wish or an answer: the share that was a wish."""
        told = self.followed + self.by_answers
        return self.followed / told if told else 1.0

    @property
    def recall(self) -> float:
        """Followed, or asked back: either way it is not lost."""
        return (self.followed + self.asked) / self.meant if self.meant else 1.0


@dataclass
class Taken:
    """Answers and texts about something else: how many became a command."""

    texts: int = 0
    followed: int = 0
    asked: int = 0

    @property
    def share(self) -> float:
        return self.followed / self.texts if self.texts else 0.0


@dataclass
class Context:
    """Everything counted on one hand's texts."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)  # by kind of question
    polarity: Counter[tuple[str, str, bool]] = field(default_factory=Counter)  # kind, value, right
    agreed: int = 0  # a consent given by words that did not give it
    doubtful: int = 0  # words that did not give it
    moves: dict[str, Told] = field(default_factory=dict)
    taken: dict[str, Taken] = field(default_factory=dict)

    @property
    def taken_share(self) -> float:
        """Of all answers and texts about something else, the share followed as a command."""
        followed = sum(one.followed for one in self.taken.values())
        return followed / max(1, sum(one.texts for one in self.taken.values()))


def outcome(case: dict[str, Any], heard: Heard) -> str:
    """What became of one case: one of OUTCOMES."""
    meant, got = case["meant"], understood.meant(case["asked"], heard)
    if meant in INTENTS and understood.in_danger(heard) == INTENTS[meant]:
        return RIGHT
    if got["kind"] == "perhaps":
        return ASKED_BACK
    if got["kind"] == "move":
        return RIGHT if got["move"] == meant else COMMAND
    if got["kind"] == "unclear":
        return RIGHT if meant == "unclear" else ASKED_AGAIN
    value = case.get("value")
    return RIGHT if meant == "answer" and value in (None, *got["values"]) else KEPT


def play(hand: Hand, hear: Hear) -> Context:
    """Every case at its question; then contents in an open one, and what is out of scope in all."""
    found = Context(moves={move: Told() for move in CANNOT_BE_UNDONE})
    for case in hand.context:
        kind, heard = case["asked"], hear(case["text"])
        became = outcome(case, heard)
        found.outcomes.setdefault(kind, Counter())[became] += 1
        if case["meant"] == "answer" and case.get("value"):
            found.polarity[kind, case["value"], became == RIGHT] += 1
        if kind == "consent" and case.get("value") != "yes":
            found.doubtful += 1
            found.agreed += understood.meant(kind, heard).get("values") == ["yes"]
        _count(found.moves, case["meant"], kind, heard)
        if (kind, case["meant"]) == ("open", "answer"):
            _take(found.taken, "open answers", kind, heard)
    for text in (text for intent in CONTENT for text in hand.intents.get(intent, ())):
        _count(found.moves, "answer", "open", hear(text))
        _take(found.taken, "contents", "open", hear(text))
    for text, kind in _out_of_scope(hand):
        where = "out of scope, open" if kind == "open" else "out of scope, closed"
        _count(found.moves, "answer", kind, hear(text))
        _take(found.taken, where, kind, hear(text))
    return found


def _out_of_scope(hand: Hand) -> Iterator[tuple[str, str]]:
    for text in hand.intents.get("out_of_scope", ()):
        for kind in understood.PLAIN:
            yield text, kind


def _count(moves: dict[str, Told], meant: str, kind: str, heard: Heard) -> None:
    got = understood.meant(kind, heard)
    for move, told in moves.items():
        same = got.get("move") == move
        if meant == move:
            told.meant += 1
            told.followed += same and got["kind"] == "move"
            told.asked += same and got["kind"] == "perhaps"
        elif same and got["kind"] == "move":
            told.wrongly += 1
            told.by_answers += meant == "answer"
        elif same and meant == "answer":
            told.asked_of_answers += 1


def _take(taken: dict[str, Taken], where: str, kind: str, heard: Heard) -> None:
    got, counted = understood.meant(kind, heard)["kind"], taken.setdefault(where, Taken())
    counted.texts += 1
    counted.followed += got == "move"
    counted.asked += got == "perhaps"


def recall(found: Context, kinds: Iterable[str], value: str) -> tuple[int, int]:
    """Of the answers of this value at these kinds of question: how many are right, of how many."""
    right = sum(found.polarity[kind, value, True] for kind in kinds)
    return right, right + sum(found.polarity[kind, value, False] for kind in kinds)
