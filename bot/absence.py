"""After an outage: each person whose messages waited for us is told so, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.model import Message, Reply, Turn

LATE = timedelta(minutes=15)  # a slow network takes less
OLDEST = timedelta(hours=25)  # no channel keeps a message for longer: a date beyond it is wrong


def excused(
    turn: Turn,
    message: Message,
    now: Callable[[], datetime],
    when: Callable[[], datetime | None],
) -> Turn:
    """With our excuses first, when this message waited. `when`: our last turn with this person.

    Whoever was answered since they wrote has had them, or did not wait.
    """
    if message.sent is None or turn.erase or not LATE < now() - message.sent < OLDEST:
        return turn
    answered = when()
    if answered is not None and answered > message.sent:
        return turn
    return replace(turn, replies=(Reply("absent"), *turn.replies))
