"""The passages that staff gave a code, each with the words it held then."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, insert, select, update

from bot.curated import Coding
from bot.errors import CodebookError
from storage.desk_tables import codes, codings, readings
from storage.faults import transaction
from storage.sealing.keys import Cipher, Keys
from storage.statements import Line
from storage.tables import contributions, secrets
from storage.written import pack, unpack

LONGEST_CODER = 80
LONGEST_NOTE = 10_000
PAGE = 500  # codings read at a time
UNKNOWN = "Cette contribution n'est plus là : la personne l'a effacée."

v, r = codings.c, readings.c
_kept = (
    select(codings, contributions.c.kind, secrets.c.wrapped)
    .join(contributions, contributions.c.number == v.contribution)
    .join(secrets, secrets.c.conversation_id == v.conversation_id)
)
_owner = select(contributions.c.conversation_id, secrets.c.wrapped).join(
    secrets, secrets.c.conversation_id == contributions.c.conversation_id
)


class Stored(NamedTuple):
    """A coding and the number by which it is taken away."""

    id: int
    coding: Coding


class Added(NamedTuple):
    """What of some codings was not there yet."""

    codings: int
    notes: int


class Codings:
    """Who gave which code to which passage."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys

    def of(self, reference: str) -> list[Stored]:
        """The codings of one contribution, as their passages come."""
        mine = _kept.where(v.contribution == number_of(reference))
        with transaction(self._engine, writing=False) as connection:
            rows = connection.execute(mine.order_by(v.start, v.end, v.id)).all()
        return [self._stored(row) for row in rows]

    def every(self) -> Iterator[tuple[str, Coding]]:
        """Every coding with the reference of its contribution, a page in memory at a time."""
        after = (0, 0)
        while True:
            page = (
                _kept.where(
                    (v.contribution > after[0]) | ((v.contribution == after[0]) & (v.id > after[1]))
                )
                .order_by(v.contribution, v.id)
                .limit(PAGE)
            )
            with transaction(self._engine, writing=False) as connection:
                rows = connection.execute(page).all()
            for row in rows:
                yield reference_of(row.kind, row.contribution), self._stored(row).coding
            if len(rows) < PAGE:
                return
            after = (rows[-1].contribution, rows[-1].id)

    def add(self, reference: str, new: Sequence[Coding]) -> Added:
        """Keep these codings, and the notes of those that had none. Raises CodebookError."""
        number = number_of(reference)
        with transaction(self._engine) as connection:
            owner = connection.execute(_owner.where(contributions.c.number == number)).one_or_none()
            if owner is None:
                raise CodebookError(UNKNOWN)
            known = set(connection.scalars(select(codes.c.id)))
            there = self._there(connection, number)
            cipher = self._keys.cipher(owner.conversation_id, owner.wrapped)
            rows: list[dict[str, object]] = []
            notes = 0
            for coding in new:
                _refuse(coding, known)
                place = (coding.code, coding.start, coding.end, coding.coder)
                bound = there.get(place, "")
                row = row_of(number, owner.conversation_id, cipher, coding, bound)
                if not bound:
                    there[place] = str(row["uid"])
                    rows.append(row)
                    notes += bool(coding.note)
                elif coding.note:
                    bare = _at(number, place) & v.note.is_(None)
                    written = update(codings).where(bare).values(note=row["note"])
                    notes += connection.execute(written).rowcount
            if rows:
                connection.execute(insert(codings), rows)
                coders = {coding.coder for coding in new}
                connection.execute(
                    delete(readings).where(r.contribution == number, r.coder.in_(coders))
                )
            return Added(len(rows), notes)

    def remove(self, reference: str, id: int, coder: str | None = None) -> bool:
        """Take a code off a passage; with `coder`, only if it is theirs."""
        mine = (v.contribution == number_of(reference)) & (v.id == id)
        with transaction(self._engine) as connection:
            if coder is not None:
                mine &= v.coder == coder
            return bool(connection.execute(delete(codings).where(mine)).rowcount)

    def settle(self, reference: str, now: Iterable[tuple[int, Coding]]) -> None:
        """Keep the codings of a contribution at the places they have in its text of now.

        Those to be coded again (`Coding.redo`) stay, without any word of the text of before.
        """
        number = number_of(reference)
        with transaction(self._engine) as connection:
            owner = connection.execute(_owner.where(contributions.c.number == number)).one_or_none()
            if owner is None:
                return
            cipher = self._keys.cipher(owner.conversation_id, owner.wrapped)
            stored = [Stored(*one) for one in now]
            connection.execute(delete(codings).where(v.id.in_([one.id for one in stored])))
            there = self._there(connection, number)
            rows = []
            for one in stored:
                coding = one.coding
                place = (coding.code, coding.start, coding.end, coding.coder)
                if place not in there:
                    row = row_of(number, owner.conversation_id, cipher, coding)
                    there[place] = str(row["uid"])
                    rows.append({**row, "id": one.id})
            if rows:
                connection.execute(insert(codings), rows)

    def annotate(self, reference: str, id: int, note: str, coder: str) -> bool:
        """Write beside a passage of theirs, or take away what was written. Raises CodebookError."""
        number = number_of(reference)
        with transaction(self._engine) as connection:
            mine = _kept.where(v.contribution == number, v.id == id, v.coder == coder)
            row = connection.execute(mine).one_or_none()
            if row is None:
                return False
            coding = replace(self._stored(row).coding, note=note)
            if not coding.redo:
                _refuse(coding, {coding.code})
            cipher = self._keys.cipher(row.conversation_id, row.wrapped)
            sealed = row_of(number, row.conversation_id, cipher, coding, row.uid)["note"]
            connection.execute(update(codings).where(v.id == id).values(note=sealed))
            return True

    def _there(self, connection: Connection, number: int) -> dict[tuple[str, int, int, str], str]:
        """What is coded, and what each one is bound to."""
        places = select(v.code, v.start, v.end, v.coder, v.uid).where(v.contribution == number)
        return {(row[0], row[1], row[2], row[3]): row[4] for row in connection.execute(places)}

    def _stored(self, row: Line) -> Stored:
        cipher = self._keys.cipher(row.conversation_id, row.wrapped)
        return Stored(row.id, coding_in(row, cipher))


def reference_of(kind: str, number: int) -> str:
    """« E-000123 » or « P-000124 »."""
    return f"{'E' if kind == 'experience' else 'P'}-{number:06d}"


def coding_in(row: Line, cipher: Cipher) -> Coding:
    """The coding of a row of `codings`, its words in the clear."""
    its = (row.conversation_id, row.contribution, row.uid)
    words = str(unpack(cipher.unseal(row.words, _where("words", *its))))
    note = ""
    if row.note is not None:
        note = str(unpack(cipher.unseal(row.note, _where("note", *its))))
    return Coding(row.code, row.start, row.end, row.coder, row.coded_on, row.origin, words, note)


def number_of(reference: str) -> int:
    """The number of a contribution. Raises CodebookError for what is not a reference."""
    letter, dash, digits = reference.partition("-")
    if letter not in ("E", "P") or not dash or not digits.isascii() or not digits.isdigit():
        raise CodebookError("Cette référence n'est pas celle d'une contribution.")
    return min(int(digits[:18]), 2**31 - 1)


def row_of(
    number: int, conversation: str, cipher: Cipher, coding: Coding, uid: str = ""
) -> dict[str, object]:
    """The row of `codings` that keeps a coding; `uid` is what an old one was bound to."""
    uid = uid or uuid.uuid4().hex
    its, note = (conversation, number, uid), None
    if coding.note:
        note = cipher.seal(pack(coding.note), _where("note", *its))
    words = pack("" if coding.redo else coding.words)
    return {
        "contribution": number, "conversation_id": conversation, "code": coding.code,
        "start": coding.start, "end": coding.end, "coder": coding.coder,
        "origin": coding.origin, "coded_on": coding.on,
        "uid": uid, "words": cipher.seal(words, _where("words", *its)), "note": note,
    }  # fmt: skip


def _at(number: int, place: tuple[str, int, int, str]) -> ColumnElement[bool]:
    code, start, end, coder = place
    return and_(
        v.contribution == number, v.code == code, v.start == start, v.end == end, v.coder == coder
    )


def _where(column: str, conversation: str, number: int, uid: str) -> str:
    """What the sealed words and note are bound to."""
    return f"codings.{column}|{conversation}|{number}|{uid}"


def _refuse(coding: Coding, known: set[str]) -> None:
    if coding.code not in known:
        raise CodebookError("Ce thème n'existe plus. Rechargez la page.")
    if not 0 <= coding.start < coding.end or len(coding.words) != coding.end - coding.start:
        raise CodebookError("Ce passage n'est plus dans le texte. Sélectionnez-le à nouveau.")
    if len(coding.note) > LONGEST_NOTE:
        raise CodebookError(f"Cette note est trop longue : {LONGEST_NOTE} caractères au plus.")
    if not 0 < len(coding.coder) <= LONGEST_CODER:
        raise CodebookError(f"Le nom de qui code a de 1 à {LONGEST_CODER} caractères.")
