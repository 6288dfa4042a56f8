"""Everything as it is now, with what staff made of it: what is read to code and to compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine, func, or_, select

from bot.curated import Curated, Decision
from bot.model import Conversation, Exchange
from storage.desk_tables import codings, curations, readings
from storage.faults import transaction
from storage.moderation.codings import number_of
from storage.moderation.curated import curations_of, reference
from storage.reading import (
    PAGE,
    Place,
    Read,
    exchange_from,
    page_after,
    participation_of,
    participations_of,
)
from storage.sealing.keys import Keys
from storage.statements import load_turns
from storage.tables import contributions

n = contributions.c.number
_codable = (  # spam and tests are not coded
    select(n, contributions.c.kind)
    .outerjoin(curations, curations.c.contribution == n)
    .where(or_(curations.c.decision.is_(None), curations.c.decision != Decision.BINNED.value))
)


class Present:
    """The participations and the contributions of now. Blocking calls."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine, self._keys = engine, keys

    def curated(self) -> Iterator[Curated]:
        """Every participation, oldest day first, a page in memory at a time."""
        after: Place | None = None
        while True:
            with transaction(self._engine, writing=False) as connection:
                page = page_after(connection, self._keys, after)
                ciphers = {one.place[1]: self._keys.once(one.place[1], one.wrapped)
                           for one in page}  # fmt: skip
                made = curations_of(connection, ciphers)
            yield from (Curated(one.participation, made.get(one.place[1], {})) for one in page)
            if len(page) < PAGE:
                return
            after = page[-1].place

    def one(self, of: str) -> Curated | None:
        """The participation that made this contribution, None if it is no longer there."""
        with transaction(self._engine, writing=False) as connection:
            read: Read | None = participation_of(connection, self._keys, number_of(of))
            if read is None:
                return None
            id = read.place[1]
            made = curations_of(connection, {id: self._keys.cipher(id, read.wrapped)})
        return Curated(read.participation, made.get(id, {}))

    def thread(self, of: str) -> tuple[Conversation, tuple[Exchange, ...]] | None:
        """The conversation in which this contribution was made, all that was said in it."""
        with transaction(self._engine, writing=False) as connection:
            read = participation_of(connection, self._keys, number_of(of))
            if read is None:
                return None
            id = read.place[1]
            told = connection.execute(load_turns, {"conversation_id": id}).all()
        cipher = self._keys.cipher(id, read.wrapped)
        exchanges = (exchange_from(id, number, sealed, cipher) for number, sealed in told)
        return read.participation.conversation, tuple(exchanges)

    def of(self, ids: Sequence[str]) -> list[Curated]:
        """These conversations, those that are still there, in no order."""
        with transaction(self._engine, writing=False) as connection:
            read = participations_of(connection, self._keys, ids)
            ciphers = {one.place[1]: self._keys.cipher(one.place[1], one.wrapped) for one in read}
            made = curations_of(connection, ciphers)
        return [Curated(one.participation, made.get(one.place[1], {})) for one in read]

    def codable(self) -> int:
        """How many contributions may be coded."""
        with transaction(self._engine, writing=False) as connection:
            return int(
                connection.scalar(select(func.count()).select_from(_codable.subquery())) or 0
            )

    def references(self) -> list[str]:
        """Of every contribution, oldest first."""
        every = select(n, contributions.c.kind).order_by(n)
        with transaction(self._engine, writing=False) as connection:
            return [reference(row.kind, row.number) for row in connection.execute(every)]

    def beside(self, of: str) -> tuple[str | None, str | None]:
        """The contributions before and after this one."""
        number = number_of(of)
        before = _codable.where(n < number).order_by(n.desc()).limit(1)
        after = _codable.where(n > number).order_by(n).limit(1)
        with transaction(self._engine, writing=False) as connection:
            found = [connection.execute(one).one_or_none() for one in (before, after)]
        one, other = (reference(row.kind, row.number) if row else None for row in found)
        return one, other

    def to_code(self, coder: str, after: str | None = None) -> str | None:
        """The next contribution that this coder did not judge yet, the first ones at the end."""
        coded = select(codings.c.id).where(
            codings.c.contribution == n, codings.c.coder == coder, codings.c.start < codings.c.end
        )
        read = select(readings.c.coder).where(
            readings.c.contribution == n, readings.c.coder == coder
        )
        left = _codable.where(~coded.exists(), ~read.exists())
        number = number_of(after) if after else 0
        order = (n <= number, n)
        with transaction(self._engine, writing=False) as connection:
            row = connection.execute(
                left.where(n != number).order_by(*order).limit(1)
            ).one_or_none()
        return reference(row.kind, row.number) if row else None
