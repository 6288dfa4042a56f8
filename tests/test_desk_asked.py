"""Sorting, filtering and searching at the desk: only what is listed, and never a statement."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.finding import CHOICES, SORTS
from bot.staff import Role
from desk.shell import ROOT
from storage.search.searching import _COLUMNS
from storage.tables import metadata
from tests.desk_asked import asked, quoted, references
from tests.desk_contributions import contributes
from tests.desk_full import TEXTS, full_desk
from tests.desk_service import office, office_on
from tests.hostile_requests import no_fault_logged

pytestmark = pytest.mark.own_database
OURS = {"q", "page", "tri", "comme", "personal", "uncoded", *CHOICES}
COLUMNS = sorted({*_COLUMNS, *(one.name for table in metadata.sorted_tables for one in table.c)})


def test_no_address_of_the_desk_reaches_the_database_as_a_statement(
    engine: Engine, tmp_path: Path, backend: str
) -> None:
    """S11: 300 addresses: no fault, no error of the database; nothing typed is in a statement.

    `python -m bench.doors S11`: 10 000 on each database.
    """
    with asyncio.Runner() as loop, no_fault_logged():
        running = AsyncExitStack()
        full = loop.run(running.enter_async_context(full_desk(engine, tmp_path)))
        try:
            statements = asked(full, loop, 1, 300)
        finally:
            loop.run(running.aclose())
    print(f"{backend}: 300 addresses, {statements} different statements, none with what was typed")


@pytest.mark.anyio
async def test_no_column_is_chosen_but_those_listed(sqlite_template: Path, tmp_path: Path) -> None:
    """S11: every column of every table as a sort and as a filter: the list is as without it."""
    async with office(sqlite_template, tmp_path) as desk:
        desk.hire("lea")
        for n, text in enumerate(TEXTS, 1):
            contributes(desk, n, text, mask=False)
        tried = 0
        assert desk.desk.memory.indexing.wait(30)
        async with desk.at_work("lea") as client:

            async def shown(asked: str) -> list[str]:
                nonlocal tried
                tried += 1
                answer = await client.get(f"{ROOT}/contributions?{asked}")
                assert answer.status_code == 200, asked
                return references(answer.text)

            usual = await shown("")
            assert len(usual) == len(TEXTS)
            assert await shown("tri=oldest") == usual[::-1], "a sort that is listed"
            assert await shown("department=75") == [], "a filter that is listed"
            for name in COLUMNS:
                assert name not in SORTS
                assert await shown(f"tri={quoted(name)}") == usual, name
                if name not in OURS:
                    assert await shown(f"{quoted(name)}=75") == usual, name
    print(f"{len(COLUMNS)} columns, {tried} lists: no column but the {len(SORTS)} sorts and "
          f"{len(CHOICES)} filters listed")  # fmt: skip
    assert tried > 200


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("path", "status"),
    [("/exports/%00/fichier", 404), ("/contributions/P-1%00", 404), ("/journal?qui=%00", 422),
     ("/plateforme/contribution?reference=%00", 422), ("/contributions?q=a%00b", 200)],
)  # fmt: skip
async def test_nul_in_an_address_is_no_fault_of_the_database(
    engine: Engine, tmp_path: Path, path: str, status: int
) -> None:
    """S11: PostgreSQL refuses NUL as a fault, which was told as a database that is away."""
    desk = office_on(engine, tmp_path)
    desk.hire("lea", tuple(Role), code=True)
    async with desk.at_work("lea") as client:
        assert (await client.get(f"{ROOT}{path}")).status_code == status
    desk.desk.memory.indexing.close()
    desk.desk.threads.close()  # type: ignore[attr-defined]
