"""Exports at the desk: asked for, looked at, made in the background, taken away, made again."""

from __future__ import annotations

import asyncio
import csv
import errno
import hashlib
import io
import json
import re
import stat
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from desk_crowd import Slow, answered, people
from sqlalchemy import Engine, delete

from bot.curated import Decision, Order, Stage
from bot.staff import Act, Role
from desk.exporting.workroom import Workroom
from exports.packages_list import PACKAGES
from storage.desk.packages import LEASE, Packages
from storage.sealing.closed_files import ClosedFiles
from storage.sealing.keys import Keys
from storage.snapshot.snapshots import Snapshots
from storage.tables import conversations
from tests.desk_service import Clock, Office, csrf, office

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_template, tmp_path) as made:
        answered(made, people(24))
        made.hire("paul", [Role.EXPORT], code=True)
        made.hire("lise", [Role.MODERATION])
        yield made


async def becomes(desk: Office, id: str, *stages: Stage) -> Order:
    """Wait until the order is at one of these stages."""
    for _ in range(600):
        order = desk.desk.memory.packages.get(id)
        assert order is not None
        if order.stage in stages:
            return order
        assert order.stage is not Stage.FAILED, order.problem
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {order.stage}")


async def asks(client: httpx.AsyncClient, desk: Office, **fields: Any) -> Order:
    """Ask for an export and wait for what it would hold."""
    page = await client.get("/equipe/exports/nouveau?profil=interne")
    given = {"csrf": csrf(page.text), "profile": "interne", "format": ["csv", "jsonl"], **fields}
    answer = await client.post("/equipe/exports", data=given)
    assert answer.status_code == 303, answer.text
    id = answer.headers["location"].rpartition("/")[2]
    return await becomes(desk, id, Stage.SEEN)


async def does(client: httpx.AsyncClient, desk: Office, order: Order, what: str) -> Order:
    token = csrf((await client.get(f"/equipe/exports/{order.id}")).text)
    answer = await client.post(f"/equipe/exports/{order.id}/{what}", data={"csrf": token})
    id = answer.headers["location"].rpartition("/")[2]
    return await becomes(desk, id, Stage.DONE)


async def test_from_asking_to_the_file(desk: Office) -> None:
    async with desk.at_work("paul") as client:
        order = await asks(client, desk)
        shown = (await client.get(f"/equipe/exports/{order.id}")).text
        assert "24 contributions de 24 participations vont sortir" in shown
        assert "De l&#39;eau 7" in shown
        assert not list(desk.desk.workroom.folder.glob("*.zip"))
        done = await does(client, desk, order, "faire")
        assert done.file is not None
        assert done.file == f"parole-interne-{desk.clock.now:%Y-%m-%d}-{done.id[:6]}.zip"
        taken = await client.get(f"/equipe/exports/{done.id}/fichier")
        assert taken.headers["content-type"] == "application/zip"
        assert hashlib.sha256(taken.content).hexdigest() == done.sha256
        with zipfile.ZipFile(io.BytesIO(taken.content)) as archive:
            manifest = json.loads(archive.read("manifest.json"))
        assert manifest["contributions"]["sorties"] == 24
        file = desk.desk.workroom.folder / done.file
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert taken.content not in file.read_bytes()
        assert not zipfile.is_zipfile(file), "it is sealed on the disk"
        assert int(taken.headers["content-length"]) == len(taken.content)
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert [path.name for path in file.parent.iterdir()] == [done.file]
        listed = (await client.get("/equipe/exports")).text
        assert done.sha256 is not None
        assert done.sha256[:12] in listed
    every = reversed(desk.desk.memory.journal.lines())
    lines = [(line.who, line.what) for line in every if line.what != Act.CONTRIBUTION_READ]
    assert lines[-4:] == [
        ("paul", Act.SNAPSHOT_TAKEN), ("paul", Act.EXPORT_ASKED),
        ("paul", Act.EXPORT_MADE), ("paul", Act.EXPORT_TAKEN),
    ]  # fmt: skip
    told = desk.desk.memory.journal.lines(what=Act.EXPORT_TAKEN)[0].about
    assert told["sha256"] == done.sha256


async def test_the_same_export_gives_the_same_bytes_until_somebody_erases(desk: Office) -> None:
    async with desk.at_work("paul") as client:
        first = await does(client, desk, await asks(client, desk), "faire")
        desk.clock.pass_by(minutes=1)
        second = await does(client, desk, first, "refaire")
        assert second.id != first.id
        assert (second.sha256, second.snapshot) == (first.sha256, first.snapshot)
        assert "Mêmes octets" in (await client.get(f"/equipe/exports/{second.id}")).text
        with desk.engine.begin() as connection:
            gone = delete(conversations).where(conversations.c.reference == "REF-00003")
            connection.execute(gone)
        assert (await client.get(f"/equipe/exports/{first.id}/fichier")).status_code == 410
        assert "n’est plus là" in (await client.get(f"/equipe/exports/{second.id}")).text
        assert list(desk.desk.workroom.folder.iterdir()) == []
        desk.clock.pass_by(minutes=1)
        third = await does(client, desk, second, "refaire")
        assert third.sha256 != first.sha256
        assert "diffère" in (await client.get(f"/equipe/exports/{third.id}")).text


async def test_what_is_hidden_later_leaves_no_old_file_and_no_new_one(desk: Office) -> None:
    decide = desk.desk.memory.curations.decide
    last = {n: decide(f"P-{n:06d}", Decision.PUBLISHED, "ready", "lise", 0) for n in range(1, 25)}
    async with desk.at_work("paul") as client:
        order = await asks(client, desk, profile="public", format="csv")
        first = await does(client, desk, order, "faire")
        again = await does(client, desk, first, "refaire")
        assert again.sha256 == first.sha256
        looked = await asks(client, desk, profile="public", format="csv", snapshot=first.snapshot)
        page = (await client.get(f"/equipe/exports/{looked.id}")).text
        assert "Ce qui est montré est partagé par" in page
        assert "Profil : 11 réponses sur 24" in page.replace("\u202f", " ").replace("\xa0", " ")
        kept = await client.get(f"/equipe/exports/{again.id}/fichier")
        assert "De l'eau 7" in _texts(kept.content)
        hidden = decide("P-000007", Decision.HIDDEN, "asked", "lise", last[7])
        for one in (first, again):
            assert (await client.get(f"/equipe/exports/{one.id}/fichier")).status_code == 410
        shown = (await client.get(f"/equipe/exports/{looked.id}")).text
        assert "Refaire l’aperçu" in shown
        assert list(desk.desk.workroom.folder.iterdir()) == []
        desk.clock.pass_by(minutes=1)
        third = await does(client, desk, again, "refaire")
        assert third.sha256 != first.sha256
        taken = (await client.get(f"/equipe/exports/{third.id}/fichier")).content
        assert "De l'eau 7" not in _texts(taken)
        assert "De l'eau 8" in _texts(taken)
        with zipfile.ZipFile(io.BytesIO(taken)) as archive:
            said = json.loads(archive.read("manifest.json"))
            note = archive.read("LISEZ-MOI.txt").decode()
        assert said["instantane"]["change_depuis"] == {"masquee": "moins de 5"}
        assert said["contributions"]["absentes"] == {"change_depuis": "moins de 5"}
        assert "moins de 5 contributions retirées : masquées par l'équipe" in note
        decide("P-000007", Decision.PUBLISHED, "ready", "lise", hidden)
        desk.clock.pass_by(minutes=1)
        assert (await does(client, desk, third, "refaire")).sha256 == first.sha256


def _texts(packed: bytes) -> list[str]:
    """What is written in the contributions of an export."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        [name] = [one for one in archive.namelist() if one.endswith("contributions.csv")]
        rows = csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig")))
        return [row["text"] for row in rows]


async def test_publishing_again_from_another_snapshot_is_warned(desk: Office) -> None:
    decide = desk.desk.memory.curations.decide
    for n in range(1, 24):
        decide(f"P-{n:06d}", Decision.PUBLISHED, "ready", "lise", 0)
    warned = "existe déjà"
    async with desk.at_work("paul") as client:
        first = await asks(client, desk, profile="public", format="csv")
        assert warned not in (await client.get(f"/equipe/exports/{first.id}")).text
        done = await does(client, desk, first, "faire")
        again = await asks(client, desk, profile="public", format="csv", kind="proposal")
        assert again.snapshot == done.snapshot
        assert warned not in (await client.get(f"/equipe/exports/{again.id}")).text
        decide("P-000024", Decision.PUBLISHED, "ready", "lise", 0)
        other = await asks(client, desk, profile="public", format="csv")
        page = (await client.get(f"/equipe/exports/{other.id}")).text
        assert warned in page
        assert f"?profil=public&amp;instantane={done.snapshot}" in page
        ours = await asks(client, desk, format="csv")
        assert warned not in (await client.get(f"/equipe/exports/{ours.id}")).text
        read = [
            line.about for line in desk.desk.memory.journal.lines() if "references" in line.about
        ]
        assert {about["package"] for about in read} == {first.id, again.id, other.id, ours.id}
        for about in read:  # outside the team the order is drawn anew
            assert re.fullmatch(r"([EP]-\d{6} ?){10}", str(about["references"]))


async def test_what_was_shown_goes_when_somebody_in_it_erases(desk: Office) -> None:
    async with desk.at_work("paul") as client:
        order = await asks(client, desk)
        [file] = desk.desk.workroom.folder.iterdir()
        assert (file.name, stat.S_IMODE(file.stat().st_mode)) == (f"{order.id}.json", 0o600)
        assert b"eau 7" not in file.read_bytes()
        assert "De l&#39;eau 7" in (await client.get(f"/equipe/exports/{order.id}")).text
        [read] = desk.desk.memory.journal.lines(what=Act.CONTRIBUTION_READ)
        assert (read.about["package"], read.about["contributions"]) == (order.id, 10)
        assert str(read.about["references"]).split() == [f"P-{n:06d}" for n in range(1, 11)]
        with desk.engine.begin() as connection:
            gone = delete(conversations).where(conversations.c.reference == "REF-00007")
            connection.execute(gone)
        shown = (await client.get(f"/equipe/exports/{order.id}")).text
        assert "De l&#39;eau" not in shown
        assert "Refaire l’aperçu" in shown
        assert not file.exists()


async def test_the_profile_decides_what_leaves(desk: Office) -> None:
    async with desk.at_work("paul") as client:
        new = (await client.get("/equipe/exports/nouveau?profil=public")).text
        assert 'name="kind"' in new
        assert 'name="origin"' not in new
        order = await asks(client, desk, profile="public", format="csv")
        shown = (await client.get(f"/equipe/exports/{order.id}")).text
        assert "0 contribution de 0 participation" in shown
        assert "24\u00a0: pas publiée par l’équipe" in shown
        token = csrf(shown)
        for wrong in (
            {"profile": "public", "format": "csv", "origin": "mairie"},
            {"profile": "public", "format": "refi-qda2"},
            {"profile": "public"},
            {"profile": "interne", "format": "csv", "since": "2026-05-01", "until": "2026-01-01"},
        ):
            answer = await client.post("/equipe/exports", data={"csrf": token, **wrong})
            assert (answer.status_code, "alert" in answer.text) == (422, True), wrong
        assert (await client.get("/equipe/exports/nouveau?profil=x")).status_code == 422


async def test_reading_or_moderating_does_not_export(desk: Office) -> None:
    async with desk.at_work("lise") as client:
        for path in ("exports", "exports/nouveau?profil=interne", "exports/1/fichier"):
            assert (await client.get(f"/equipe/{path}")).status_code == 403
        assert "/equipe/exports" not in (await client.get("/equipe/")).text


async def test_files_go_after_some_days_and_with_an_order_nobody_confirmed(desk: Office) -> None:
    room = desk.desk.workroom
    async with desk.at_work("paul") as client:
        done = await does(client, desk, await asks(client, desk), "faire")
        await asks(client, desk)
        (room.folder / "stranger.zip").write_bytes(b"of an order that is gone")
        room.tidy()
        assert len(list(room.folder.iterdir())) == 2
    desk.clock.pass_by(days=15)
    room.tidy()
    assert list(room.folder.iterdir()) == []
    [kept] = desk.desk.memory.packages.every()
    assert (kept.id, kept.file, kept.sha256) == (done.id, None, done.sha256)


async def test_a_restart_in_the_middle_begins_again(desk: Office) -> None:
    room, packages = desk.desk.workroom, desk.desk.memory.packages
    async with desk.at_work("paul") as client:
        order = await asks(client, desk)
        await room.stop()
        slow = Slow(Snapshots(desk.engine, desk.keys))
        first = Workroom(
            replace(desk.desk.memory, snapshots=slow), desk.desk.threads,
            desk.desk.guides.of, room.folder, software="x", keep=room.keep,
            closed=room.closed, now=desk.clock,
        )  # fmt: skip
        first.start()
        token = csrf((await client.get(f"/equipe/exports/{order.id}")).text)
        await client.post(f"/equipe/exports/{order.id}/faire", data={"csrf": token})
        first.wake()
        assert await asyncio.to_thread(slow.begun.wait, 20)
        await first.stop()
        stopped = packages.get(order.id)
        assert stopped is not None
        assert (stopped.stage, stopped.file) == (Stage.RUNNING, None)
        assert not list(room.folder.glob("*.zip"))
        room.start()
        done = await becomes(desk, order.id, Stage.DONE)
        assert done.sha256


async def test_one_failure_of_the_disk_does_not_stop_the_next_orders(desk: Office) -> None:
    room, memory = desk.desk.workroom, desk.desk.memory
    fell = asyncio.Event()

    class Failing:
        def __getattr__(self, name: str) -> Any:
            return getattr(memory.packages, name)

        def forget_unwanted(self, before: datetime) -> None:  # noqa: ARG002
            if not fell.is_set():
                loop.call_soon_threadsafe(fell.set)
                raise OSError("the disk is away")

    loop = asyncio.get_running_loop()
    await room.stop()
    other = Workroom(
        replace(memory, packages=cast(Packages, Failing())), desk.desk.threads,
        desk.desk.guides.of, room.folder, software="x", keep=room.keep,
            closed=room.closed, now=desk.clock,
    )  # fmt: skip
    other.start()
    await asyncio.wait_for(fell.wait(), 20)
    async with desk.at_work("paul") as client:
        page = await client.get("/equipe/exports/nouveau?profil=interne")
        given = {"csrf": csrf(page.text), "profile": "interne", "format": "csv"}
        answer = await client.post("/equipe/exports", data=given)
        other.wake()
        await becomes(desk, answer.headers["location"].rpartition("/")[2], Stage.SEEN)
    await other.stop()


def test_an_order_is_for_one_process_and_outlives_a_crash(engine: Engine) -> None:
    packages, clock = Packages(engine), Clock()
    first = packages.ask("paul", "interne", ["csv"], {"kind": "proposal"}, clock.now)
    second = packages.ask("lise", "public", ["csv"], {}, clock.now.replace(year=2099))
    claimed = packages.claim(clock.now)
    assert claimed is not None
    assert (claimed.id, claimed.stage) == (first.id, Stage.LOOKING)
    other = packages.claim(clock.now)
    assert other is not None
    assert other.id == second.id
    assert packages.claim(clock.now) is None
    assert packages.beat(first.id, 5, 10, clock.now)
    clock.pass_by(seconds=LEASE + 1)  # the process is dead
    again = packages.claim(clock.now)
    assert again is not None
    assert (again.id, again.written) == (first.id, 0)
    packages.seen(first.id, 3, "")
    assert packages.claim(clock.now) is not None  # the other one's lease is over too
    assert packages.confirm(first.id)
    assert not packages.confirm(first.id)
    running = packages.claim(clock.now)
    assert running is not None
    assert running.stage is Stage.RUNNING
    packages.done(first.id, "a.zip", "0" * 64, 3, "", clock.now)
    assert not packages.beat(first.id, 1, 1, clock.now)
    found = packages.get(first.id)
    assert found is not None
    assert (found.stage, found.filters, found.people) == (Stage.DONE, {"kind": "proposal"}, 3)


def test_who_lost_the_lease_changes_nothing_more(engine: Engine) -> None:
    slow, quick, clock = Packages(engine), Packages(engine), Clock()
    order = slow.ask("paul", "interne", ["csv"], {}, clock.now, stage=Stage.WAITING)
    assert slow.claim(clock.now)
    clock.pass_by(seconds=LEASE + 1)  # the machine slept
    assert quick.claim(clock.now)
    assert not slow.beat(order.id, 1, 1, clock.now)
    slow.failed(order.id, "its folder is gone", clock.now)
    slow.release(order.id)
    slow.done(order.id, "half.zip", "1" * 64, 1, "", clock.now)
    assert quick.beat(order.id, 2, 9, clock.now)
    quick.done(order.id, "a.zip", "0" * 64, 3, "", clock.now)
    found = quick.get(order.id)
    assert found is not None
    assert (found.stage, found.file, found.problem) == (Stage.DONE, "a.zip", None)


async def test_two_servers_on_the_same_order(desk: Office) -> None:
    room, memory = desk.desk.workroom, desk.desk.memory
    other = Packages(desk.engine)
    slow = Slow(Snapshots(desk.engine, desk.keys))
    first = Workroom(
        replace(memory, snapshots=slow, packages=other), desk.desk.threads,
        desk.desk.guides.of, room.folder, software="x", keep=room.keep,
            closed=room.closed, now=desk.clock,
    )  # fmt: skip
    async with desk.at_work("paul") as client:
        order = await asks(client, desk)
        await room.stop()
        memory.packages.confirm(order.id)
        claimed = other.claim(desk.clock.now)
        assert claimed is not None
        work = asyncio.create_task(first._work_on(claimed))
        assert await asyncio.to_thread(slow.begun.wait, 20)
        desk.clock.pass_by(seconds=LEASE + 1)
        room.start()
        done = await becomes(desk, order.id, Stage.DONE)
        await work
        assert memory.packages.get(order.id) == done
        assert [path.name for path in room.folder.iterdir()] == [done.file]
        made = [one.what for one in memory.journal.lines() if one.what == Act.EXPORT_MADE]
        assert len(made) == 1
        taken = await client.get(f"/equipe/exports/{order.id}/fichier")
        assert hashlib.sha256(taken.content).hexdigest() == done.sha256


async def test_a_file_of_another_server_is_not_forgotten(desk: Office, tmp_path: Path) -> None:
    room = desk.desk.workroom
    async with desk.at_work("paul") as client:
        done = await does(client, desk, await asks(client, desk), "faire")
        there, room.folder = room.folder, tmp_path / "elsewhere"
        room.tidy()
        page = (await client.get(f"/equipe/exports/{done.id}")).text
        assert "pas sur ce serveur" in page
        assert (await client.get(f"/equipe/exports/{done.id}/fichier")).status_code == 410
        room.folder = there
        assert (await client.get(f"/equipe/exports/{done.id}/fichier")).status_code == 200


async def test_a_full_disk_is_said_and_may_be_tried_again(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    async with desk.at_work("paul") as client:
        order = await asks(client, desk)
        for name, what in (
            ("keep", "desk.exporting.preview.keep"),
            ("pack", "desk.exporting.workroom.pack"),
        ):
            with monkeypatch.context() as broken:
                broken.setattr(what, raising(full))
                page = await client.get("/equipe/exports/nouveau?profil=interne")
                given = {"csrf": csrf(page.text), "profile": "interne", "format": "csv"}
                if name == "keep":
                    answer = await client.post("/equipe/exports", data=given)
                else:
                    where = f"/equipe/exports/{order.id}/faire"
                    answer = await client.post(where, data={"csrf": given["csrf"]})
                where = answer.headers["location"]
                for _ in range(200):
                    shown = (await client.get(where)).text
                    if "pas abouti" in shown:
                        break
                    await asyncio.sleep(0.05)
                assert "plus de place sur le disque" in shown
                assert "Recommencer" in shown
        assert not [one for one in desk.desk.workroom.folder.iterdir() if one.is_dir()]


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_each_format_says_who_it_is_for() -> None:
    from desk.exporting.words import FOR_WHOM

    missing = [package.name for package in PACKAGES if package.name not in FOR_WHOM]
    assert not missing, f"say in desk/exporting/words.py, FOR_WHOM, who they are for: {missing}"


async def test_a_look_takes_no_snapshot_when_nothing_changed(desk: Office) -> None:
    snapshots, curations = desk.desk.memory.snapshots, desk.desk.memory.curations
    async with desk.at_work("paul") as client:
        first = await asks(client, desk)
        again = await asks(client, desk, format="jsonl", kind="proposal")
        assert again.snapshot == first.snapshot
        curations.decide("P-000007", Decision.HIDDEN, "asked", "lise", 0)
        third = await asks(client, desk)
        assert third.snapshot != first.snapshot
        desk.desk.memory.codebook.add("Temps")
        fourth = await asks(client, desk)
        assert fourth.snapshot != third.snapshot
        assert len(snapshots.every()) == 3
        # what nobody asked for goes after a day; what was exported, or taken on the machine, stays
        made = await does(client, desk, fourth, "faire")
        kept = Snapshots(desk.engine, desk.keys).take("parole", desk.clock.now)
        desk.clock.pass_by(days=2)
        desk.desk.workroom.tidy()
        assert {one.id for one in snapshots.every()} == {made.snapshot, kept.id}
    gone = desk.desk.memory.journal.lines(what=Act.SNAPSHOT_DELETED)
    assert {line.about["snapshot"] for line in gone} == {first.snapshot, third.snapshot}
    assert {line.who for line in gone} == {"parole"}


async def test_an_administrator_deletes_a_snapshot(desk: Office) -> None:
    desk.hire("anne", [Role.ADMINISTRATION], code=True)
    async with desk.at_work("paul") as client:
        done = await does(client, desk, await asks(client, desk), "faire")
        assert (await client.get("/equipe/instantanes")).status_code == 403
    async with desk.at_work("anne") as client:
        page = (await client.get("/equipe/instantanes")).text
        assert "24 participations. 1 export fait avec." in page
        where = f"/equipe/instantanes/{done.snapshot}/supprimer"
        await desk.desk.workroom.stop()
        waiting = desk.desk.memory.packages.ask(
            "paul", "interne", ["csv"], {}, desk.clock.now, snapshot=done.snapshot
        )
        assert (await client.post(where, data={"csrf": csrf(page)})).status_code == 409
        desk.desk.memory.packages.failed(waiting.id, "", desk.clock.now)
        assert (await client.post(where, data={"csrf": csrf(page)})).status_code == 303
        assert (await client.post(where, data={"csrf": csrf(page)})).status_code == 404
        assert "Aucun instantané" in (await client.get("/equipe/instantanes")).text
    assert list(desk.desk.workroom.folder.iterdir()) == []
    assert desk.desk.memory.packages.every() == []
    [line] = desk.desk.memory.journal.lines(what=Act.SNAPSHOT_DELETED)
    assert (line.who, line.about) == ("anne", {"snapshot": done.snapshot, "exports": 1})


async def test_a_new_master_key_leaves_nothing_to_take(desk: Office) -> None:
    """An export closed with the key of before is as good as gone, and may be made again."""
    async with desk.at_work("paul") as client:
        done = await does(client, desk, await asks(client, desk), "faire")
        room = desk.desk.workroom
        before, room.closed = room.closed, ClosedFiles(Keys(bytes(range(1, 33))))
        assert (await client.get(f"/equipe/exports/{done.id}/fichier")).status_code == 410
        assert "Refaire" in (await client.get(f"/equipe/exports/{done.id}")).text
        room.closed = before
