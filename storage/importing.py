"""Puts an archive into an empty database: all of it, or nothing."""

from __future__ import annotations

import secrets as randomness
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from sqlalchemy import Connection, Engine, func, insert, select, text, update

from bot.curated import Code, Curation
from bot.errors import StorageError
from bot.model import Participation
from bot.staff import PAROLE, Act
from storage.desk.journal import append
from storage.desk_tables import codes, codings, curations, readings
from storage.faults import transaction
from storage.moderation.codings import number_of, row_of
from storage.saving import Saving
from storage.sealing.keys import Keys
from storage.sealing.masterkey import still_ours
from storage.tables import contributions, conversations, secrets
from storage.written import day, pack

NOT_EMPTY = (
    "Cette base contient déjà des réponses ou des thèmes. L'import se fait dans une base vide : "
    "donnez un autre dossier avec --data."
)
NOON = time(12, tzinfo=UTC)

n = contributions.c.number
_owner = select(contributions.c.conversation_id, secrets.c.wrapped).join(
    secrets, secrets.c.conversation_id == contributions.c.conversation_id
)


@dataclass(slots=True)
class BroughtIn:
    """What came in, and what could not."""

    participations: int = 0
    contributions: int = 0
    curations: int = 0
    unjoined: int = 0  # contributions joined to one that is not in the archive
    uncoded: int = 0  # passages of a contribution that is not there, or of an unknown code


def bring_in(
    engine: Engine,
    keys: Keys,
    book: Sequence[Code],
    people: Iterable[Participation],
    made: Iterable[Curation],
    now: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> BroughtIn:
    """Everything in one transaction. Nobody can go on with these conversations: no door leads
    there. Raises StorageError.
    """
    done = BroughtIn()
    with transaction(engine) as connection:
        still_ours(connection, keys)
        _refuse(connection)
        _codebook(connection, book)
        for one in people:
            _participation(connection, keys, done, one)
            progress(done.participations)
        _number_after(connection)
        known = {code.id for code in book}
        for curation in made:
            _curation(connection, keys, done, curation, known, now)
        about = {"participations": done.participations, "contributions": done.contributions}
        append(connection, now, PAROLE, Act.IMPORTED, about)
    return done


def refuse_what_is_there(engine: Engine) -> None:
    """Raises StorageError unless nobody has answered yet and there is no theme."""
    with transaction(engine, writing=False) as connection:
        _refuse(connection)


def _refuse(connection: Connection) -> None:
    for table in (conversations, contributions, codes):
        if connection.scalar(select(func.count()).select_from(table)):
            raise StorageError(NOT_EMPTY)


def _codebook(connection: Connection, book: Sequence[Code]) -> None:
    """The order of an archive is that of the whole codebook; parents are told once all is in."""
    rows = [
        {"id": one.id, "name": one.name, "definition": one.definition, "colour": one.colour,
         "parent": None, "position": position}
        for position, one in enumerate(book)
    ]  # fmt: skip
    if rows:
        connection.execute(insert(codes), rows)
    for one in book:
        if one.parent is not None:
            moved = update(codes).where(codes.c.id == one.id)
            connection.execute(moved.values(parent=one.parent))


def _participation(connection: Connection, keys: Keys, done: BroughtIn, one: Participation) -> None:
    """A new key, a door that nobody has; the id keeps the order of the archive."""
    id = f"{done.participations:012d}-{uuid.uuid4().hex}"
    talk = replace(one.conversation, id=id)
    cipher, wrapped = keys.new(id)
    sender = randomness.token_hex(16)
    active = datetime.combine(one.active_on, NOON)
    saving = Saving(connection, cipher, talk, 0, active)
    saving.begin(keys.door(talk.channel, sender), talk.channel, sender, wrapped)
    saving.answers({}, {})
    rows = [
        {"number": number_of(c.reference), "conversation_id": id, "kind": c.kind,
         "round": c.round, "made_on": c.made_on}
        for c in one.contributions
    ]  # fmt: skip
    if rows:
        connection.execute(insert(contributions), rows)
    done.participations += 1
    done.contributions += len(rows)


def _number_after(connection: Connection) -> None:
    """The next contribution is numbered after all of these; SQLite sees to it by itself."""
    last = connection.scalar(select(func.max(n)))
    if last is not None and connection.dialect.name != "sqlite":
        following = text("SELECT setval(pg_get_serial_sequence('contributions', 'number'), :last)")
        connection.execute(following, {"last": last})


def _curation(
    connection: Connection, keys: Keys, done: BroughtIn, one: Curation, known: set[str],
    now: datetime,
) -> None:  # fmt: skip
    number = number_of(one.reference)
    owner = connection.execute(_owner.where(n == number)).one_or_none()
    if owner is None:
        done.uncoded += len(one.codings)
        return
    conversation = str(owner.conversation_id)
    cipher = keys.cipher(conversation, owner.wrapped)
    target = number_of(one.merged_into) if one.merged_into else None
    if target is not None and not connection.scalar(select(n).where(n == target)):
        done.unjoined += 1
        target = None
    sealed = None
    if one.text is not None:
        sealed = cipher.seal(pack(one.text), f"curations.text|{conversation}|{number}")
    short = None
    if one.short:
        short = cipher.seal(pack(dict(one.short)), f"curations.short|{conversation}|{number}")
    row = {
        "contribution": number,
        "conversation_id": conversation,
        "decision": one.decision.value,
        "reason": one.reason,
        "merged_into": target,
        "decided_by": PAROLE,
        "decided_on": day(now),
        "text": sealed,
        "short": short,
    }
    connection.execute(insert(curations), row)
    rows = [row_of(number, conversation, cipher, c) for c in one.codings if c.code in known]
    if rows:
        connection.execute(insert(codings), rows)
    if one.readings:
        read = [
            {"contribution": number, "conversation_id": conversation, "coder": its.coder,
             "read_on": its.on}
            for its in one.readings
        ]  # fmt: skip
        connection.execute(insert(readings), read)
    done.curations += 1
    done.uncoded += len(one.codings) - len(rows)
