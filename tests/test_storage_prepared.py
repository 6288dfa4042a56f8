"""The statements that go straight to the driver read and refuse as SQLAlchemy does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError
from talks import conversation, turn

from storage import statements
from storage.conversations import SqlStore
from storage.prepared import Prepared
from storage.sealing.keys import Keys
from storage.tables import doors

LATER = datetime(2022, 4, 2, tzinfo=UTC)


def test_a_row_is_read_as_sqlalchemy_reads_it(store: SqlStore, engine: Engine, keys: Keys) -> None:
    with store.hold("web", "someone") as held:
        held.save("m1", turn(conversation()), push=False)
    this = {"door": keys.door("web", "someone")}
    with engine.connect() as connection, connection.begin():
        wanted = connection.execute(statements.load, this).one()
        assert statements.load_now.all(connection, this) == [tuple(wanted)]
        found = statements.load_now.one_or_none(connection, this)
        assert found._asdict() == dict(wanted._mapping)
        assert statements.load_now.one_or_none(connection, {"door": "nobody"}) is None


def test_one_row_or_several_are_written(engine: Engine) -> None:
    several = Prepared(insert(doors))
    with engine.connect() as connection, connection.begin():
        several.run(connection, [{"door": "a", "channel": "web"}])
        several.run(connection, [{"door": door, "channel": "web"} for door in "bc"])
        kept = connection.execute(doors.select().order_by(doors.c.door)).all()
    assert [row.door for row in kept] == ["a", "b", "c"]


def test_a_refusal_is_sqlalchemys_and_quotes_nothing(engine: Engine) -> None:
    twice = Prepared(insert(doors))
    with engine.connect() as connection:
        with pytest.raises(IntegrityError) as refused, connection.begin():
            twice.run(connection, [{"door": "secret", "channel": "web"}] * 2)
        assert refused.value.params is None


def test_what_a_conversation_is_can_change_too(store: SqlStore, engine: Engine) -> None:
    talk = conversation()
    for message, one in (("m1", talk), ("m2", replace(talk, origin="quai", started=LATER))):
        with store.hold("web", "someone") as held:
            held.save(message, turn(one), push=False)
    again = SqlStore(engine, store._keys)  # nothing known by heart
    with again.hold("web", "someone") as held:
        assert held.conversation is not None
        assert (held.conversation.origin, held.conversation.started) == ("quai", LATER)
