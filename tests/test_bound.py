"""P1: what is sealed opens at its own place only: moved to another row, it is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import UniqueConstraint, select, update
from talks import NOON, contribution, conversation, turn, words

from bot.curated import Coding, Decision
from bot.errors import DatabaseUnfit
from bot.model import Spot
from bot.moderating import told
from storage.desk_tables import codings, decisions
from storage.moderation.codebook import Codebook
from storage.moderation.codings import Codings
from storage.moderation.curations import Curations
from storage.tables import metadata

ONE_EACH = {"snapshot_rows": "a conversation has one row in a snapshot"}


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda one: one.name)
def test_every_sealed_column_is_bound_to_one_row(table):
    """By the primary key, a unique one, or something drawn for the row alone."""
    unique = [{c.name for c in table.primary_key}]
    unique += [{c.name for c in one.columns} for one in table.constraints
               if isinstance(one, UniqueConstraint)]  # fmt: skip
    unique += [{c.name} for c in table.c if c.unique] + [{"uid"}]
    for column in table.c:
        bound = column.info.get("sealed")
        if bound is not None and table.name not in ONE_EACH:
            assert any(one <= set(bound) for one in unique), f"{table.name}.{column.name}"


@pytest.fixture
def told_twice(store, engine, keys):
    """Two lines of history and two passages of one contribution: the same pair of numbers."""
    talk = conversation(answers={Spot("story"): words("mon récit")})
    with store.hold("web", "someone") as held:
        held.save("m1", turn(talk, events=(contribution("experience"),)), push=False)
    [run] = store.participations()
    [made] = run.contributions
    work = Curations(engine, keys, told)
    first = work.decide(made.reference, Decision.HIDDEN, "private", "claire", 0)
    work.decide(made.reference, Decision.PUBLISHED, "ready", "claire", first)
    code = Codebook(engine).add("Travail").id
    passages = (Coding(code, 0, 3, "claire", NOON.date(), words="mon", note="un"),
                Coding(code, 4, 9, "claire", NOON.date(), words="récit", note="deux"))  # fmt: skip
    Codings(engine, keys).add(made.reference, passages)
    return made.reference


def swap(engine, table, column):
    one, other = table.c[column], table.c.id
    with engine.begin() as connection:
        (a, first), (b, second) = connection.execute(select(other, one).order_by(other)).all()
        for id, sealed in ((a, second), (b, first)):
            connection.execute(update(table).where(other == id).values({column: sealed}))


@pytest.mark.parametrize("column", ["words", "note"])
def test_two_passages_cannot_be_swapped(told_twice, engine, keys, column):
    assert len(Codings(engine, keys).of(told_twice)) == 2
    swap(engine, codings, column)
    with pytest.raises(DatabaseUnfit):
        Codings(engine, keys).of(told_twice)


def test_two_lines_of_history_cannot_be_swapped(told_twice, engine, keys):
    swap(engine, decisions, "before")
    work = Curations(engine, keys, told)
    with pytest.raises(DatabaseUnfit):
        work.undo(told_twice, "claire", work.history(told_twice)[-1].id)
