"""Reads what is stored: one person's thread, or every participation, streamed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Engine, bindparam, func, select, tuple_

from bot.errors import ErasedConversation, MovedConversation, UnknownConversation
from bot.model import Answer, Contribution, Conversation, Exchange, Participation, Spot
from storage.faults import transaction
from storage.moderation.curated import reference
from storage.sealing.keys import Cipher, Keys
from storage.statements import (
    ANSWER_COLUMNS,
    LOAD_COLUMNS,
    Line,
    load,
    load_answers,
    load_turns,
    moved_on,
    was_erased,
)
from storage.tables import answers, contributions, conversations, events, secrets
from storage.written import answer_from, conversation_from, replies_from, unpack

PAGE = 200  # conversations read at a time

_oldest = (
    select(*LOAD_COLUMNS)
    .join(secrets, secrets.c.conversation_id == conversations.c.id)
    .order_by(conversations.c.started_on, conversations.c.id)
    .limit(PAGE)
)
_next = _oldest.where(
    tuple_(conversations.c.started_on, conversations.c.id)
    > tuple_(bindparam("day", type_=conversations.c.started_on.type), bindparam("id"))
)
_next_of_day = _oldest.where(
    conversations.c.started_on == bindparam("day", type_=conversations.c.started_on.type),
    conversations.c.id > bindparam("id"),
)
_of = (
    select(*LOAD_COLUMNS)
    .join(secrets, secrets.c.conversation_id == conversations.c.id)
    .join(contributions, contributions.c.conversation_id == conversations.c.id)
    .where(contributions.c.number == bindparam("n"))
)
_ids: BindParameter[str] = bindparam("ids", expanding=True)
_these = (
    select(*LOAD_COLUMNS)
    .join(secrets, secrets.c.conversation_id == conversations.c.id)
    .where(conversations.c.id.in_(_ids))
)
_answers_of = (
    select(*ANSWER_COLUMNS, answers.c.conversation_id)
    .where(answers.c.conversation_id.in_(_ids))
    .order_by(answers.c.position)
)
_contributions_of = (
    select(contributions)
    .where(contributions.c.conversation_id.in_(_ids))
    .order_by(contributions.c.number)
)
_alarms_of = (
    select(events.c.conversation_id, func.count())
    .where(events.c.conversation_id.in_(_ids), events.c.name == "danger")
    .group_by(events.c.conversation_id)
)


def conversation_in(row: Line, kept: Sequence[Line], cipher: Cipher) -> Conversation:
    """The conversation of a row and the rows of its answers, in the clear."""
    answered: dict[Spot, Answer] = {}
    bound = f"answers.words|{row.id}|"
    for one in kept:
        step, round = one[0], one[1]
        words = unpack(cipher.unseal(one[7], f"{bound}{step}|{round}"))
        answered[Spot(step, round)] = answer_from(one, words)
    state = unpack(cipher.unseal(row.state, f"conversations.state|{row.id}"))
    return conversation_from(row, state, answered)


def thread(
    engine: Engine, keys: Keys, channel: str, sender: str
) -> tuple[Conversation, tuple[Exchange, ...]]:
    """The current conversation of a person and all that was said in it."""
    door = keys.door(channel, sender)
    with transaction(engine, writing=False) as connection:
        row = connection.execute(load, {"door": door}).one_or_none()
        if row is None:
            if connection.scalar(moved_on, {"door": door}):
                raise MovedConversation("Cette conversation continue ailleurs.")
            if connection.scalar(was_erased, {"door": door}):
                raise ErasedConversation("Cette conversation a été effacée.")
            raise UnknownConversation("Aucune conversation ne correspond.")
        its = {"conversation_id": row.id}
        kept = connection.execute(load_answers, its).all()
        told = connection.execute(load_turns, its).all()
    cipher = keys.cipher(row.id, row.wrapped)
    exchanges = (exchange_from(row.id, n, sealed, cipher) for n, sealed in told)
    return conversation_in(row, kept, cipher), tuple(exchanges)


def exchange_from(conversation: str, number: int, sealed: bytes, cipher: Cipher) -> Exchange:
    told = unpack(cipher.unseal(sealed, f"turns.exchange|{conversation}|{number}"))
    said, replies, at, _, pressed, *_ = told
    return Exchange(number, said, replies_from(replies), datetime.fromisoformat(at), pressed)


Place = tuple[date, str]  # of a participation: its first day, and its id


@dataclass(frozen=True, slots=True)
class Read:
    """A participation as it was read, and the key that opens it."""

    place: Place
    participation: Participation
    wrapped: bytes


def participations(engine: Engine, keys: Keys) -> Iterator[Participation]:
    """Every conversation and its contributions, oldest day first, a page in memory at a time."""
    after: Place | None = None
    while True:
        with transaction(engine, writing=False) as connection:
            page = page_after(connection, keys, after)
        yield from (one.participation for one in page)
        if len(page) < PAGE:
            return
        after = page[-1].place


def participations_of_day(engine: Engine, keys: Keys, day: date) -> Iterator[Participation]:
    """Those that began on this day, a page in memory at a time."""
    after = ""
    while True:
        with transaction(engine, writing=False) as connection:
            rows = connection.execute(_next_of_day, {"day": day, "id": after}).all()
            page = _read(connection, keys, rows)
        yield from (one.participation for one in page)
        if len(page) < PAGE:
            return
        after = page[-1].place[1]


def page_after(connection: Connection, keys: Keys, after: Place | None) -> list[Read]:
    """The next participations, PAGE of them while there are."""
    if after is None:
        rows = connection.execute(_oldest).all()
    else:
        rows = connection.execute(_next, {"day": after[0], "id": after[1]}).all()
    return _read(connection, keys, rows)


def participations_of(connection: Connection, keys: Keys, ids: Sequence[str]) -> list[Read]:
    """These conversations, those that are still there, in no order."""
    rows = connection.execute(_these, {"ids": list(ids)}).all() if ids else []
    return _read(connection, keys, rows)


def participation_of(connection: Connection, keys: Keys, contribution: int) -> Read | None:
    """The participation that made the contribution of this number."""
    return next(iter(_read(connection, keys, connection.execute(_of, {"n": contribution}).all())),
                None)  # fmt: skip


def _read(connection: Connection, keys: Keys, rows: Sequence[Line]) -> list[Read]:
    ids = [row.id for row in rows]
    kept = _grouped(connection, _answers_of, ids)
    made = _grouped(connection, _contributions_of, ids)
    counted = connection.execute(_alarms_of, {"ids": ids}).all() if ids else ()
    alarms = dict(map(tuple, counted))
    return [
        Read(
            (row.started_on, row.id),
            Participation(
                conversation_in(row, kept[row.id], keys.once(row.id, row.wrapped)),
                tuple(contribution_from(one) for one in made[row.id]),
                row.status,
                row.active_on,
                alarms.get(row.id, 0),
            ),
            row.wrapped,
        )
        for row in rows
    ]


def _grouped(connection: Connection, query: Any, ids: list[str]) -> dict[str, list[Line]]:
    grouped: dict[str, list[Line]] = defaultdict(list)
    if ids:
        for row in connection.execute(query, {"ids": ids}):
            grouped[row.conversation_id].append(row)
    return grouped


def contribution_from(row: Any) -> Contribution:
    return Contribution(reference(row.kind, row.number), row.kind, row.round, row.made_on)
