"""Who is heard in danger: by the rules alone, and with the model."""

from __future__ import annotations

from dataclasses import dataclass

from bench.nlu_report.context import Hear
from bench.nlu_report.sets import Hand
from bot.understood import in_danger
from nlu.distress import INTENTS

SELF, OTHER, LOOKS_SO, ORDINARY = "self", "other", "looks so", "ordinary"


@dataclass
class Alarms:
    """So many texts, and how many of them raised an alarm, of which kind."""

    texts: int = 0
    yourself: int = 0
    other: int = 0
    gently: int = 0  # of these: by the model alone, and asked about in one line


def groups(hand: Hand) -> dict[str, list[str]]:
    """The texts by what they are; those that only look like a crisis are apart."""
    intents = hand.intents

    def told(intent: str, name: str) -> list[str]:
        """The texts of both files, whichever name the second one gives them."""
        apart = hand.distress
        return [*intents.get(intent, ()), *apart.get(name, ()), *apart.get(intent, ())]

    return {
        SELF: told("distress_self", "self"),
        OTHER: told("danger_other", "danger"),
        LOOKS_SO: [*hand.distress.get("ordinary", ())],
        ORDINARY: [t for intent, some in intents.items() if intent not in INTENTS for t in some],
    }


def count(hand: Hand, hear: Hear) -> dict[str, Alarms]:
    found = {}
    for name, texts in groups(hand).items():
        raised = [in_danger(hear(text)) for text in texts]
        gently = sum(hear(text).alone for text in texts)
        found[name] = Alarms(len(texts), raised.count("self"), raised.count("other"), gently)
    return found
