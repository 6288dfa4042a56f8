"""What staff made of words that their author changed since: it begins again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, delete, insert, select, update

from bot.curated import Decision
from bot.model import Answer, Spot
from bot.staff import PAROLE
from storage.desk_tables import curations, decisions, readings
from storage.tables import contributions

CORRECTED = "corrected"  # in the history

v, d = curations.c, decisions.c


def changed(before: Mapping[Spot, Answer], after: Mapping[Spot, Answer]) -> set[int]:
    """The rounds in which an open text is no longer the same."""
    return {
        spot.round
        for spot, answer in before.items()
        if not answer.values and answer.parts and _words(answer) != _words(after.get(spot))
    }


def _words(answer: Answer | None) -> tuple[str, ...] | None:
    return answer.leaving if answer else None


def reread(connection: Connection, conversation: str, rounds: set[int], today: date) -> None:
    """The decisions on the contributions of these rounds wait again, and so do their texts.

    What a coder read with nothing to code was another text.
    """
    numbers = select(contributions.c.number).where(
        contributions.c.conversation_id == conversation, contributions.c.round.in_(rounds)
    )
    connection.execute(delete(readings).where(readings.c.contribution.in_(numbers)))
    mine = (
        select(v.contribution)
        .join(contributions, contributions.c.number == v.contribution)
        .where(v.conversation_id == conversation, contributions.c.round.in_(rounds))
    )
    for number in connection.scalars(mine).all():
        waits = {
            "decision": Decision.WAITING.value, "reason": "", "text": None, "short": None,
        }  # fmt: skip
        connection.execute(update(curations).where(v.contribution == number).values(waits))
        line = {
            "contribution": number, "conversation_id": conversation, "decision": CORRECTED,
            "reason": "", "decided_by": PAROLE, "decided_on": today,
        }  # fmt: skip
        old = update(decisions).where(d.contribution == number)
        connection.execute(old.values(before=None))
        connection.execute(insert(decisions).values(line))
