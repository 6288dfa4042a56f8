"""Retention (P6): what has been kept long enough leaves, and nothing else, even when stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from talks import contribution, conversation, turn, words

from bot.model import Spot
from storage.backup.tombstones import Tombstones, read
from storage.conversations import SqlStore
from storage.desk.journal import Journal
from storage.erasure import purging
from storage.erasure.purging import due, last_day, purge, until
from storage.tables import conversations, doors, erasures, outbox, secrets

CLOSING = date(2022, 6, 30)
TODAY = date(2023, 1, 15)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def people(engine, keys, days):
    for n, day in enumerate(days):
        store = SqlStore(engine, keys, clock=lambda day=day: at(day))
        talk = conversation(f"c{n:04}", channel="telegram", started=at(day),
                            answers={Spot("story"): words(f"mots {n}")})  # fmt: skip
        with store.hold("telegram", f"person {n}") as held:
            made = (contribution("experience"),) if n % 2 else ()
            held.save("m1", turn(talk, events=made), push=True)


def left(engine):
    with engine.connect() as connection:
        return set(connection.scalars(select(conversations.c.id)))


@pytest.mark.parametrize(
    ("today", "months", "day"),
    [
        (date(2023, 1, 15), 6, date(2022, 7, 15)),
        (date(2023, 8, 31), 6, date(2023, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2024, 1, 1), 12, date(2023, 1, 1)),
        (date(2024, 12, 31), 1, date(2024, 11, 30)),
    ],
)
def test_months_are_counted_to_the_day(today, months, day):
    assert last_day(today, months) == day


def test_nothing_leaves_before_the_consultation_has_been_over_long_enough():
    assert until(TODAY, None, 6) is None
    assert until(date(2022, 12, 29), CLOSING, 6) is None
    assert until(date(2022, 12, 30), CLOSING, 6) == CLOSING
    assert until(TODAY, CLOSING, 6) == date(2022, 7, 15)


def test_all_that_expired_is_erased_and_nothing_else_is_touched(engine, keys, tmp_path):
    """P6: on each side of the day; run twice, it changes nothing more."""
    day = until(TODAY, CLOSING, 6)
    days = [day + timedelta(days=n - 60) for n in range(120)]
    people(engine, keys, days)
    expired = {f"c{n:04}" for n, one in enumerate(days) if one <= day}
    with engine.connect() as connection:
        before = {row.id: row for row in connection.execute(select(conversations))}
    told = due(engine, day)
    assert (told.conversations, told.contributions) == (len(expired), 30)
    assert told.staying == 120 - len(expired)
    assert left(engine) == set(before)  # to say is not to do
    list_ = Tombstones(tmp_path / "effacements.txt")
    assert purge(engine, keys, day, at(TODAY), list_) == len(expired) == 61
    assert left(engine) == set(before) - expired
    with engine.connect() as connection:
        kept = {row.id: row for row in connection.execute(select(conversations))}
        assert kept == {id: row for id, row in before.items() if id not in expired}
        assert connection.scalar(select(func.count()).select_from(secrets)) == 59
        assert connection.scalar(select(func.count()).select_from(doors)) == 59
        assert connection.scalar(select(func.count()).select_from(outbox)) == 59
        assert set(connection.scalars(select(erasures.c.door))) == {""}
    assert set(read(list_.file)) == {keys.trace(id) for id in expired}
    lines = [one for one in Journal(engine).lines(limit=200) if one.what == "purged"]
    assert sum(one.about["erased"] for one in lines) == 61
    assert not [one for one in Journal(engine).lines(limit=200) if one.what == "erasure"]
    assert purge(engine, keys, day, at(TODAY)) == 0
    assert len(Journal(engine).lines(limit=200)) == len(lines)
    for n in range(61, 120):
        SqlStore(engine, keys).thread("telegram", f"person {n}")


SCRIPT = """
import sys
from datetime import UTC, date, datetime
from storage.erasure import purging
from storage.database import open_database
from storage.sealing.keys import Keys
purging.EACH = 3
purging._some = purging._some.limit(3)
engine = open_database(sys.argv[1], create=False)
def told(n):
    print(n, flush=True)
    if n >= int(sys.argv[2]):
        sys.stdin.read()
purging.purge(engine, Keys(bytes(range(32))), date(2022, 7, 15), datetime(2023, 1, 15, tzinfo=UTC),
              progress=told)
"""


@pytest.mark.parametrize("moment", [3, 18])
def test_killed_it_goes_on_where_it_was(engine, keys, database_url, moment):
    """P6, F3: kill -9 after some parts; run again, the rest leaves, counted once."""
    people(engine, keys, [date(2022, 7, 1)] * 30 + [date(2022, 12, 1)] * 5)
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, database_url, str(moment)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ,
    )  # fmt: skip
    while int(process.stdout.readline()) < moment:
        pass
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    process.stdin.close()
    assert len(left(engine)) == 35 - moment
    assert purge(engine, keys, date(2022, 7, 15), at(TODAY)) == 30 - moment
    lines = [one for one in Journal(engine).lines(limit=200) if one.what == "purged"]
    assert sum(one.about["erased"] for one in lines) == 30
    assert left(engine) == {f"c{n:04}" for n in range(30, 35)}


def test_somebody_who_comes_back_meanwhile_is_kept(engine, keys, monkeypatch):
    """They speak between the moment they are found and the moment they are locked."""
    if engine.dialect.name == "sqlite":
        pytest.skip("on SQLite nobody speaks while a part is erased")
    people(engine, keys, [date(2022, 7, 1)] * 3)
    store = SqlStore(engine, keys, clock=lambda: at(TODAY))
    real = purging.statements.take_door
    spoken = []

    class Slow:
        def __getattribute__(self, name):
            if name == "take_door" and not spoken:
                spoken.append(1)
                with store.hold("telegram", "person 1") as held:
                    held.save("m2", turn(held.conversation), push=False)
            return real if name == "take_door" else object.__getattribute__(self, name)

    monkeypatch.setattr(purging, "statements", Slow())
    assert purge(engine, keys, date(2022, 7, 15), at(TODAY)) == 2
    assert left(engine) == {"c0001"}


def test_a_purge_waits_for_who_holds_the_database(engine, keys, monkeypatch):
    people(engine, keys, [date(2022, 7, 1)] * 2)
    slept = []
    monkeypatch.setattr(purging, "BREATH", 0.0)
    monkeypatch.setattr(time, "sleep", slept.append)
    real, busy = purging._part, [1, 1]

    def part(*given):
        if busy:
            busy.pop()
            raise purging.DatabaseBusy("occupée")
        return real(*given)

    monkeypatch.setattr(purging, "_part", part)
    assert purge(engine, keys, date(2022, 7, 15), at(TODAY)) == 2
    assert len(slept) == 2
