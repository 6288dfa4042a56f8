"""Agreements taken back leave a trace outside the database, and are taken back again in a restore.

Each time has its number: given again after that, the same agreement stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, exists, select

from bot.model import Answer, Conversation, Spot, State
from storage.reading import Read, participations_of
from storage.saving import Saving
from storage.sealing.keys import Keys
from storage.statements import insert_once
from storage.tables import answers, conversations, erasures
from storage.written import listed

YES, NO = ("yes",), ("no",)
ALL = ("erase:withdrawn", "barred")  # our question: do all the answers go?
NOON = time(12, tzinfo=UTC)
PAGE = 500
_ids: BindParameter[str] = bindparam("ids", expanding=True)
_page = (
    select(conversations.c.id)
    .where(conversations.c.id > bindparam("after"))
    .order_by(conversations.c.id)
    .limit(PAGE)
)
_agreements = select(
    answers.c.conversation_id, answers.c.step, answers.c.round, answers.c.codes
).where(answers.c.conversation_id.in_(_ids), answers.c.version.is_not(None))
Known = Callable[[str], bool]  # whether a trace was left


def traced(
    connection: Connection, keys: Keys, before: Conversation, after: Conversation, on: date
) -> list[str]:
    """Leave a trace of what this turn takes back, and of what it gives again."""
    given, now = _given(before.answers), _given(after.answers)
    taken, again = given - now, now - given
    if before.pending != after.pending:
        taken |= {after.pending} & {*ALL} if given and after.pending else set()
        again |= {before.pending} & {*ALL} if before.pending else set()
    if not taken and not again:
        return []

    def known(trace: str) -> bool:
        return bool(connection.scalar(select(exists().where(erasures.c.trace == trace))))

    left = []
    for what in sorted(taken):
        last = _times(keys, before.id, what, known) + 1
        left.append(keys.trace_of_agreement(before.id, what, last, taken=True))
    for what in sorted(again):
        if last := _times(keys, before.id, what, known):
            left.append(keys.trace_of_agreement(before.id, what, last, taken=False))
    for trace in left:
        row = {"trace": trace, "door": "", "erased_on": on, "farewell": None}
        connection.execute(insert_once(connection.dialect, erasures), row)
    return left


def take_back_again(connection: Connection, keys: Keys, traces: Collection[str]) -> int:
    """What was taken back since a backup, in what it brought back; from how many persons.

    Only their words are opened.
    """
    count, after = 0, ""
    while ids := list(connection.scalars(_page, {"after": after})):
        after = ids[-1]
        given: dict[str, set[str]] = {id: set() for id in ids}
        for row in connection.execute(_agreements, {"ids": ids}):
            if listed(row.codes) == YES:
                given[row.conversation_id].add(str(Spot(row.step, row.round)))
        gone = {id: set(_taken(keys, id, its, traces.__contains__)) for id, its in given.items()}
        for one in participations_of(connection, keys, [id for id in ids if gone[id]]):
            talk = one.participation.conversation
            new = _without(talk, gone[talk.id])
            if new != talk:
                _write(connection, keys, one, new)
                count += 1
    return count


def _given(of: Mapping[Spot, Answer]) -> set[str]:
    """The agreements, which alone have a version: they are given in a text of ours."""
    return {str(s) for s, one in of.items() if one.version is not None and one.values == YES}


def _times(keys: Keys, conversation: str, what: str, known: Known) -> int:
    """How many times it was taken back."""
    count = 0
    while known(keys.trace_of_agreement(conversation, what, count + 1, taken=True)):
        count += 1
    return count


def _taken(keys: Keys, conversation: str, given: set[str], known: Known) -> Iterator[str]:
    """What was taken back without being given again."""
    for what in (*given, *ALL):
        last = _times(keys, conversation, what, known)
        again = keys.trace_of_agreement(conversation, what, last, taken=False)
        if last and not known(again):
            yield what


def _without(talk: Conversation, gone: set[str]) -> Conversation:
    """These answers are a no; when all was taken back, nothing is kept until it is settled."""
    said = {
        spot: replace(one, values=NO, labels=("Non",), state=State.ANSWERED)
        if str(spot) in gone
        else one
        for spot, one in talk.answers.items()
    }
    pending = next((one for one in ALL if one in gone), talk.pending)
    return replace(talk, answers=said, pending=pending)


def _write(connection: Connection, keys: Keys, one: Read, talk: Conversation) -> None:
    """The day of the person's last words stays as it is."""
    before, this = one.participation.conversation, conversations.c.id == talk.id
    turn: Any = connection.scalar(select(conversations.c.turn).where(this))
    mine = select(answers.c.step, answers.c.round, answers.c.position)
    rows = connection.execute(mine.where(answers.c.conversation_id == talk.id)).all()
    active = datetime.combine(one.participation.active_on, NOON)
    saving = Saving(connection, keys.once(talk.id, one.wrapped), talk, int(turn), active)
    saving.change(before)
    saving.answers(before.answers, {Spot(row.step, row.round): row.position for row in rows})
