"""What staff decide of contributions: each decision kept, told to its author, and able to go back.

Whoever decides says what they had seen; if somebody decided in between, nothing is changed.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text, update

from bot.curated import OWN, SHORT, Decision, Relit
from bot.errors import CodebookError, CurationError, Overtaken
from storage.desk_tables import curations, decisions
from storage.faults import transaction
from storage.moderation.codings import number_of
from storage.moderation.curated import reference
from storage.moderation.telling import May, Tell, Telling
from storage.sealing.keys import Cipher, Keys
from storage.statements import LOAD_COLUMNS, Line
from storage.tables import contributions, conversations, secrets
from storage.written import day, pack, plain, unpack

MERGED, SEPARATED, TEXT = "merged", "separated", "text"
JOINED = "joined"  # what is told of several contributions of one author
QUIETLY = ("",)
GONE = "Cette contribution n'est plus là : la personne l'a effacée."
LOOK_AGAIN = "Quelqu'un a décidé entre-temps. Relisez, puis décidez."
ONE_MERGE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(72616467)")
LONGEST_TEXT = 200_000

v, d = curations.c, decisions.c
_owner = (
    select(*LOAD_COLUMNS, conversations.c.door, conversations.c.current, contributions.c.kind)
    .join(secrets, secrets.c.conversation_id == conversations.c.id)
    .join(contributions, contributions.c.conversation_id == conversations.c.id)
    .with_for_update(of=conversations)
)


@dataclass(frozen=True, slots=True)
class Decided:
    """One line of the history of a contribution."""

    id: int
    what: str  # a decision, or "merged", "separated", "text", "corrected"
    reason: str  # for "text", the roles of the short words that changed
    who: str  # a staff login, or "parole"
    on: date


@dataclass(frozen=True, slots=True)
class _Stands:
    """Where a contribution stands."""

    decision: str = Decision.WAITING.value
    reason: str = ""
    merged_into: int | None = None
    text: str | None = None
    short: Mapping[str, str] = field(default_factory=dict)


class Curations:
    """Decides and remembers. Blocking calls; what cannot be kept raises CurationError.

    `seen`: the id of the last line of the history that the moderator had before their eyes, 0
    when there was none. Overtaken when there is another one since. `may`: whether an author
    agreed to be written to, on the channels where we would write first, `pushed`.
    """

    def __init__(
        self,
        engine: Engine,
        keys: Keys,
        say: Tell,
        *,
        pushed: frozenset[str] = frozenset(),
        may: May = lambda _: False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine, self._keys, self._say = engine, keys, say
        self._pushed, self._may, self._clock = pushed, may, clock

    def decide(
        self, of: str, decision: Decision, reason: str, who: str, seen: int,
        *, relit: Relit | None = None,
    ) -> int:  # fmt: skip
        """Publish, hide, bin, or back to waiting. The id of the new line of the history.

        With `relit`, these words leave from now on, confirmed at the same time.
        """
        _check(relit)
        with self._at(of, who, seen) as work:
            stands = work.stands
            new = _with(replace(stands, decision=decision.value, reason=reason), relit)
            if new == stands:
                return seen
            return work.change(new, decision.value, reason, f"{decision.value}.{reason}")

    def confirm(self, of: str, relit: Relit, who: str, seen: int) -> int:
        """From now on these words leave; `OWN`: the person's, as they left them."""
        _check(relit)
        with self._at(of, who, seen) as work:
            stands = work.stands
            new = _with(stands, relit)
            if new == stands:
                return seen
            public = stands.decision == Decision.PUBLISHED.value and relit != OWN
            roles = " ".join(r for r in SHORT if stands.short.get(r) != new.short.get(r))
            return work.change(new, TEXT, roles, TEXT if public else None)

    def merge(
        self, of: str, into: str, who: str, seen: int,
        *, relit: Relit | None = None, together: tuple[str, ...] = (),
    ) -> int:  # fmt: skip
        """This contribution says the same as another one: both references stay.

        `together`: all of its author's that join it in one move, told once, with the last of them;
        QUIETLY: this one is not the last.
        """
        _check(relit)
        with self._at(of, who, seen) as work:
            target = work.free_to_join(into)
            stands = work.stands
            if stands.merged_into == target:
                return seen
            new = _with(replace(stands, merged_into=target), relit)
            if together == QUIETLY:
                return work.change(new, MERGED, "", None)
            if len(together) > 1:
                return work.change(new, MERGED, "", JOINED, ", ".join(together))
            return work.change(new, MERGED, "", MERGED)

    def separate(self, of: str, who: str, seen: int) -> int:
        """It stands alone again."""
        with self._at(of, who, seen) as work:
            stands = work.stands
            if stands.merged_into is None:
                return seen
            new = replace(stands, merged_into=None)
            return work.change(new, SEPARATED, "", SEPARATED)

    def undo(self, of: str, who: str, seen: int) -> int:
        """As it stood before the last decision. What its author has not read is never told."""
        with self._at(of, who, seen) as work:
            row = work.last
            if row is None or row.before is None:
                raise CurationError("Il n'y a rien à annuler ici.")
            new = _Stands(*unpack(work.cipher.unseal(row.before, work.where(row.uid))))
            if new.merged_into is not None and not work.exists(new.merged_into):
                new = replace(new, merged_into=None)
            what, told = _told_again(work.stands, new)
            return work.change(new, what, new.reason, told)

    def last(self, references: Sequence[str]) -> dict[str, int]:
        """The last line of the history of each, 0 when there is none."""
        numbers = {_number(one): one for one in references}
        newest = select(d.contribution, func.max(d.id)).group_by(d.contribution)
        with transaction(self._engine, writing=False) as connection:
            rows = connection.execute(newest.where(d.contribution.in_(numbers))).all()
        return dict.fromkeys(references, 0) | {numbers[number]: last for number, last in rows}

    def history(self, of: str) -> list[Decided]:
        """All that was decided of it, oldest first."""
        mine = select(d.id, d.decision, d.reason, d.decided_by, d.decided_on).order_by(d.id)
        with transaction(self._engine, writing=False) as connection:
            rows = connection.execute(mine.where(d.contribution == _number(of))).all()
        return [Decided(*row) for row in rows]

    @contextmanager
    def _at(self, of: str, who: str, seen: int) -> Iterator[_Work]:
        number = _number(of)
        with transaction(self._engine) as connection:
            owner = connection.execute(_owner.where(contributions.c.number == number)).one_or_none()
            if owner is None or reference(owner.kind, number) != of:
                raise CurationError(GONE)
            now = self._clock()
            telling = Telling(connection, self._keys, owner, now, self._pushed, self._may)
            work = _Work(connection, owner, number, of, telling, self._say)
            work.who, work.today = plain(who) or "", day(now)
            if (work.last.id if work.last else 0) != seen:
                raise Overtaken(LOOK_AGAIN)
            yield work


class _Work:
    """One contribution, its author's conversation locked, inside one transaction."""

    who = ""
    today: date

    def __init__(
        self,
        connection: Connection,
        owner: Line,
        number: int,
        reference: str,
        telling: Telling,
        say: Tell,
    ) -> None:
        self._connection, self._number, self._reference = connection, number, reference
        self._conversation, self._telling, self._say = owner.id, telling, say
        self.cipher: Cipher = telling.cipher
        newest = select(decisions).where(d.contribution == number).order_by(d.id.desc())
        self._history = connection.execute(newest).all()
        self.last: Line | None = self._history[0] if self._history else None
        row = connection.execute(select(curations).where(v.contribution == number)).one_or_none()
        self._known = row is not None
        self.stands = _Stands() if row is None else self._read(row)

    def _read(self, row: Line) -> _Stands:
        return _Stands(
            row.decision, row.reason, row.merged_into, self._open(row.text, "text"),
            self._open(row.short, "short") or {},
        )  # fmt: skip

    def _open(self, sealed: bytes | None, column: str) -> Any:
        return None if sealed is None else unpack(self.cipher.unseal(sealed, self._at(column)))

    def _close(self, said: object, column: str) -> bytes | None:
        return None if said is None else self.cipher.seal(pack(said), self._at(column))

    def _at(self, column: str) -> str:
        return f"curations.{column}|{self._conversation}|{self._number}"

    def where(self, uid: str) -> str:
        """What a line of the history seals is bound to."""
        return f"decisions.before|{self._conversation}|{self._number}|{uid}"

    def change(
        self, new: _Stands, what: str, reason: str, told: str | None, named: str = ""
    ) -> int:
        """Keep it, with its line of history, and tell the author, of others too if `named`."""
        short = dict(new.short) or None
        by: dict[str, Any] = {"decided_by": self.who, "decided_on": self.today}
        row: dict[str, Any] = {
            "decision": new.decision,
            "reason": new.reason,
            "merged_into": new.merged_into,
        }
        row |= {"text": self._close(new.text, "text"), "short": self._close(short, "short"), **by}
        if self._known:
            mine = update(curations).where(v.contribution == self._number)
            self._connection.execute(mine.values(row))
        else:
            mine_too = {"contribution": self._number, "conversation_id": self._conversation}
            self._connection.execute(insert(curations).values(row | mine_too))
        old = self.stands
        before = pack([old.decision, old.reason, old.merged_into, old.text, dict(old.short)])
        uid = uuid.uuid4().hex
        line = {
            "uid": uid,
            "contribution": self._number,
            "conversation_id": self._conversation,
            "decision": what,
            "reason": reason,
            "before": self.cipher.seal(before, self.where(uid)),
            **by,
        }
        made = self._connection.execute(insert(decisions).values(line)).inserted_primary_key
        id = int(made[0]) if made else 0
        heard = self._telling.withdraw(one.id for one in self._history)
        nothing_said = new.decision == Decision.WAITING.value and new.merged_into is None
        if told is not None and heard != f"moderation.{told}" and (heard or not nothing_said):
            self._telling.tell(id, named or self._reference, told, self._say)
        return id

    def exists(self, number: int) -> bool:
        there = select(contributions.c.number).where(contributions.c.number == number)
        return self._connection.scalar(there) is not None

    def free_to_join(self, into: str) -> int:
        """The number of a contribution that this one may join. Raises CurationError."""
        if self._connection.dialect.name == "postgresql":  # SQLite has one writer
            self._connection.execute(ONE_MERGE_AT_A_TIME)
        target = _number(into)
        kind = self._connection.scalar(
            select(contributions.c.kind).where(contributions.c.number == target)
        )
        if kind is None or reference(kind, target) != into:
            raise CurationError("L'autre contribution n'existe pas. Vérifiez sa référence.")
        at: int | None = target
        while at is not None:
            if at == self._number:
                raise CurationError("Ces deux contributions sont déjà la même. Rien ne change.")
            at = self._connection.scalar(select(v.merged_into).where(v.contribution == at))
        return target


def _told_again(old: _Stands, new: _Stands) -> tuple[str, str | None]:
    """What an undo is in the history, and what its author is told if they had heard."""
    if old.merged_into != new.merged_into:
        what = SEPARATED if new.merged_into is None else MERGED
        return what, what
    if (old.decision, old.reason) != (new.decision, new.reason):
        return new.decision, f"{new.decision}.{new.reason or 'again'}"
    return TEXT, None


def _with(stands: _Stands, relit: Relit | None) -> _Stands:
    return stands if relit is None else replace(stands, text=relit.text, short=relit.short)


def _check(relit: Relit | None) -> None:
    if relit is None:
        return
    said = [*relit.short.values(), *([] if relit.text is None else [relit.text])]
    if not all(0 < len(one) <= LONGEST_TEXT for one in said):
        raise CurationError("Le texte est vide ou trop long. Masquez plutôt la contribution.")


def _number(of: str) -> int:
    try:
        return number_of(of)
    except CodebookError as error:
        raise CurationError(str(error)) from None
