"""An archive goes into an empty database and comes out again, the same to the byte."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import exports_cases as cases
import pytest
from conftest import MASTER
from jsonschema import Draft202012Validator
from sqlalchemy import Engine, func, select
from talks import HARD_TEXTS

from bot.__main__ import app
from bot.curated import Code, Coding, Columns, Decision, Outside, Reading, Relit
from bot.errors import ExportError, GuideError, StorageError
from bot.guide import Guide
from bot.guide_file import read_guide
from bot.model import Answer, Event, Part, Spot, State, Turn
from exports.archive.reading import GivenArchive
from exports.confidentiality import Profile
from exports.leaving.filters import Filters
from exports.packages_list import PACKAGES
from exports.packing import pack
from storage.conversations import SqlStore
from storage.database import migrate, open_database
from storage.desk.mappings import Mappings
from storage.desk.overview import Overview
from storage.guides import Guides
from storage.importing import BroughtIn, bring_in
from storage.moderation.apart import Apart
from storage.moderation.codebook import Codebook
from storage.moderation.codings import Codings
from storage.moderation.curations import Curations
from storage.moderation.judgements import Judgements
from storage.platform.outside import Outsides
from storage.platform.pairs import Pairs
from storage.reading import participations
from storage.sealing.keys import Keys
from storage.snapshot.snapshots import Snapshots
from storage.tables import metadata

LATER = cases.NOON + timedelta(days=30)
OTHER_KEYS = Keys(MASTER[::-1])


@pytest.fixture
def empty(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A second database, beside the one of the test."""
    if backend == "sqlite":
        file = tmp_path / "empty.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        url = f"sqlite:///{file}"
    else:
        cluster = request.getfixturevalue("postgres")
        url = cluster.url()
        migrate(url)
    engine = open_database(url, create=False)
    yield engine
    engine.dispose()
    if backend != "sqlite":
        cluster.drop(url)


def lived(engine: Engine, keys: Keys, store: SqlStore) -> None:
    """People who answered, one after the other, and what staff made of it."""
    named = Answer(
        State.ANSWERED, cases.NOON,
        parts=(
            Part("m-1", "Sarah m'aide", "fr", masked="[une personne] m'aide"),
            Part("m-2", "à voix haute", "fr", origin="transcribed"),
            Part("m-3", "", origin="voice"),
        ),
        masking="refused", probed=True,
    )  # fmt: skip
    answers = [{**cases.CAMILLE.conversation.answers, Spot("idea"): cases.said(text, "et puis")}
               for text in HARD_TEXTS]  # fmt: skip
    answers += [{**cases.CONSENTED, Spot("idea"): named, Spot("whom"): cases.said("Sarah")}, {}]
    for n, answered in enumerate(answers):
        talk = replace(
            cases.CAMILLE.conversation,
            id=f"{97 * n % 11:02d}-conversation-{n}", reference=f"REF-{n:04d}", answers=answered,
            started=cases.NOON + timedelta(days=n // 3), finished=n % 3 == 0, paused=n % 3 == 1,
            channel=("web", "telegram")[n % 2], origin="affiche" if n % 2 else None,
            helped=("none", "with_help", "by_helper")[n % 3], helper="h4k2" if n % 3 else None,
        )  # fmt: skip
        made = (Event("contribution", Spot("idea"), "proposal"),) if answered else ()
        more = (Event("contribution", Spot("idea", 1), "proposal"),) if n == 0 else ()
        with store.hold(talk.channel, f"sender-secret-1-{n}") as held:
            held.save(f"message-secret-1-{n}", Turn(talk, (), (*made, *more)), push=False)
    with store.hold("web", "gone") as held:  # a number that nobody has any more
        last = replace(cases.CAMILLE.conversation, id="gone", reference="GONE")
        held.save("m", Turn(last, (), (Event("contribution", Spot("idea"), "proposal"),)),
                  push=False)  # fmt: skip
    store.forget("web", "gone")

    codebook = Codebook(engine)
    codebook.take([Code("aa", "Eau", "L'eau.", "#1144aa"), Code("zz", "Fontaines", parent="aa"),
                   Code("bb", "Ombre"), Code("cc", "Parti")])  # fmt: skip
    codebook.shift("bb", -1)
    codebook.remove("cc")
    made_by = {
        one.conversation.reference: [c.reference for c in one.contributions]
        for one in participations(engine, keys)
    }
    first, another = made_by["REF-0000"]
    codings, day = Codings(engine, keys), cases.NOON.date()
    codings.add(
        first,
        [
            Coding("zz", 0, 3, "alix", day, words="Les"),
            Coding("aa", 0, 3, "alix", day, words="Les"),
            Coding("aa", 0, 3, "sam", day, "imported", "Les", "À revoir\navec Alix 👩🏽‍🏫"),
        ],
    )
    judgements = Judgements(engine)
    assert judgements.read(another, Reading("sam", day))
    assert judgements.read(*made_by["REF-0001"], Reading("alix", day))
    curations = Curations(engine, keys, lambda *_, **__: (), clock=lambda: LATER)
    seen = curations.decide(first, Decision.PUBLISHED, "", "alix", 0)
    curations.merge(first, *made_by["REF-0003"], "alix", seen)
    curations.decide(another, Decision.HIDDEN, "names", "alix", 0)
    [named_too] = made_by[f"REF-{len(HARD_TEXTS):04d}"]
    relit = Relit("Une personne m'aide\r\nà voix haute 👩🏽‍🏫", {"title": "[une personne] 🌙"})
    curations.confirm(named_too, relit, "alix", 0)
    beside_the_contributions(engine, keys, first, *made_by["REF-0002"])


def beside_the_contributions(engine: Engine, keys: Keys, one: str, other: str) -> None:
    """The other work of the team: none of it is of one contribution."""
    day = cases.NOON.date()
    Apart(engine).keep((one, other), "alix", day)
    outsides = Outsides(engine, keys)
    outsides.take("plateforme", [Outside("plateforme", "7", "proposal", "De l'eau.")], day)
    [theirs] = outsides.every()
    assert Pairs(engine).say(one, theirs.reference, True, "alix", day)
    Mappings(engine).keep("out", Columns("la-notre", "columns: []", "alix", day))
    Overview(engine, keys).set_targets(cases.GUIDE.guide, {("who", "resident"): 40})


def exported(engine: Engine, keys: Keys, out: Path, known: Guide = cases.GUIDE) -> dict[str, bytes]:
    """Every internal format, without what tells of the snapshot itself."""
    snapshots = Snapshots(engine, keys)
    taken = snapshots.take("alix", LATER)
    source = snapshots.open(taken.id, lambda *_: known)
    packages = [one for one in PACKAGES if one.name in (
        "archive", "jsonl", "csv", "csv-excel", "iramuteq", "qdc", "refi-qda",
    )]  # fmt: skip
    pack(source, packages, Profile.INTERNAL, Filters(), out, software="0", zipped=False)
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.parent != out
    }


def put_back(archive: GivenArchive, engine: Engine, keys: Keys) -> BroughtIn:
    return bring_in(
        engine, keys, archive.codes, archive.participations(), archive.curations(), LATER
    )


def test_an_archive_comes_back_the_same_to_the_byte(
    engine: Engine, keys: Keys, store: SqlStore, empty: Engine, tmp_path: Path
) -> None:
    lived(engine, keys, store)
    before = exported(engine, keys, tmp_path / "before")
    archive = GivenArchive(tmp_path / "before" / "archive" / "archive.jsonl")
    done = put_back(archive, empty, OTHER_KEYS)
    after = exported(empty, OTHER_KEYS, tmp_path / "after")
    assert {name for name in before if before[name] != after.get(name)} == set()
    assert before.keys() == after.keys()
    assert done == BroughtIn(len(HARD_TEXTS) + 1, len(HARD_TEXTS) + 2, 4), (
        "who agreed to nothing stays"
    )
    made = {one.reference: one for one in archive.curations()}
    assert [len(made[name].readings) for name in made] == [0, 1, 1, 0]
    assert sum(bool(its.note) for one in made.values() for its in one.codings) == 1
    assert [one.short for one in made.values() if one.short] == [{"title": "[une personne] 🌙"}]
    for secret in (*cases.SECRETS, "conversation-", "m-1"):
        assert secret.encode() not in before["archive/archive.jsonl"]


# Why nothing of these tables is in an archive; docs/exports.md says it to staff.
STAYS = {
    "turns": "the whole conversation", "events": "the whole conversation",
    "voices": "sounds", "returns": "leads back to a conversation", "outbox": "was to be told",
    "letters": "what broke the program",
    "tries": "who tried", "erasures": "who erased", "stale": "who erased",
    "decisions": "the history: only how things stand travels",
    "staff": "accounts", "staff_sessions": "accounts",
    "snapshots": "made again from what is there", "snapshot_rows": "made again",
    "packages": "exports that were asked for here",
    "outside": "the other platform's: read its export again",
    "pairs": "says something of what is outside",
    "apart": "look-alikes are looked for again",
    "mappings": "files: the desk gives them out and takes them back",
    "targets": "a small table: the desk takes it back",
}  # fmt: skip
COMES = {
    "doors", "conversations", "secrets", "answers", "contributions", "codes", "curations",
    "codings", "readings", "journal",
}  # fmt: skip
BY_ITSELF = {"meta", "guides"}  # made with a database; a guide comes when it is not there


def test_every_table_comes_with_an_archive_or_stays_for_a_reason(
    engine: Engine, keys: Keys, store: SqlStore, empty: Engine, tmp_path: Path
) -> None:
    lived(engine, keys, store)
    exported(engine, keys, tmp_path / "before")
    put_back(GivenArchive(tmp_path / "before" / "archive" / "archive.jsonl"), empty, OTHER_KEYS)
    assert STAYS.keys() | COMES | BY_ITSELF == set(metadata.tables)
    before, after = filled(engine), filled(empty)
    assert after - BY_ITSELF == COMES
    assert {"outside", "pairs", "apart", "mappings", "targets", "decisions"} <= before


def filled(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return {
            name
            for name, table in metadata.tables.items()
            if connection.scalar(select(func.count()).select_from(table))
        }


def test_the_next_contribution_is_numbered_after_those_put_back(
    engine: Engine, keys: Keys, store: SqlStore, empty: Engine, tmp_path: Path
) -> None:
    lived(engine, keys, store)
    exported(engine, keys, tmp_path / "before")
    put_back(GivenArchive(tmp_path / "before" / "archive" / "archive.jsonl"), empty, OTHER_KEYS)
    there = {c.reference for one in participations(empty, OTHER_KEYS) for c in one.contributions}
    with SqlStore(empty, OTHER_KEYS).hold("web", "somebody") as held:
        talk = replace(cases.CAMILLE.conversation, id="new", reference="NEW")
        made = Event("contribution", Spot("idea"), "proposal")
        held.save("m", Turn(talk, (), (made,)), push=False)
    now = [one for one in participations(empty, OTHER_KEYS) if one.conversation.id == "new"]
    assert now[0].contributions[0].reference not in there
    assert now[0].contributions[0].reference > max(there)


def test_only_an_empty_database_takes_an_archive(
    engine: Engine, keys: Keys, store: SqlStore, tmp_path: Path
) -> None:
    lived(engine, keys, store)
    before = exported(engine, keys, tmp_path / "before")
    archive = GivenArchive(tmp_path / "before" / "archive" / "archive.jsonl")
    with pytest.raises(StorageError, match="base vide"):
        put_back(archive, engine, keys)
    assert exported(engine, keys, tmp_path / "again") == before


@pytest.fixture
def lines(tmp_path: Path) -> list[bytes]:
    """The lines of an archive made without a database."""
    from exports.archive.writing import Archive

    cases.written(Archive(), cases.held(cases.CAMILLE, cases.SILENT), Profile.INTERNAL, tmp_path)
    return (tmp_path / "archive" / "archive.jsonl").read_bytes().splitlines(keepends=True)


def read(lines: list[bytes], folder: Path) -> GivenArchive:
    (folder / "given.jsonl").write_bytes(b"".join(lines))
    return GivenArchive(folder / "given.jsonl")


def test_every_line_fits_the_schema_and_nothing_else_does(
    lines: list[bytes], tmp_path: Path
) -> None:
    schema = json.loads((tmp_path / "archive" / "archive.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema)
    for line in lines:
        check.validate(json.loads(line))
        assert not check.is_valid({**json.loads(line), "phone": "0612345678"})


def test_what_was_cut_or_changed_is_refused_without_its_words(
    lines: list[bytes], tmp_path: Path
) -> None:
    read(lines, tmp_path)
    wrong = lines[2].replace(b'"status": "finished"', b'"status": "fontaine"')
    for given, why in (
        (lines[:-1], "coupé"),
        (lines[:2] + lines[3:], "coupé"),
        (lines[1:], "Ligne 1"),
        ([*lines, lines[2]], "pas à sa place"),
        ([lines[0], lines[1], wrong, *lines[3:]], r"Ligne 3 : « status »"),
        ([lines[0], b"\xff\xfe", *lines[1:]], "Ligne 2"),
        ([lines[0].replace(b'"format": 1', b'"format": 2'), *lines[1:]], "Ligne 1 : « format »"),
        ([], "coupé"),
    ):
        with pytest.raises(ExportError, match=why) as refused:
            read(given, tmp_path)
        assert "fontaine" not in str(refused.value)
    with pytest.raises(ExportError, match="ne se lit pas"):
        GivenArchive(tmp_path / "absent.jsonl")


def test_a_questionnaire_comes_with_its_archive(
    lines: list[bytes], tmp_path: Path, engine: Engine
) -> None:
    archive, guides = read(lines, tmp_path), Guides(engine)

    def known(guide: str, version: str) -> Guide:
        source = guides.source(guide, version)
        if source is None:
            raise GuideError(guide, "absent", "")
        return read_guide(source, "base")

    [missing] = archive.missing(known)
    guides.publish(*missing)
    assert known("jardins-2026", "1") == cases.GUIDE
    assert list(archive.missing(known)) == []
    other = cases.GUIDE.model_copy(update={"title": "Un autre"})
    with pytest.raises(ExportError, match="n'est pas celui de l'archive"):
        list(archive.missing(lambda *_: other))


def test_the_command(lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    monkeypatch.setenv("PAROLE_ENV_FILE", "/dev/null")
    read(lines, tmp_path)
    given, data = str(tmp_path / "given.jsonl"), str(tmp_path / "data")
    ended = CliRunner().invoke(app, ["import", given, "--data", data])
    assert ended.exit_code == 0, ended.output
    assert "       2  participations" in ended.output
    out = str(tmp_path / "out")
    ended = CliRunner().invoke(app, ["export", "archive", "--out", out, "--data", data])
    assert ended.exit_code == 0, ended.output
    written = (tmp_path / "out" / "archive" / "archive.jsonl").read_bytes()
    wanted = [line for line in lines if b'"line": "guide"' not in line]
    found = [line for line in written.splitlines(keepends=True) if b'"line": "guide"' not in line]
    assert found == [wanted[0].replace(wanted[0], found[0]), *wanted[1:]]
    ended = CliRunner().invoke(app, ["import", given, "--data", data])
    assert isinstance(ended.exception, StorageError)
