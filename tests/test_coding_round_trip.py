"""Coding leaves the memory and comes back into another one, on both databases; and by command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import exports_cases as cases
import pytest
import refi_cases as refi
from refi_cases import CODES, DAY, TEXTS, TIME
from sqlalchemy import Engine

from bot.curated import Coding
from bot.model import Event, Spot, Turn
from exports.canonical import canonical
from exports.coding.texts import team_records
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.leaving.filters import Filters
from exports.leaving.outgoing import outgoing
from exports.refi.bringing_in import bring_in
from exports.refi.codebook import CodebookQdc
from exports.refi.project import RefiQda
from exports.refi.tally import Tally
from storage.conversations import SqlStore
from storage.moderation.codebook import Codebook
from storage.moderation.codings import Codings
from storage.moderation.judgements import Judgements
from storage.moderation.present import Present
from storage.sealing.keys import Keys
from storage.snapshot.snapshots import Snapshots
from tests.serving import parole

pytestmark = pytest.mark.own_database  # where contributions are numbered from 1


def fill(store: SqlStore) -> None:
    """Four people, each with one proposal."""
    for number, one in enumerate(refi.participations(), start=1):
        talk = replace(one.conversation, id=f"c{number}")
        made = Event("contribution", Spot("idea"), "proposal")
        with store.hold("web", f"person {number}") as held:
            held.save("first", Turn(talk, (), (made,)), push=False)


def guide(*_: str) -> cases.Guide:
    return cases.GUIDE


def coded(codings: Codings) -> list[Coding]:
    every = [replace(one, origin="human") for _, one in codings.every()]
    return sorted(every, key=lambda one: (one.words, one.code, one.start, one.coder))


@pytest.fixture
def memory(engine: Engine, keys: Keys, store: SqlStore) -> tuple[Codebook, Codings, Present]:
    fill(store)
    return Codebook(engine), Codings(engine, keys), Present(engine, keys)


def bring(path: Path, memory: tuple[Codebook, Codings, Present]) -> Tally:
    codebook, codings, present = memory
    records = team_records(present.curated(), guide)
    read = Judgements(present._engine).read
    return bring_in(path, records, codebook.codes(), codebook.take, codings.add, read, DAY)


def export(engine: Engine, keys: Keys, folder: Path) -> Path:
    """A snapshot of everything, and its project."""
    snapshots = Snapshots(engine, keys)
    source = snapshots.open(snapshots.take("camille", cases.NOON).id, guide)
    with outgoing(source, Profile.INTERNAL, Filters(), folder) as leaving:
        files = Folder(folder)
        list(RefiQda().write(files, leaving, Profile.INTERNAL, leaving.records, lambda _: None))
        files.written()
    return folder / "projet.qdpx"


def code(memory: tuple[Codebook, Codings, Present]) -> None:
    codebook, codings, _ = memory
    codebook.take(CODES)
    for one in refi.snapshot().people:
        for curation in one.curations.values():
            codings.add(curation.reference, curation.codings)


def test_out_of_the_memory_and_back(
    engine: Engine, keys: Keys, memory: tuple[Codebook, Codings, Present], tmp_path: Path
) -> None:
    code(memory)
    codebook, codings, _ = memory
    before = coded(codings)
    assert len(before) == 6
    path = export(engine, keys, tmp_path)
    again = bring(path, memory)
    assert (again.kept, again.already) == (0, 6)
    for one in codebook.codes()[::-1]:
        codebook.remove(one.id, confirmed=True)
    assert coded(codings) == []
    tally = bring(path, memory)
    assert tally.whole
    assert (tally.kept, tally.codes_new) == (6, 3)
    assert coded(codings) == before
    assert codebook.codes() == CODES


def test_a_text_that_the_person_changed_since_is_refused(
    engine: Engine,
    keys: Keys,
    store: SqlStore,
    memory: tuple[Codebook, Codings, Present],
    tmp_path: Path,
) -> None:
    code(memory)
    path = export(engine, keys, tmp_path)
    with store.hold("web", "person 2") as held:
        talk = held.conversation
        assert talk is not None
        answers = {**talk.answers, Spot("idea"): cases.said("Autre chose")}
        held.save("second", Turn(replace(talk, answers=answers), ()), push=False)
    tally = bring(path, memory)
    assert tally.whole
    assert tally.refused.total() == 1
    [now] = [one for one in team_records(memory[2].curated(), guide) if one.codings[:1] and
             one.codings[0].redo]  # fmt: skip
    assert now.reference == "P-000002"


def test_next_and_previous_and_what_is_left_to_code(
    memory: tuple[Codebook, Codings, Present],
) -> None:
    codebook, codings, present = memory
    codebook.take(CODES)
    assert present.codable() == 4
    assert present.beside("P-000001") == (None, "P-000002")
    assert present.beside("P-000004") == ("P-000003", None)
    assert present.to_code("camille") == "P-000001"
    assert present.to_code("camille", "P-000002") == "P-000003"
    text = canonical(TEXTS[3])
    for number in (3, 4):
        words = canonical(TEXTS[number])[:3]
        codings.add(f"P-00000{number}", [Coding(TIME, 0, 3, "camille", DAY, words=words)])
    assert present.to_code("camille", "P-000002") == "P-000001"
    assert present.to_code("dominique", "P-000002") == "P-000003"
    one = present.one("P-000003")
    assert one is not None
    assert [record.text for record in team_records([one], guide)] == [text]
    assert present.one("P-000099") is None


def run(*words: str) -> Sequence[str]:
    done = parole(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_codebook_by_command(tmp_path: Path) -> None:
    data, file, out = str(tmp_path / "d"), tmp_path / "livre.qdc", tmp_path / "themes.qdc"
    run("migrate", "--data", data)
    empty = parole("codes", "export", "--out", str(out), "--data", data)
    assert empty.returncode == 2
    assert "Il n'y a encore aucun thème" in empty.stderr
    cases.written(CodebookQdc(), refi.snapshot(), Profile.INTERNAL, tmp_path)
    (tmp_path / "qdc" / "themes.qdc").rename(file)
    assert run("codes", "import", str(file), "--data", data)[0] == (
        "Thèmes : 3 dans le fichier, dont 3 nouveaux ici."
    )
    run("codes", "export", "--out", str(out), "--data", data)
    assert out.read_bytes() == file.read_bytes()
    wrong = parole("codes", "import", str(tmp_path / "absent.qdpx"), "--data", data)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "Vérifiez son nom" in wrong.stderr
