"""Words in which somebody was found: the choice between a masked version and one's own words.

While nothing is chosen the masked version is the one that is read back and that leaves; so it is
for those who stop here, pass, or never come back.
"""

from __future__ import annotations

from bot.guide import Open, Step, YesNo
from bot.model import Answer, Choice, Heard, Part, Reply, Spot, State

ACCEPTED, REFUSED, LATER = "accepted", "refused", "later"
CHOICE = YesNo(
    kind="yes_no", id="masked", question="masked", yes="@masked.yes", no="@masked.no"
)  # read like any question of a guide: its words are ours
CHOSEN = {"yes": ACCEPTED, "no": REFUSED}


def undecided(step: Step, answer: Answer | None) -> bool:
    """Whether a text is complete, points to somebody, and its version is not chosen yet."""
    return (
        isinstance(step, Open)
        and answer is not None
        and answer.state is State.ANSWERED
        and not answer.draft
        and answer.names_someone
        and answer.masking is None
    )


def which_version(spot: Spot, read: str) -> Reply:
    """« Voici votre texte sans. On garde cette version ? »"""
    choices = (
        Choice("@masked.yes", f"{spot}:yes"),
        Choice("@change_text", f"{spot}:!correct"),
        Choice("@masked.no", f"{spot}:no"),
    )
    return Reply("masked", {"before": read}, spot, choices)


def part_of(heard: Heard, step: Step, message: str) -> Part:
    """The words heard, as the answer to this step keeps them."""
    free = isinstance(step, Open)
    masked = heard.masked if not isinstance(step, Open) or step.mask else None
    return Part(message, heard.text, heard.language if free else None, masked=masked)
