"""Whatever shows or hands out people's words writes a line of the journal: routes and commands."""

from __future__ import annotations

import csv
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import typer
from desk_crowd import answered, people
from test_desk_exports import asks, becomes

from bot.__main__ import app
from bot.curated import Stage
from bot.staff import Act, Role
from desk import roles
from exports.fusion.arriving import model_text
from exports.fusion.mapping_file import ready_text
from storage.database import open_database
from storage.desk.journal import Journal
from tests.desk_service import EVERY_ROLE, Office, csrf, office
from tests.serving import parole

SILENT = {  # nobody's words, or nothing shown
    "static", "sign_in", "code", "code.send", "home", "help", "account", "account.code",
    "journal", "journal.check", "queue.next", "overview", "overview.refresh", "targets",
    "exports", "exports.new", "exports.ask", "coding", "coding.colours", "coding.agreement",
    "coding.book", "coding.next", "snapshots", "platform", "platform.sheet", "platform.take",
    "platform.bring", "platform.arrival",
}  # fmt: skip
CHANGES = {  # each writes what was changed or shown: their own tests
    "sign_in.send", "sign_out", "sign_out.everywhere", "account.password", "account.code.set",
    "account.close", "targets.set", "targets.import", "coding.add", "coding.change",
    "coding.import", "coding.note", "snapshots.delete", "platform.keep", "platform.remove",
    "platform.read", "platform.forget", "platform.one", "platform.alike", "platform.compare",
    "platform.say", "platform.received", "groups.join", "groups.undo",
}  # fmt: skip
ONE = "P-000003"
SHOWN: dict[str, tuple[str, str, Act]] = {  # what is asked for, and what is written
    "contributions": ("GET", "/contributions", Act.CONTRIBUTION_READ),
    "contributions.one": ("GET", f"/contributions/{ONE}", Act.CONTRIBUTION_READ),
    "contributions.transcript": ("POST", f"/contributions/{ONE}/conversation", Act.TRANSCRIPT_READ),
    "groups": ("GET", "/doublons", Act.CONTRIBUTION_READ),
    "queue": ("GET", "/file", Act.CONTRIBUTION_READ),
    "queue.card": ("GET", f"/file/{ONE}", Act.CONTRIBUTION_READ),
    "coding.text": ("GET", f"/codage/texte/{ONE}", Act.CONTRIBUTION_READ),
    "coding.mark": ("POST", f"/codage/texte/{ONE}", Act.CONTRIBUTION_READ),  # refused: shown again
    "coding.read": ("POST", f"/codage/lue/{ONE}", Act.CODED),
    "coding.unmark": ("POST", f"/codage/texte/{ONE}/1", Act.CODED),
    "contributions.decide": ("POST", f"/contributions/{ONE}/decision", Act.CONTRIBUTION_READ),
    "contributions.text": ("POST", f"/contributions/{ONE}/texte", Act.CONTRIBUTION_READ),
    "contributions.merge": ("POST", f"/contributions/{ONE}/reunir", Act.CONTRIBUTION_READ),
    "contributions.separate": ("POST", f"/contributions/{ONE}/separer", Act.CONTRIBUTION_READ),
    "contributions.undo": ("POST", f"/contributions/{ONE}/annuler", Act.CONTRIBUTION_READ),
}
EXPORTING = {"exports.one", "exports.make", "exports.again", "exports.take"}

pytestmark = pytest.mark.anyio


@pytest.fixture
async def desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Office]:
    async with office(sqlite_template, tmp_path) as made:
        answered(made, people(24))
        made.hire("paul", EVERY_ROLE, code=True)
        made.hire("lise", [Role.MODERATION])
        yield made


def test_every_route_says_what_it_writes() -> None:
    named = [*SILENT, *CHANGES, *SHOWN, *EXPORTING]
    new = set(roles.ROUTES) - set(named)
    assert not new, f"say above whether these show words, and what they write: {sorted(new)}"
    assert sorted(named) == sorted(roles.ROUTES)


@pytest.mark.parametrize("name", SHOWN)
async def test_what_shows_words_is_written(desk: Office, name: str) -> None:
    journal = desk.desk.memory.journal
    method, path, act = SHOWN[name]
    async with desk.at_work("paul") as client:
        token = csrf((await client.get("/equipe/compte")).text)
        desk.desk.memory.indexing.wait(20)
        before = {line.id for line in journal.lines()}
        fields = {"csrf": token, "decision": "published"}  # the state seen is missing: refused
        sent = {"data": fields} if method == "POST" else {}
        answer = await client.request(method, f"/equipe{path}", **sent)  # type: ignore[arg-type]
        assert answer.status_code in (200, 303, 409, 422), answer.status_code
        written = [line for line in journal.lines() if line.id not in before]
        assert act in [line.what for line in written], (name, answer.status_code)
        assert all(line.who == "paul" for line in written)
        assert "De l" not in repr(written)


async def test_an_export_is_written_before_each_thing_it_does(desk: Office) -> None:
    journal, memory = desk.desk.memory.journal, desk.desk.memory
    async with desk.at_work("paul") as client:
        order = await asks(client, desk)
        page = await client.get(f"/equipe/exports/{order.id}")
        assert journal.lines()[0].what == Act.CONTRIBUTION_READ
        await desk.desk.workroom.stop()
        await client.post(f"/equipe/exports/{order.id}/faire", data={"csrf": csrf(page.text)})
        asked = journal.lines()[0]
        assert (asked.what, asked.about["package"]) == (Act.EXPORT_ASKED, order.id)

        def fails(*_: object) -> None:
            raise SystemError("the process dies here")

        room, done = desk.desk.workroom, memory.packages.done
        object.__setattr__(memory.packages, "done", fails)
        room.start()
        await becomes_failed(desk, order.id)
        made = journal.lines()[0]
        assert (made.what, made.about["package"]) == (Act.EXPORT_MADE, order.id)
        object.__setattr__(memory.packages, "done", done)
        token = csrf((await client.get("/equipe/compte")).text)
        again = await client.post(f"/equipe/exports/{order.id}/refaire", data={"csrf": token})
        id = again.headers["location"].rpartition("/")[2]
        await becomes(desk, id, Stage.SEEN)
        await client.post(f"/equipe/exports/{id}/faire", data={"csrf": token})
        await becomes(desk, id, Stage.DONE)
        await client.get(f"/equipe/exports/{id}/fichier")
        assert journal.lines()[0].what == Act.EXPORT_TAKEN
        await client.post(f"/equipe/exports/{id}/refaire", data={"csrf": token})
        assert Act.EXPORT_ASKED in [line.what for line in journal.lines(limit=2)]


async def becomes_failed(desk: Office, id: str) -> None:
    with pytest.raises(AssertionError, match="Panne de notre côté"):
        await becomes(desk, id, Stage.DONE)


WORDLESS = {
    "serve", "talk", "check", "understand", "link", "origins", "journal", "migrate",
    "codes export", "fusion model", "fusion schema", "platform model", "staff list",
    "key status",
}  # fmt: skip
WRITTEN = {  # tried below, or in their own tests
    "export", "snapshots", "import", "voices", "transcribed", "erase", "codes import",
    "fusion check", "platform import", "platform compare", "platform forget", "staff add",
    "staff password", "staff second-factor", "staff roles", "staff remove", "backup", "restore",
    "purge", "key rotate", "key destroy", "letters",
}  # fmt: skip


def test_every_command_says_whether_it_writes() -> None:
    def names(group: typer.Typer, before: str = "") -> list[str]:
        here = [f"{before}{one.name or getattr(one.callback, '__name__', '')}"
                for one in group.registered_commands]  # fmt: skip
        for inner in group.registered_groups:
            assert inner.typer_instance is not None
            here += names(inner.typer_instance, f"{inner.typer_instance.info.name} ")
        return here

    assert sorted(names(app)) == sorted(WORDLESS | WRITTEN)


def test_what_a_command_hands_out_is_written_and_private(tmp_path: Path) -> None:
    data = tmp_path / "d"
    talk = parole("talk", "--guide", "assises", "--data", data, typed="bonjour\n")
    assert talk.returncode == 0, talk.stderr
    (tmp_path / "f.yml").write_text(ready_text("plateforme"), "utf-8")
    (tmp_path / "plateforme.yml").write_text(model_text(), "utf-8")
    with (tmp_path / "export.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["contribution_type", "id", "section_title", "title", "body_text"])
        table.writerow(["opinion", "a", "Métiers", "Un titre", "<p>Des mots</p>"])
    shared = tmp_path / "compare.csv"
    shared.touch(0o644)
    shared.chmod(0o644)
    engine = open_database(f"sqlite:///{data / 'parole.db'}", create=False)
    journal, seen = Journal(engine), 0
    for typed, acts in {
        "snapshots --take": [Act.SNAPSHOT_TAKEN],
        f"export csv --out {tmp_path}/o": [Act.EXPORT_ASKED, Act.EXPORT_MADE],
        f"fusion check {tmp_path}/f.yml": [Act.CONTRIBUTION_READ],
        f"platform import {tmp_path}/export.csv --columns {tmp_path}/plateforme.yml":
            [Act.IMPORTED],
        "platform compare": [],  # counts
        f"platform compare --out {shared}": [Act.EXPORT_ASKED],
        f"voices --out {tmp_path}/v": [Act.EXPORT_ASKED, Act.EXPORT_MADE],
        f"transcribed {tmp_path}/v/a-transcrire.csv": [Act.IMPORTED],
    }.items():  # fmt: skip
        ended = parole(*typed.split(), "--data", data)
        assert ended.returncode == 0, (typed, ended.stderr)
        new = list(reversed(journal.lines()))[seen:]
        assert [one.what for one in new] == acts, typed
        seen += len(new)
    taken = next(line for line in journal.lines() if line.what == Act.SNAPSHOT_TAKEN)
    again = parole("export", "csv", "--out", tmp_path / "p", "--data", data)
    assert "Rien n'a changé depuis : il ressert." in again.stderr
    parole("snapshots", "--delete", str(taken.about["snapshot"]), "--data", data)
    assert journal.lines()[0].what == Act.SNAPSHOT_DELETED
    assert journal.lines()[0].about == {"snapshot": taken.about["snapshot"]}
    engine.dispose()
    made = [shared, *(one for name in "opv" for one in (tmp_path / name).rglob("*"))]
    files = [one for one in made if one.is_file()]
    assert len(files) >= 6
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
