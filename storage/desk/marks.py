"""How each person stands, as a few letters: other ones as soon as they, or staff, changed anything.

What is sealed never has the same bytes twice, so the beginning of the state of a conversation says
whether it was written again; each decision of staff has a line of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import BindParameter, Connection, LargeBinary, bindparam, func, select

from storage.desk_tables import codings, curations, decisions, readings
from storage.tables import conversations

NONCE = 64  # bytes: more than what is drawn at each writing

_ids: BindParameter[str] = bindparam("ids", expanding=True)
_decided = (
    select(func.max(decisions.c.id))
    .where(decisions.c.conversation_id == conversations.c.id)
    .scalar_subquery()
)
_everybody = select(
    conversations.c.id,
    func.substr(conversations.c.state, 1, NONCE, type_=LargeBinary),
    _decided,
).order_by(conversations.c.id)
_standing = _everybody.where(conversations.c.id.in_(_ids))
STAFFS = (curations, codings, readings)  # what staff made of contributions, besides the themes
_staffs = [
    select(
        *(
            func.substr(column, 1, NONCE, type_=LargeBinary) if "sealed" in column.info else column
            for column in table.c
        )
    ).order_by(*table.primary_key)
    for table in STAFFS
]


def marks(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """By conversation, for those that are there."""
    if not ids:
        return {}
    rows = connection.execute(_standing, {"ids": list(ids)}).all()
    return {id: _mark(bytes(state), decided or 0) for id, state, decided in rows}


def standing(connection: Connection, codebook: str) -> str:
    """How everybody stands, staff's codes too. It is another one as soon as anything changed."""
    hashed = hashlib.sha256(codebook.encode())
    for query in (_everybody, *_staffs):
        for row in connection.execution_options(yield_per=1000).execute(query):
            hashed.update(repr(tuple(row)).encode())
        hashed.update(b"|")
    return hashed.hexdigest()


def _mark(state: bytes, decided: int) -> str:
    return hashlib.sha256(decided.to_bytes(8, "big") + state).hexdigest()
