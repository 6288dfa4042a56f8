"""While the desk reads everything, who talks is answered: SQLite's one thread is not taken."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.staff import Chain, Role
from desk.coding import codebook
from exports.refi.tally import Tally
from tests.desk_service import EVERY_ROLE, Office, csrf
from tests.test_desk_shell import folder, played  # noqa: F401

# ruff: noqa: F811


class Held:
    """Something long: it waits until it is let go."""

    def __init__(self, gives: object = None) -> None:
        self.begun, self.let_go, self._gives = threading.Event(), threading.Event(), gives

    def __call__(self, *_: object, **__: object) -> object:
        self.begun.set()
        assert self.let_go.wait(20)
        return self._gives


CASES: dict[str, tuple[object, str, str]] = {  # of a part of the memory: what is called, where
    "journal": (Chain(3, "0" * 64), "check", "/journal/verification"),
    "judgements": ({}, "given", "/codage/accord"),
    "snapshots": ([], "every", "/instantanes"),
}


@pytest.mark.parametrize("part", CASES)
def test_a_long_page_keeps_nobody_waiting(folder, monkeypatch, part: str) -> None:
    gives, name, path = CASES[part]
    held = Held(gives)

    async def play(desk: Office) -> None:
        desk.hire("lea", EVERY_ROLE, code=True)
        async with desk.at_work("lea") as client:
            monkeypatch.setattr(getattr(desk.desk.memory, part), name, held)
            long = asyncio.create_task(client.get(f"/equipe{path}"))
            assert await asyncio.to_thread(held.begun.wait, 20)
            await asyncio.wait_for(desk.desk.run(lambda: None), 5)  # the thread of those who talk
            assert (await asyncio.wait_for(client.get("/equipe/aide"), 10)).status_code == 200
            assert not long.done()
            held.let_go.set()
            assert (await long).status_code == 200

    played(folder, play)


def test_a_long_import_or_tidying_keeps_nobody_waiting(folder, monkeypatch) -> None:
    async def play(desk: Office) -> None:
        desk.hire("lea", [Role.MODERATION])
        bring, tidy = Held(Tally()), Held()
        monkeypatch.setattr(codebook, "_bring", bring)
        monkeypatch.setattr(desk.desk.workroom, "tidy", tidy)
        async with desk.at_work("lea") as client:
            token = csrf((await client.get("/equipe/codage")).text)
            sent = {"data": {"csrf": token}, "files": {"file": ("a.qdpx", b"x")}}
            long = asyncio.create_task(client.post("/equipe/codage/import", **sent))
            assert await asyncio.to_thread(bring.begun.wait, 20)
            desk.clock.pass_by(minutes=11)
            desk.desk.workroom.wake()
            assert await asyncio.to_thread(tidy.begun.wait, 20)
            await asyncio.wait_for(desk.desk.run(lambda: None), 5)
            bring.let_go.set()
            tidy.let_go.set()
            assert (await long).status_code == 200

    played(folder, play)
