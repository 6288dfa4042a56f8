"""What staff made of contributions, read for many conversations at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from bot.curated import Code, Coding, Curation, Decision, Reading
from storage.desk_tables import codes, codings, curations, readings
from storage.moderation.codings import coding_in
from storage.sealing.keys import Cipher
from storage.statements import Line
from storage.tables import contributions
from storage.written import unpack

_ids: BindParameter[str] = bindparam("ids", expanding=True)
_target = contributions.alias("target")
_curations_of = (
    select(
        curations,
        contributions.c.kind,
        _target.c.number.label("target_number"),
        _target.c.kind.label("target_kind"),
    )
    .join(contributions, contributions.c.number == curations.c.contribution)
    .outerjoin(_target, _target.c.number == curations.c.merged_into)
    .where(curations.c.conversation_id.in_(_ids))
    .order_by(curations.c.contribution)
)
_codings_of = (
    select(codings, contributions.c.kind)
    .join(contributions, contributions.c.number == codings.c.contribution)
    .where(codings.c.conversation_id.in_(_ids))
    .order_by(codings.c.contribution, codings.c.start, codings.c.end, codings.c.id)
)
_readings_of = (
    select(readings, contributions.c.kind)
    .join(contributions, contributions.c.number == readings.c.contribution)
    .where(readings.c.conversation_id.in_(_ids))
    .order_by(readings.c.contribution, readings.c.coder)
)
_codebook = select(codes).order_by(codes.c.position, codes.c.id)


def reference(kind: str, number: int) -> str:
    """« E-000123 » or « P-000124 »."""
    return f"{'E' if kind == 'experience' else 'P'}-{number:06d}"


def curations_of(
    connection: Connection, ciphers: Mapping[str, Cipher]
) -> dict[str, dict[str, Curation]]:
    """By conversation and reference, for the conversations that these ciphers open."""
    found: dict[str, dict[str, Curation]] = defaultdict(dict)
    if not ciphers:
        return found
    its = {"ids": list(ciphers)}
    coded: dict[str, list[Coding]] = defaultdict(list)
    owners: dict[str, str] = {}
    for row in connection.execute(_codings_of, its):
        name = reference(row.kind, row.contribution)
        coded[name].append(coding_in(row, ciphers[row.conversation_id]))
        owners[name] = row.conversation_id
    for row in connection.execute(_curations_of, its):
        name = reference(row.kind, row.contribution)
        cipher = ciphers[row.conversation_id]
        found[row.conversation_id][name] = _curation(name, row, cipher, coded.pop(name, ()))
    for name, its_codings in coded.items():
        found[owners[name]][name] = Curation(name, codings=tuple(its_codings))
    for row in connection.execute(_readings_of, its):
        name, mine = reference(row.kind, row.contribution), found[row.conversation_id]
        one = mine.get(name) or Curation(name)
        mine[name] = replace(one, readings=(*one.readings, Reading(row.coder, row.read_on)))
    return found


def codebook(connection: Connection) -> tuple[Code, ...]:
    """Every code, in the order staff chose."""
    rows: Iterable[Any] = connection.execute(_codebook)
    return tuple(Code(r.id, r.name, r.definition, r.colour, r.parent) for r in rows)


def _curation(name: str, row: Line, cipher: Cipher, its: Sequence[Coding]) -> Curation:
    text = row.text
    if text is not None:
        where = f"curations.text|{row.conversation_id}|{row.contribution}"
        text = str(unpack(cipher.unseal(text, where)))
    short = row.short
    if short is not None:
        where = f"curations.short|{row.conversation_id}|{row.contribution}"
        short = unpack(cipher.unseal(short, where))
    target = row.target_number
    return Curation(
        name,
        Decision(row.decision),
        row.reason,
        text,
        reference(row.target_kind, target) if target is not None else None,
        tuple(its),
        short or {},
    )
