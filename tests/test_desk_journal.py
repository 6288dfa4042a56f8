"""The journal: nothing in it changes, a change made behind our back shows, writers take turns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from talks import conversation, turn

from bot.staff import Act
from storage.conversations import SqlStore
from storage.desk.journal import FIRST, Journal
from storage.desk_tables import journal
from storage.erasure.forgetting import LISTED, forget
from storage.sealing.keys import Keys
from storage.tables import contributions, metadata

pytestmark = pytest.mark.own_database  # numbered from 1

NOON = datetime(2026, 4, 30, 12, tzinfo=UTC)


def filled(engine: Engine, count: int = 5) -> Journal:
    moments = (NOON + timedelta(hours=6 * n) for n in range(1000))
    kept = Journal(engine, clock=lambda: next(moments))
    for n in range(count):
        act = Act.SIGN_IN if n % 2 else Act.CONTRIBUTION_READ
        kept.write("léa" if n % 2 else "max", act, {"reference": f"E-{n:06}", "n": n})
    return kept


CHANGES = (
    update(journal).values(who="personne"),
    delete(journal).where(journal.c.id == 2),
    text("INSERT INTO journal SELECT 1, at, 'x', what, about, before, 'y' FROM journal LIMIT 1"),
)


@pytest.mark.parametrize("change", CHANGES, ids=("update", "delete", "again"))
def test_the_database_refuses_to_change_a_line(engine, change):
    kept = filled(engine)
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(change)
    assert kept.check().lines == 5
    assert kept.check().broken is None


def test_a_line_is_not_replaced_nor_the_whole_emptied(engine, backend):
    filled(engine)
    statement = (
        "INSERT OR REPLACE INTO journal SELECT id, at, 'x', what, about, before, hash FROM journal"
        if backend == "sqlite"
        else "TRUNCATE journal"
    )
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    assert Journal(engine).check().lines == 5


TAMPERED = (
    update(journal).where(journal.c.id == 3).values(who="personne"),
    update(journal).where(journal.c.id == 3).values(about='{"n":9}'),
    update(journal).where(journal.c.id == 3).values(at="2020-01-01T00:00:00Z"),
    delete(journal).where(journal.c.id == 3),
    delete(journal).where(journal.c.id == 1),
)


@pytest.mark.parametrize("change", TAMPERED)
def test_a_change_behind_our_back_breaks_the_chain(engine, backend, change):
    kept = filled(engine)
    whole = kept.check()
    with engine.begin() as connection:
        if backend == "sqlite":
            for name in ("changed", "deleted", "replaced"):
                connection.execute(text(f"DROP TRIGGER journal_never_{name}"))
        else:
            connection.execute(text("ALTER TABLE journal DISABLE TRIGGER ALL"))
        connection.execute(change)
    assert kept.check().broken in (2, 3, 4)
    assert whole.broken is None


def test_a_forged_line_does_not_follow(engine):
    kept = filled(engine, 2)
    row = {"at": "2026-05-01T00:00:00Z", "who": "x", "what": "sign_in", "about": "{}"}
    with engine.begin() as connection:
        connection.execute(insert(journal).values(**row, before=FIRST, hash="f" * 64))
    assert kept.check().broken == 3


def test_the_last_hash_shows_that_the_end_was_cut(engine):
    kept = filled(engine, 2)
    before = kept.check().last
    kept.write("léa", Act.SIGN_OUT)
    assert kept.check().last != before
    assert kept.check().lines == 3


def test_many_writers_make_one_chain(engine):
    def writes(n: int) -> None:
        kept = Journal(engine)
        for n_th in range(10):
            kept.write(f"p{n}", Act.CONTRIBUTION_READ, {"n": n_th})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(writes, range(8)))
    found = Journal(engine).check()
    assert (found.lines, found.broken) == (80, None)
    print(f"80 lines by 8 writers at once, the chain is whole on {engine.dialect.name}")


def test_filters(engine):
    kept = filled(engine)  # noon, 18 h, then 0 h, 6 h and 12 h of the next day
    assert [line.about["n"] for line in kept.lines()] == [4, 3, 2, 1, 0]
    assert [line.about["n"] for line in kept.lines(who="léa")] == [3, 1]
    assert [line.about["n"] for line in kept.lines(what="contribution_read")] == [4, 2, 0]
    first, second = date(2026, 4, 30), date(2026, 5, 1)
    assert [line.about["n"] for line in kept.lines(until=first)] == [1, 0]
    assert [line.about["n"] for line in kept.lines(since=second, until=second)] == [4, 3, 2]
    assert [line.about["n"] for line in kept.lines(older_than=3, limit=1)] == [1]
    assert kept.people() == ["léa", "max"]


def tell(engine: Engine, numbers: dict[int, str]) -> None:
    """Contributions of one person, with these numbers."""
    store = SqlStore(engine, Keys(bytes(32)))
    with store.hold("web", "someone") as held:
        held.save("m1", turn(conversation()), push=False)
    rows = [
        {"number": number, "conversation_id": "c1", "kind": kind, "round": number,
         "made_on": NOON.date()}
        for number, kind in numbers.items()
    ]  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(contributions), rows)


def test_the_journal_names_nobody_once_they_are_erased(engine):
    """P2, P7: its lines never change, and what they call a contribution is noise by then."""
    tell(engine, {1: "experience", 12: "proposal"})
    kept, store = Journal(engine, lambda: NOON), SqlStore(engine, Keys(bytes(32)))
    kept.write("léa", Act.CONTRIBUTION_READ, {"references": "E-000001 P-000012", "n": 2})
    kept.write("léa", Act.MERGED, {"reference": "E-000001", "into": "P-000012"})
    with engine.connect() as connection:
        stored = connection.scalars(select(journal.c.about)).all()
        aliases = connection.scalars(select(contributions.c.alias)).all()
    assert not any(of in about for about in stored for of in ("E-000001", "P-000012"))
    assert all(alias in about for about in stored for alias in aliases)
    assert kept.lines()[0].about == {"reference": "E-000001", "into": "P-000012"}
    whole = kept.check()
    assert store.forget("web", "someone")
    assert kept.lines(what="merged")[0].about == {"reference": "effacée", "into": "effacée"}
    assert kept.lines(reference="E-000001") == []
    assert (kept.check().lines, kept.check().broken) == (whole.lines + 1, None)
    with engine.connect() as connection:
        said = repr([tuple(row) for row in connection.execute(select(journal))])
        for table in metadata.sorted_tables:
            if table is not journal:
                left = repr([tuple(row) for row in connection.execute(select(table))])
                assert not any(alias in left for alias in aliases), table.name
    assert "REF-c1" not in said
    assert kept.lines(what="erasure")[0].about == {"reference": "REF-c1"}
    forget(engine, datetime.now(UTC) + LISTED + timedelta(days=2))
    assert kept.lines(what="erasure")[0].about == {"reference": "effacée"}


def test_what_was_erased_before_it_is_written_is_not_named(engine):
    kept = Journal(engine)
    kept.write("léa", Act.CONTRIBUTION_READ, {"reference": "E-000009"})
    with engine.connect() as connection:
        assert connection.scalar(select(journal.c.about)) == '{"reference":"effacée"}'


def test_who_read_a_contribution_alone_or_among_others(engine):
    tell(engine, {1: "experience", 12: "proposal", 123: "proposal"})
    kept = Journal(engine)
    kept.write("léa", Act.CONTRIBUTION_READ, {"reference": "P-000012"})
    kept.write("max", Act.CONTRIBUTION_READ, {"references": "E-000001 P-000012 P-000123"})
    kept.write("zoé", Act.CONTRIBUTION_READ, {"reference": "P-0000123", "near": "P-000012"})
    kept.write("ana", Act.CONTRIBUTION_READ, {"reference": "P-0000123"})
    assert [line.who for line in kept.lines(reference="P-000012")] == ["zoé", "max", "léa"]
    assert [line.who for line in kept.lines(reference="P-000123")] == ["max"]
    assert kept.lines(reference="%") == kept.lines(reference="P-00001_") == []


def test_the_last_publication_from_another_snapshot(engine):
    kept = Journal(engine)
    for snapshot, profile in (("a", "public"), ("b", "public"), ("c", "partenaire")):
        kept.write("paul", Act.EXPORT_ASKED, {"profile": "public", "snapshot": "z"})
        kept.write("paul", Act.EXPORT_MADE, {"profile": profile, "snapshot": snapshot})
    for asked, found in (("b", "a"), ("a", "b"), ("c", "b")):
        line = kept.published(unlike=asked)
        assert line is not None
        assert line.about["snapshot"] == found
