"""The codebook: themes and sub-themes, each with a name that no other has over the whole tree."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, distinct, func, insert, select, text, update

from bot.curated import Code, folded
from bot.errors import CodebookError
from storage.desk_tables import codes, codings
from storage.faults import transaction

LONGEST = 120
LONGEST_DEFINITION = 4000
COLOURS = (  # told apart by most people; each is dark enough for white letters
    "#1b6ca8", "#b3472e", "#2e7d4f", "#8a3b8f", "#8a6100", "#00707a", "#b02a63", "#55606e",
    "#4b4fb8", "#6b7a12",
)  # fmt: skip
GONE = "Ce thème n'existe plus. Rechargez la page."

c = codes.c


class Used(NamedTuple):
    """How much a code was used."""

    codings: int
    contributions: int


class Codebook:
    """The themes as staff make them. Raises CodebookError for what cannot be kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def codes(self) -> tuple[Code, ...]:
        """Every theme, each followed by its sub-themes."""
        with transaction(self._engine, writing=False) as connection:
            return tuple(in_order(_all(connection)))

    def used(self) -> Mapping[str, Used]:
        """By code, how many passages and how many contributions have it."""
        counted = select(
            codings.c.code, func.count(), func.count(distinct(codings.c.contribution))
        ).group_by(codings.c.code)
        with transaction(self._engine, writing=False) as connection:
            return {row[0]: Used(row[1], row[2]) for row in connection.execute(counted)}

    def add(
        self, name: str, definition: str = "", colour: str | None = None, parent: str | None = None
    ) -> Code:
        with self._changing() as (connection, known):
            return _add(connection, known, Code("", name, definition, colour or "", parent))

    def take(self, new: Iterable[Code]) -> None:
        """Add these codes with the ids they have, parents first; all of them or none."""
        with self._changing() as (connection, known):
            for code in new:
                _add(connection, known, code)

    def change(self, id: str, *, name: str, definition: str, colour: str) -> Code:
        with self._changing() as (connection, known):
            old = _found(known, id)
            others = [one for one in known if one.id != id]
            new = replace(
                old,
                name=_name(name, others),
                definition=_definition(definition),
                colour=_colour(colour, others),
            )
            values = {"name": new.name, "definition": new.definition, "colour": new.colour}
            connection.execute(update(codes).where(c.id == id).values(values))
            return new

    def place(self, id: str, parent: str | None) -> None:
        """Put a theme under another one, or at the top; it becomes the last one there."""
        with self._changing() as (connection, known):
            old = _found(known, id)
            if parent is not None and id in _above(known, _found(known, parent).id):
                raise CodebookError(
                    f"« {old.name} » ne peut pas aller sous un de ses propres sous-thèmes. "
                    "Choisissez un autre thème."
                )
            last = _last(connection, known, parent)
            moved = update(codes).where(c.id == id).values(parent=parent, position=last)
            connection.execute(moved)

    def shift(self, id: str, by: int) -> None:
        """Move a theme among those beside it: -1 is one place up."""
        with self._changing() as (connection, known):
            old = _found(known, id)
            beside = [one.id for one in known if one.parent == old.parent]
            now = beside.index(id)
            beside.insert(max(0, min(len(beside) - 1, now + by)), beside.pop(now))
            for position, one in enumerate(beside):
                moved = update(codes).where(c.id == one).values(position=position)
                connection.execute(moved)

    def merge(self, id: str, into: str) -> int:
        """Give the passages and the sub-themes of one theme to another; how many passages moved."""
        with self._changing() as (connection, known):
            old, new = _found(known, id), _found(known, into)
            if id in _above(known, into):
                raise CodebookError(
                    f"« {new.name} » est un sous-thème de « {old.name} ». Faites-en d'abord un "
                    "thème à part, ou joignez dans l'autre sens."
                )
            had, there = codings.alias("had"), codings.alias("there")
            twice = select(had.c.id).where(
                had.c.code == id,
                select(there.c.id)
                .where(
                    there.c.code == into, there.c.contribution == had.c.contribution,
                    there.c.start == had.c.start, there.c.end == had.c.end,
                    there.c.coder == had.c.coder,
                )
                .exists(),
            )  # fmt: skip
            connection.execute(delete(codings).where(codings.c.id.in_(twice)))
            moved = connection.execute(
                update(codings).where(codings.c.code == id).values(code=into)
            ).rowcount
            connection.execute(update(codes).where(c.parent == id).values(parent=into))
            connection.execute(delete(codes).where(c.id == id))
            return int(moved)

    def remove(self, id: str, *, confirmed: bool = False) -> None:
        """Delete a theme. With `confirmed`, even one that was used: its codings go too."""
        with self._changing() as (connection, known):
            old = _found(known, id)
            if any(one.parent == id for one in known):
                raise CodebookError(
                    f"« {old.name} » a des sous-thèmes. Déplacez-les ou supprimez-les d'abord."
                )
            used = select(func.count()).where(codings.c.code == id)
            count = connection.scalar(used) or 0
            if count and not confirmed:
                raise CodebookError(
                    f"« {old.name} » est posé sur {count} passage{'s' if count > 1 else ''}. "
                    "Confirmez pour l'enlever partout, ou joignez-le à un autre thème."
                )
            connection.execute(delete(codes).where(c.id == id))

    @contextmanager
    def _changing(self) -> Iterator[tuple[Connection, list[Code]]]:
        """One change at a time, so that two never make the same name."""
        with transaction(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("LOCK TABLE codes, codings IN SHARE ROW EXCLUSIVE MODE"))
            yield connection, _all(connection)


def in_order(known: Iterable[Code]) -> Iterator[Code]:
    """Each code followed by those under it."""
    under: dict[str | None, list[Code]] = defaultdict(list)
    for code in known:
        under[code.parent].append(code)

    def walk(parent: str | None) -> Iterator[Code]:
        for code in under[parent]:
            yield code
            yield from walk(code.id)

    return walk(None)


def _all(connection: Connection) -> list[Code]:
    every = select(codes).order_by(c.position, c.id)
    return [
        Code(row.id, row.name, row.definition, row.colour, row.parent)
        for row in connection.execute(every)
    ]


def _add(connection: Connection, known: list[Code], asked: Code) -> Code:
    if asked.parent is not None:
        _found(known, asked.parent)
    if asked.id and any(one.id == asked.id for one in known):
        raise CodebookError(f"Un thème a déjà l'identifiant de « {asked.name} ».")
    code = Code(
        asked.id or uuid.uuid4().hex,
        _name(asked.name, known),
        _definition(asked.definition),
        _colour(asked.colour, known),
        asked.parent,
    )
    row = {
        "id": code.id, "name": code.name, "definition": code.definition, "colour": code.colour,
        "parent": code.parent, "position": _last(connection, known, code.parent),
    }  # fmt: skip
    connection.execute(insert(codes), row)
    known.append(code)
    return code


def _last(connection: Connection, known: list[Code], parent: str | None) -> int:
    if not any(one.parent == parent for one in known):
        return 0
    return (connection.scalar(select(func.max(c.position))) or 0) + 1


def _found(known: Iterable[Code], id: str) -> Code:
    code = next((one for one in known if one.id == id), None)
    if code is None:
        raise CodebookError(GONE)
    return code


def _above(known: Iterable[Code], id: str) -> set[str]:
    """This code and those it is under."""
    parents = {one.id: one.parent for one in known}
    above: set[str] = set()
    at: str | None = id
    while at is not None and at not in above:
        above.add(at)
        at = parents.get(at)
    return above


def _name(wanted: str, others: Iterable[Code]) -> str:
    name = " ".join(_writable(wanted).split())
    if not name:
        raise CodebookError("Donnez un nom au thème.")
    if len(name) > LONGEST:
        raise CodebookError(
            f"Ce nom a {len(name)} caractères. Gardez-en {LONGEST} au plus, le reste va dans la "
            "définition."
        )
    same = next((one for one in others if folded(one.name) == folded(name)), None)
    if same is not None:
        where = f"sous un autre thème : « {same.name} »" if same.parent else f"« {same.name} »"
        raise CodebookError(
            f"Un thème s'appelle déjà ainsi, {where}. Deux thèmes du même nom se confondent dans "
            f"les logiciels d'analyse. Précisez, par exemple « {name} (formation) »."
        )
    return name


def _definition(wanted: str) -> str:
    definition = _writable(wanted.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(definition) > LONGEST_DEFINITION:
        raise CodebookError(f"La définition est trop longue : {LONGEST_DEFINITION} au plus.")
    return definition


def _colour(wanted: str, others: Iterable[Code]) -> str:
    """The colour asked for, or the next one of ours."""
    if not wanted:
        return COLOURS[sum(1 for _ in others) % len(COLOURS)]
    if re.fullmatch(r"#[0-9a-fA-F]{3}", wanted):
        wanted = "#" + "".join(letter * 2 for letter in wanted[1:])
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", wanted):
        raise CodebookError("Une couleur s'écrit # et 6 chiffres ou lettres, par exemple #1b6ca8.")
    return wanted.lower()


def _writable(wanted: str) -> str:
    """NFC, without what neither a database nor XML can hold."""
    return "".join(
        one
        for one in unicodedata.normalize("NFC", wanted)
        if one in "\n\t"
        or (unicodedata.category(one) not in ("Cc", "Cs") and one not in "\ufffe\uffff")
    )
