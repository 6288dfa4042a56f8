"""Whatever shows somebody's words writes a line of the journal: found by the words shown."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from sqlalchemy import Engine, delete, insert, select, text, update

from bot.staff import PAROLE, Act, Line
from desk import roles
from desk.roles import Open
from desk.shell import ROOT, Desk
from storage.desk.journal import Journal
from storage.desk_tables import journal as lines
from tests import hostile_walks as walks
from tests.asgi import Answer
from tests.desk_full import CHANGES, WHO, Full, address, full_desk, steps
from tests.whole_service import whole

pytestmark = [pytest.mark.anyio, pytest.mark.own_database]
MARK = " canaribleu"
WORD = MARK.strip()
READING = {Act.CONTRIBUTION_READ, Act.TRANSCRIPT_READ, Act.EXPORT_TAKEN}


@pytest.fixture
async def full(engine: Engine, tmp_path: Path) -> AsyncIterator[Full]:
    async with full_desk(engine, tmp_path, MARK) as made:
        yield made


def shows_words(answer: Answer) -> bool:
    """Whether somebody's words are in this answer, or in the files of its ZIP."""
    if answer.body.startswith(b"PK\3\4"):
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            return any(WORD.encode() in archive.read(name) for name in archive.namelist())
    return WORD.encode() in answer.body


def shape(target: str) -> str:
    return re.sub(r"\d+|[0-9a-f-]{32,}", "1", target)


class Walk:
    """Reads page after page: which showed words, and which of those wrote no line."""

    def __init__(self, full: Full) -> None:
        self.full, self.journal = full, full.desk.desk.memory.journal
        self.asked, self.showing, self.silent = 0, set[str](), set[str]()
        self.links: list[str] = []

    def last(self) -> int:
        return max((one.id for one in self.journal.lines(limit=1)), default=0)

    def new(self, before: int) -> list[Line]:
        return [one for one in self.journal.lines(limit=50) if one.id > before]

    async def get(self, target: str) -> None:
        before = self.last()
        self._note(target, await self.full.get(target), before)

    async def post(self, name: str) -> None:
        sent = CHANGES[name]
        path, fields = await self.full.ready(name)
        before = self.last()
        given = [*fields, ("csrf", self.full.csrf)]
        answer = await self.full.post(path, given, file=sent.file)
        assert answer.status in (200, 303), (name, answer.status)
        self._note(f"POST {path}", answer, before)

    def _note(self, target: str, answer: Answer, before: int) -> None:
        self.asked += 1
        assert answer.status < 500, target
        if shows_words(answer):
            self.showing.add(shape(target))
            told = self.new(before)
            if not any(one.what in READING and one.who == WHO for one in told):
                self.silent.add(shape(target))
        if "text/html" in (answer.header("content-type") or ""):
            found = lxml.html.fromstring(answer.text).xpath("//a/@href|//*/@hx-get")
            self.links += [str(one) for one in found if str(one).startswith(ROOT)]

    async def everywhere(self) -> None:
        """Each route, then each sort of link that their pages give."""
        waiting = [address(one, self.full) for one in steps(self.full.routes(), "GET")]
        waiting += [f"{ROOT}/exports/{self.full.named['asked']}"]
        seen: set[str] = set()
        while waiting:
            target = waiting.pop(0).partition("#")[0]
            if shape(target) not in seen:
                seen.add(shape(target))
                await self.get(target)
                waiting += self.links
                self.links = []


async def test_every_page_that_shows_words_says_so_in_the_journal(full: Full, backend: str) -> None:
    """S10: every GET route and every link, every form: words shown, a line of who read them.

    Nothing here says which pages show words: a new page that shows some and is silent turns it red.
    """
    walk = Walk(full)
    await walk.everywhere()
    for name in CHANGES:
        if roles.ROUTES[name] not in (Open.ANYONE, Open.WAITING):
            full.desk.clock.pass_by(seconds=60)
            full.signs_in()
            await walk.post(name)
            await full.rests()
    print(f"{backend}: {walk.asked} requests, {len(walk.showing)} addresses show words, "
          f"{len(walk.silent)} of them are silent")  # fmt: skip
    assert walk.silent == set()
    assert len(walk.showing) >= 8
    with full.desk.engine.connect() as connection:
        written = repr(connection.execute(select(lines)).all())
    assert WORD not in written
    assert full.desk.desk.memory.journal.check().broken is None


async def test_a_page_that_says_nothing_is_found(
    full: Full, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S10: the walk above is one that can fail: without its line, each page of words is named."""

    async def says_nothing(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(Desk, "note", says_nothing)
    walk = Walk(full)
    await walk.everywhere()
    assert walk.silent == walk.showing
    assert len(walk.silent) >= 7


async def test_every_way_in_and_every_erasure_is_written(database_url: str, tmp_path: Path) -> None:
    """S10: signing in, refused or not, with the code or not, and out; erasing, by each door."""
    async with whole(database_url, tmp_path) as service:
        journal = service.desk.memory.journal
        cookie = await service.staff("zoe")
        wrong = {"login": "zoe", "password": "faux-mot-de-passe", "suite": ""}
        await service.form("/equipe/connexion", wrong)
        await service.form("/equipe/connexion", {**wrong, "login": WORD})
        csrf = await walks.csrf_of(service, cookie)
        await service.form("/equipe/deconnexion", {"csrf": csrf}, cookie)
        assert [(one.who, one.what) for one in reversed(journal.lines())] == [
            ("zoe", Act.SIGN_IN), *[(PAROLE, Act.SIGN_IN_REFUSED)] * 2, ("zoe", Act.SIGN_OUT),
        ]  # fmt: skip
        token = await service.begins()
        assert (await service.json("DELETE", "/api/conversation", {}, token)).status == 204
        token = await service.begins()
        for n, said in enumerate(("effacer", "oui")):
            await service.json("POST", "/api/messages", {"id": f"e{n}", "text": said}, token)
        chat = 77
        for said in ("/start", "effacer", "oui"):
            await service.update(service.message(chat, text=said))
        erased = [one for one in journal.lines() if one.what == Act.ERASURE]
        assert len(erased) == 3
        assert {one.who for one in erased} == {PAROLE}
        assert WORD not in repr(journal.lines())


async def test_any_change_of_any_line_breaks_the_chain(engine: Engine) -> None:
    """S10: each column of each line changed behind our back, each line gone, moved, or copied."""
    kept = Journal(engine)
    for n in range(12):
        kept.write(f"p{n % 3}", Act.CONTRIBUTION_READ, {"reference": f"P-{n:06d}"})
    whole_chain = kept.check()
    assert (whole_chain.lines, whole_chain.broken) == (12, None)
    ids = [one.id for one in kept.lines()]
    other = {"at": "2020-01-01T00:00:00Z", "who": "x", "what": "sign_in", "about": "{}",
             "before": "1" * 64, "hash": "f" * 64}  # fmt: skip
    forged = 0
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            for name in ("changed", "deleted", "replaced"):
                connection.execute(text(f"DROP TRIGGER journal_never_{name}"))
        else:
            connection.execute(text("ALTER TABLE journal DISABLE TRIGGER ALL"))
        connection.commit()

        def seen(*changes: Any) -> None:
            """These changes, noticed, then undone."""
            nonlocal forged
            for one in changes:
                connection.execute(one)
            connection.commit()
            found = kept.check()
            cut = found.broken is None and (found.lines, found.last) != (12, whole_chain.last)
            assert found.broken is not None or cut, [str(one) for one in changes]
            connection.execute(delete(lines))
            connection.execute(insert(lines), rows)
            connection.commit()
            assert kept.check() == whole_chain
            forged += 1

        rows = [
            dict(one._mapping) for one in connection.execute(select(lines).order_by(lines.c.id))
        ]
        connection.commit()
        for id in ids:
            for column, value in other.items():
                seen(update(lines).where(lines.c.id == id).values({column: value}))
            seen(delete(lines).where(lines.c.id == id))
        for first, second in pairwise(sorted(ids)):
            far = 10_000_000
            seen(
                *(update(lines).where(lines.c.id == one).values(id=to)
                  for one, to in ((first, far), (second, first), (far, second)))
            )  # fmt: skip
            seen(delete(lines).where(lines.c.id > first))
        seen(insert(lines).values({**rows[3], "id": far, "hash": "e" * 64}))
        seen(insert(lines).values({**other, "id": far}))
    print(f"{engine.dialect.name}: {forged} forgeries of the journal, all of them seen")
    assert forged >= 100
