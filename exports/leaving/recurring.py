"""What most records and participations hold: written once for all of them while they wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from bot.curated import Coding, Decision, Reading
from bot.guide import Guide
from bot.model import Answer, Contribution, Conversation, Part, Participation, Spot, State
from exports.code_names import CONTRIBUTIONS, GIVEN, HELPED, LANGUAGES, MASKINGS, ORIGINS, STATES
from exports.columns import Coded, coded, known
from exports.confidentiality import OTHER
from exports.records import Agreement, Participant, Record
from exports.vocabulary import Question

CLASSES = (
    Record, Participant, Agreement, Coded, Coding, Reading, Decision, Participation, Conversation,
    Contribution, Answer, Part, Spot, State, date, datetime,
)  # fmt: skip
OURS = (CONTRIBUTIONS, HELPED, LANGUAGES, MASKINGS, ORIGINS)


def recurring(guides: Iterable[Guide], questions: Iterable[Question]) -> list[object]:
    """Objects that stand in most of them, and the classes that they are of."""
    found: list[object] = [*CLASSES, *Decision, *State, UTC, OTHER, *GIVEN, *STATES]
    found += [coded(code, labels) for labels in OURS for code in labels]
    for guide in guides:
        found += [guide.guide, guide.version]
        for step in guide.steps.values():
            found += [step.id, *(known(one.value, one.label) for one in step.options)]
    for question in questions:
        found.append(question.step)
        found += [known(one.code, one.label) for one in question.categories]
    return found
