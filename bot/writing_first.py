"""Whether a person may be written to before they write: only who agreed to it."""

from __future__ import annotations

from bot.flow import UNSETTLED, consented
from bot.guide import Guide
from bot.model import Conversation, Spot, State


def may_write_first(guide: Guide, talk: Conversation) -> bool:
    """Whether this person agreed to be contacted, and takes nothing back."""
    asked = [Spot(step) for step in guide.consents_for("contact")]
    if not asked or not all(_yes(talk, spot) for spot in asked):
        return False  # most people, at the price of a look
    if talk.pending in UNSETTLED or not consented(guide, talk):
        return False
    path = guide.path(talk.answers)
    return all(spot in path for spot in asked)


def _yes(talk: Conversation, spot: Spot) -> bool:
    answer = talk.answers.get(spot)
    return answer is not None and answer.state is State.ANSWERED and answer.values == ("yes",)
