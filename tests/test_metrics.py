"""R10 and what a monitor reads: numbers that say how the service stands, and nobody's words."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, insert

from bot import metrics
from bot.metrics import MOST_NAMES, Meters, Standing
from bot.model import Event
from bot.staff import PAROLE, Act
from storage.desk.journal import Journal
from storage.desk.watching import standing
from storage.erasure.nightly import nightly
from storage.tables import conversations, doors, letters, metadata
from tests.serving import serving
from tests.test_start import opened, tells

TOKEN = "jeton-de-surveillance-0123456789"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(page: str) -> dict[str, float]:
    """Every sample, by its name and labels."""
    return {
        one.name + "".join(f" {value}" for value in one.labels.values()): one.value
        for family in text_string_to_metric_families(page)
        for one in family.samples
    }


def asked(url: str, token: str | None = TOKEN) -> httpx.Response:
    shown = {b"Authorization": f"Bearer {token}".encode()} if token else {}
    return httpx.get(f"{url}/metrics", headers=shown, trust_env=False, timeout=20)


def test_the_real_service_counts_and_says_nobody(tmp_path: Path) -> None:
    """R10, P2: the page of a server that was talked to holds no word, token nor reference."""
    with serving(tmp_path / "d", metrics_token=TOKEN) as served:
        token = opened(served.url)
        for number, choice in enumerate(("qui_repond:seul", "age:yes", "accord:yes")):
            assert tells(served.url, token, f"m{number}", choice=choice).status_code == 200
        tells(served.url, token, "m9", text="zinzolin quatorze mirabelles")
        assert asked(served.url, None).status_code == 404
        assert asked(served.url, TOKEN[:-1]).status_code == 404
        assert asked(served.url, "é" * 8).status_code == 404
        page = asked(served.url)
        assert page.headers["cache-control"] == "no-store"
        found = read(page.text)
        assert found["parole_turns_total web"] == 5  # opening is one
        assert found["parole_responses_total 404"] == 3
        assert found["parole_understanding_breaker rules"] == 1
        assert found["parole_database_up"] == 1
        assert found["parole_outbox_oldest_seconds"] == 0
        assert any(name.startswith("parole_events_total ") for name in found)
        assert found["parole_memory_bytes"] > 10e6
        assert 0 < found["parole_disk_free_ratio"] < 1
        assert found["parole_last_backup_seconds"] == math.inf
        assert found["parole_purge_late_days"] == 0
        assert found["parole_closing_set"] == 0  # nothing will ever be erased: an alert says it
        assert math.isnan(found["parole_understanding_alone"])  # there is only rules
        for word in ("zinzolin", token, TOKEN):
            assert word not in page.text
        assert len(found) < 200


def test_without_a_token_the_page_is_not_there(tmp_path: Path) -> None:
    with serving(tmp_path / "d") as served:
        assert asked(served.url).status_code == 404
        assert asked(served.url, "None").status_code == 404


def test_names_are_few_whatever_happens() -> None:
    """The memory of a monitor is bounded: what is beyond is counted together."""
    meters = Meters()
    for number in range(3 * MOST_NAMES):
        asyncio.run(meters.happened(Event("refusal", None, f"reason-{number}"), "c"))
        meters.turned(f"door-{number}")
    found = read(meters.page("closed", None).decode())
    reasons = [name for name in found if name.startswith("parole_refusals_total ")]
    assert len(reasons) == MOST_NAMES + 1
    assert found["parole_refusals_total other"] == 2 * MOST_NAMES
    assert found["parole_turns_total other"] == 3 * MOST_NAMES


def test_the_breaker_and_a_database_away() -> None:
    meters = Meters()
    there = Standing(12.5, 3, {"expired": 2}, {"done": 1}, 4, last_backup=90.0, purge_late=3)
    found = read(meters.page("open", there).decode())
    assert found["parole_understanding_breaker open"] == 1
    assert found["parole_understanding_breaker closed"] == 0
    assert found["parole_outbox_given_up expired"] == 2
    assert found["parole_letters"] == 4
    assert found["parole_last_backup_seconds"] == 90
    assert found["parole_purge_late_days"] == 3
    assert math.isnan(found["parole_disk_free_ratio"])
    found = read(meters.page("closed", None).decode())
    assert found["parole_database_up"] == 0
    assert "parole_outbox_given_up expired" not in found


def test_what_waits_and_what_was_given_up(engine: Engine) -> None:
    """On both databases: the oldest reply due, those given up by reason, the exports by stage."""
    outbox, packages = metadata.tables["outbox"], metadata.tables["packages"]
    row = {"door": "d", "channel": "telegram", "turn": 1, "attempts": 0, "lease_until": 0.0,
           "reminder": False, "payload": b""}  # fmt: skip
    seconds = NOW.timestamp()
    order = {"profile": "partenaire", "formats": "[]", "filters": "{}", "asked_by": "lea",
             "asked": 0.0, "written": 0, "expected": 0, "lease_until": 0.0}  # fmt: skip
    with engine.begin() as connection:
        for place, (queued, due, why) in enumerate(
            [(90, 0, None), (30, 0, None), (900, -60, None), (500, 0, "expired")]
        ):
            times = {"queued": seconds - queued, "not_before": seconds - due}
            connection.execute(insert(outbox).values(**row, **times, place=place, dropped=why))
        for number, state in enumerate(("done", "done", "failed")):
            connection.execute(insert(packages).values(**order, id=str(number), state=state))
        fact = {"channel": "telegram", "place": "KeyError a:1", "tried": 0}
        connection.execute(insert(letters).values(**fact, set_aside_on=NOW.date()))
    found = standing(engine, NOW)
    assert found.pop("key_age") == 0.0  # no day is known
    assert round(found.pop("oldest_waiting")) == 90
    assert found == {
        "waiting": 2, "given_up": {"expired": 1}, "exports": {"done": 2, "failed": 1},
        "letters": 1,
    }  # fmt: skip


def test_the_age_of_the_master_key_and_a_list_that_is_not_written(engine: Engine) -> None:
    """P1: what an alert needs for « au plus tard à J+30 »."""
    day = (NOW - timedelta(days=16)).date().isoformat()
    with engine.begin() as connection:
        connection.execute(insert(metadata.tables["meta"]).values(key="key_since", value=day))
    found = standing(engine, NOW)
    assert 16 * 86400 <= found["key_age"] < 17 * 86400
    page = Meters().page("closed", Standing(**found, listed=False))
    assert read(page.decode())["parole_master_key_age_seconds"] == found["key_age"]
    assert read(page.decode())["parole_erasures_list_written"] == 0


def test_a_consultation_without_an_end_is_seen() -> None:
    """P6: late by no day, since nothing is due: another number says that nothing ever will be."""
    for closes in (False, True):
        standing = Standing(0.0, 0, {}, {}, 0, closes=closes)
        found = read(Meters().page("closed", standing).decode())
        assert found["parole_closing_set"] == closes
    alerts = (Path(__file__).parents[1] / "deploy" / "prometheus-alerts.yml").read_text("utf-8")
    assert "expr: min(parole_closing_set) == 0" in alerts


def test_a_backup_that_is_old_and_one_that_never_was(engine: Engine) -> None:
    """P9: what an alert needs to say that last night's backup did not happen."""
    assert nightly(engine, NOW, None, 6)["last_backup"] == math.inf
    lines = Journal(engine, clock=lambda: NOW - timedelta(hours=30))
    lines.write(PAROLE, Act.BACKED_UP, {"file": "f"})
    lines.write(PAROLE, Act.PURGED, {"erased": 1})
    assert nightly(engine, NOW, None, 6)["last_backup"] == 30 * 3600


@pytest.mark.parametrize(
    ("closing", "active", "late"),
    [
        (None, "2020-01-01", 0),  # nobody said when it ends: nothing is erased
        ("2025-12-01", "2025-06-01", 0),  # 3 months after the end: all is kept until March 1st
        ("2025-11-28", "2025-06-01", 3),  # since February 28th
        ("2025-06-01", "2025-11-20", 11),  # since they were kept for 3 months
        ("2025-06-01", "2025-12-02", 0),
        ("2025-06-01", None, 0),
    ],
)
def test_a_purge_that_did_not_happen(
    engine: Engine, closing: str | None, active: str | None, late: int
) -> None:
    """P6: how many days somebody is there who should have been erased."""
    if active is not None:
        with engine.begin() as connection:
            connection.execute(insert(doors).values(door="d", channel="web"))
            day = date.fromisoformat(active)
            connection.execute(
                insert(conversations).values(
                    id="c", door="d", current=True, reference="R", channel="web", guide="g",
                    version="v", helped="none", status="open", turn=1, started_on=day,
                    active_on=day, state=b"", address=b"",
                )
            )  # fmt: skip
    ends = date.fromisoformat(closing) if closing else None
    assert nightly(engine, NOW, ends, 3)["purge_late"] == late


def test_memory_is_told_where_systemd_shows_processes_alone() -> None:
    """R10: with ProcSubset=pid there is no /proc/stat; the alert on memory still has its number."""
    code = (
        "from bot.metrics import Meters; page = Meters().page('closed', None).decode();"
        "print('process_resident' in page, 'parole_memory_bytes' in page, 'NaN' in"
        " [l for l in page.splitlines() if l.startswith('parole_memory_bytes ')][0])"
    )
    shut = "mount -t proc -o subset=pid proc /proc && exec "
    ended = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "sh", "-c", shut + '"$@"', "-", sys.executable,
         "-c", code], capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "unshare:" in ended.stderr or "mount:" in ended.stderr:
        why = "this system does not let a process see a /proc of its own"
        print(f"skipped: {why}")
        pytest.skip(why)
    assert ended.stdout.split() == ["False", "True", "False"], ended.stderr


@pytest.mark.parametrize("name", sorted(vars(Meters())))
def test_nothing_that_is_counted_has_a_person_for_label(name: str) -> None:
    meter = getattr(Meters(), name)
    labels = set(getattr(meter, "_labelnames", ()))
    assert labels <= {"door", "name", "reason", "status", "level", "event", "outcome", "stage",
                      "task", "parole_understanding_breaker"}  # fmt: skip
    assert metrics.LATENCIES[-1] == 1.5
