"""Hostile words, from the reception to every format: none acts, none is cut or lost in silence."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import export_readers
import pytest
from cell_rules import CELL, after_an_apostrophe, in_a_cell, in_a_spreadsheet
from hostile import CORPUS
from hostile_world import World, folder, world
from postgres import Cluster

from bot.model import Answer, State
from exports.civic import talk_to_the_city
from exports.confidentiality import Profile
from exports.iramuteq import cleaned
from exports.packages import Package
from exports.packages_list import PACKAGES, chosen
from exports.packing import Packed
from storage.database import migrate, open_database

BACKENDS = ("sqlite", "postgres")
EVERY = [
    pytest.param(package, profile, id=f"{package.name}-{profile}")
    for package in PACKAGES
    for profile in package.profiles
]


def in_unicode(text: str) -> str:
    """UTF-8 cannot write half of a character."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def in_xml(text: str) -> str:
    """As long as it was, so that offsets stay."""
    legal = re.compile("[^\t\n\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
    return legal.sub("\ufffd", text).replace("\ufeff", "\ufffd")


def in_a_tool(text: str) -> str:
    return in_a_spreadsheet(text).strip()


def on_one_line(text: str) -> str:
    return " ".join(in_a_spreadsheet(text).split())


def in_pieces(text: str) -> tuple[str, ...]:
    """Several comments of one text: nothing but spaces goes between them."""
    line = talk_to_the_city.apart(on_one_line(text))
    pieces = tuple(talk_to_the_city.pieces(line))
    assert "".join("".join(pieces).split()) == "".join(line.split())
    return tuple(map(talk_to_the_city.harmless, pieces))


# What each format says that it does to a text. One that is not here gives the text as it is, but
# for half characters. No text at all: the format has nobody's words, or counts those left out.
WORDLESS = frozenset({"qdc", "spss", "ddi", "xlsform"})
WRITTEN: Mapping[str, Callable[[str], Sequence[str]]] = {
    "xlsx": lambda text: (in_a_cell(text),),
    "csv-excel": lambda text: (after_an_apostrophe(in_a_spreadsheet(text)),),
    **dict.fromkeys(("jsonl", "archive"), lambda text: (text,)),
    "fusion": lambda text: (after_an_apostrophe(in_a_tool(text)),),
    "refi-qda": lambda text: (in_xml(text),),
    "iramuteq": lambda text: tuple(filter(None, [cleaned(text)])),
    "talk-to-the-city": in_pieces,
    "grand-debat": lambda text: (after_an_apostrophe(on_one_line(text)),),
    **dict.fromkeys(("sensemaker", "polis"), lambda t: (after_an_apostrophe(in_a_tool(t)),)),
    **dict.fromkeys(("consult", "decidim"), lambda text: (in_a_tool(text),)),
    **dict.fromkeys(WORDLESS, lambda _: ()),
}


@pytest.fixture(scope="module")
def worlds(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], World]]:
    """The corpus in a database of each kind, made once."""
    opened: list[World] = []

    @cache
    def made(backend: str) -> World:
        if backend == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'parole.db'}"
            open_database(url, create=True).dispose()
        else:
            cluster: Cluster = request.getfixturevalue("postgres")
            url = cluster.url()
            migrate(url)
        opened.append(world(url))
        return opened[-1]

    yield made
    for one in opened:
        one.engine.dispose()


Written = Callable[[str, Package, Profile], tuple[Path, Packed]]


@pytest.fixture(scope="module")
def written(worlds: Callable[[str], World], tmp_path_factory: pytest.TempPathFactory) -> Written:
    """An export of the corpus in a folder, made once: from this database, in this format."""

    @cache
    def made(backend: str, package: Package, profile: Profile) -> tuple[Path, Packed]:
        out = tmp_path_factory.mktemp("out")
        return out, folder(worlds(backend).source, package, profile, out)

    return made


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def hostile(backend: str, worlds: Callable[[str], World]) -> World:
    return worlds(backend)


def test_the_corpus_is_large_and_each_has_a_name() -> None:
    assert len(CORPUS) >= 150
    assert len({one.name for one in CORPUS}) == len(CORPUS)


def test_the_memory_keeps_every_word_exactly(hostile: World) -> None:
    typed = Counter(one.text for one in CORPUS)
    assert Counter(answer.text for answer in ideas(hostile)) == typed
    assert hostile.stored == len(CORPUS)


def ideas(hostile: World) -> Iterator[Answer]:
    for one in hostile.people:
        for spot, answer in one.participation.conversation.answers.items():
            if spot.step == "idea" and answer.state is State.ANSWERED:
                yield answer


def exactly(hostile: World) -> Iterator[str]:
    """The words as they came, message by message."""
    return (part.text for answer in ideas(hostile) for part in answer.parts)


def leaving(hostile: World, profile: Profile) -> Iterator[str]:
    """The texts that may leave, from the memory: LF, NFC."""
    for answer in ideas(hostile):
        masked = "\n".join(p.text if p.masked is None else p.masked for p in answer.parts)
        text = answer.kept if profile is Profile.INTERNAL else masked
        broken = text.replace("\r\n", "\n").replace("\r", "\n")
        yield unicodedata.normalize("NFC", broken)


@pytest.mark.parametrize(("package", "profile"), EVERY)
def test_no_word_acts_is_cut_or_lost(
    package: Package, profile: Profile, backend: str, hostile: World, written: Written
) -> None:
    out, packed = written(backend, package, profile)
    said = json.loads((out / "manifest.json").read_text("utf-8"))
    counts = said["contributions"]
    assert counts["sorties"] + sum(counts["absentes"].values()) == hostile.stored
    assert counts["sorties"] == hostile.stored, "everyone agreed, and all is published"
    assert not counts["sans_texte"]

    found: Counter[str] = Counter()
    for file in said["fichiers"]:
        path = out / file["nom"]
        assert export_readers.formulas(path) == []
        if (read := export_readers.rows(path)) is not None and file["lignes"] is not None:
            assert read == file["lignes"], file["nom"]
        found.update(export_readers.strings(path))

    said_to = WRITTEN.get(package.name, lambda text: (in_unicode(text),))
    texts = exactly(hostile) if package.name == "archive" else leaving(hostile, profile)
    given = [said_to(text) for text in texts]
    missing = Counter(piece for pieces in given for piece in pieces) - found
    assert not missing, [(text[:40], len(text), n) for text, n in missing.most_common(5)]
    if left_out := given.count(()):
        counted = {warned.count for warned in packed.manifest.warnings}
        assert package.name in WORDLESS or left_out in counted, "left out without a word"


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("name", ["xlsx", "csv-excel"])
def test_what_a_cell_cannot_hold_is_counted(
    name: str, profile: Profile, worlds: Callable[[str], World], written: Written
) -> None:
    long = sum(
        len(in_a_spreadsheet(text).encode("utf-16-le")) // 2 > CELL
        for text in leaving(worlds("sqlite"), profile)
    )
    assert long >= 5
    [package] = chosen([name])
    _, packed = written("sqlite", package, profile)
    told = [w for w in packed.manifest.warnings if w.column in ("Texte", "Contributions, Texte")]
    assert [one.count for one in told] == [long]
    assert {place[0] for place in told[0].where} == {"P"}


@pytest.fixture(scope="module")
def elsewhere(worlds: Callable[[str], World]) -> Mapping[str, str]:
    """Every export as another process makes it, which orders sets and tells time otherwise."""
    here = Path(__file__).parent
    variables = {
        **os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C",
        "PYTHONPATH": os.pathsep.join((str(here.parent), str(here))),
    }  # fmt: skip
    made = worlds("sqlite")
    done = subprocess.run(
        [sys.executable, str(here / "hostile_world.py"), made.url, made.snapshot.id],
        env=variables, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(("package", "profile"), EVERY)
def test_another_process_writes_the_same_bytes(
    package: Package, profile: Profile, elsewhere: Mapping[str, str], written: Written
) -> None:
    _, packed = written("sqlite", package, profile)
    assert elsewhere[f"{package.name} {profile}"] == packed.sha256, "of the manifest, and so of all"
