"""Open tables, read back by programs of others: frictionless, Validata, DuckDB, Polars."""

from __future__ import annotations

import csv
import hashlib
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import duckdb
import exports_cases as cases
import polars
import pytest
from frictionless import validate
from talks import HARD_TEXTS

from bot.model import Participation, Spot
from exports.columns import Coded
from exports.confidentiality import Profile
from exports.packages import Package
from exports.tables.data_package import DataPackage
from exports.tables.open_tables import linked
from exports.tables.parquet import Parquet

ROOT = Path(__file__).parents[1]
READERS = ROOT / ".venv-readers"
HOSTILE = (*HARD_TEXTS, "a\rb\x0bc\x85d\u2028e", "\ufeffdébut", "’,\"';|", "  bords  ", "null",
           "1,5", "01", "</script>&amp;", "{{7*7}}", "e\u0301" * 50, "🇫🇷" * 20)  # fmt: skip
TABLES = ("questions", "modalites", "participations", "contributions")


def saying(one: Participation, text: str) -> Participation:
    answers = {**one.conversation.answers, Spot("idea"): cases.said(text)}
    return replace(one, conversation=replace(one.conversation, answers=answers))


def hostile() -> cases.Held:
    people = cases.crowd({"walk": len(HOSTILE) - 7, "rest": 7})
    return cases.held(*(saying(*pair) for pair in zip(people, HOSTILE, strict=True)))


SOURCES = {
    "hostile": hostile(),
    "complete": cases.held(cases.CAMILLE, cases.SILENT),
    "nobody": cases.held(),
}
each_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
each_profile = pytest.mark.parametrize("profile", Profile)


def made(package: Package, source: cases.Held, profile: Profile, folder: Path) -> Path:
    cases.written(package, source, profile, folder)
    return folder / package.name


@each_profile
@each_source
def test_frictionless_finds_nothing_wrong(
    source: cases.Held, profile: Profile, tmp_path: Path
) -> None:
    folder = made(DataPackage(), source, profile, tmp_path)
    report = validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "fieldName", "note"])
    rows = {task.name: task.stats.get("rows", 0) for task in report.tasks}
    assert set(rows) == set(TABLES)
    assert rows["contributions"] == len(cases.records(source, profile, tmp_path))


def test_frictionless_would_find_a_wrong_cell(tmp_path: Path) -> None:
    folder = made(DataPackage(), SOURCES["complete"], Profile.INTERNAL, tmp_path)
    file = folder / "contributions.csv"
    file.write_bytes(file.read_bytes().replace(b"K7QF-3M2P,web", b"XXXX-XXXX,fax"))
    found = validate(str(folder / "datapackage.json")).flatten(["type"])
    assert {"foreign-key", "hash-count"} <= {one for (one,) in found}


@each_profile
def test_the_descriptor_tells_the_bytes_and_the_licence(profile: Profile, tmp_path: Path) -> None:
    folder = made(DataPackage(), hostile(), profile, tmp_path)
    said = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert said["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert [one["name"] for one in said.get("licenses", [])] == (
        ["etalab-2.0"] if profile is Profile.PUBLIC else []
    )
    for resource in said["resources"]:
        octets = (folder / resource["path"]).read_bytes()
        assert not octets.startswith(b"\xef\xbb\xbf")
        assert resource["bytes"] == len(octets)
        assert resource["hash"] == f"sha256:{hashlib.sha256(octets).hexdigest()}"
        assert resource["profile"] == "tabular-data-resource"
        for field in resource["schema"]["fields"]:
            assert field["title"]
            assert field["description"]
            assert field["example"] not in (None, "")
            assert field["name"].isascii()
            assert field["name"] == field["name"].lower()


@each_profile
def test_the_csv_holds_every_text_as_it_is(profile: Profile, tmp_path: Path) -> None:
    folder = made(DataPackage(), hostile(), profile, tmp_path)
    left = cases.records(hostile(), profile, tmp_path)
    with (folder / "contributions.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["contribution"]: row for row in csv.DictReader(file)}
    assert {r.reference: (r.text or "").replace("\ud83d", "\ufffd") for r in left} == {
        reference: row["text"] for reference, row in rows.items()
    }


@pytest.mark.skipif(
    not (READERS / ".parole-stamp").exists(),
    reason="Validata is not installed (scripts/prepare-readers)",
)
@each_profile
def test_validata_finds_nothing_wrong(profile: Profile, tmp_path: Path) -> None:
    folder = made(DataPackage(), hostile(), profile, tmp_path)
    script = (
        "import json, pathlib, sys, validata_core\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "for name in sys.argv[2:]:\n"
        "    schema = json.loads((folder / 'schemas' / f'{name}.json').read_text('utf-8'))\n"
        "    report = validata_core.validate(folder / f'{name}.csv', schema)\n"
        "    errors = [(e.type, e.message) for e in report.errors]\n"
        "    print(json.dumps([name, errors, [str(w) for w in report.warnings]]))\n"
    )
    ended = subprocess.run(
        [str(READERS / "bin" / "python"), "-c", script, str(folder), *TABLES],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    found = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("[")]
    assert found == [[name, [], []] for name in TABLES]


@each_profile
@each_source
def test_duckdb_and_polars_read_the_same_cells(
    source: cases.Held, profile: Profile, tmp_path: Path
) -> None:
    folder = made(Parquet(), source, profile, tmp_path)
    with cases.outgoing(source, profile, cases.Filters(), tmp_path) as leaving:
        tables = linked(leaving, profile, leaving.records, lambda _: None)
        wanted = {
            one.table.name: [
                {c.name: cell(c.value(row)) for c in one.table.columns} for row in one.rows()
            ]
            for one in tables
        }
    assert tuple(wanted) == TABLES
    for name, rows in wanted.items():
        file = folder / f"{name}.parquet"
        assert polars.read_parquet(file).to_dicts() == rows
        with duckdb.connect() as connection:
            query = connection.sql(f"SELECT * FROM read_parquet('{file}')")
            found = [dict(zip(query.columns, row, strict=True)) for row in query.fetchall()]
        assert found == rows


def cell(value: object) -> object:
    match value:
        case Coded():
            return value.code
        case tuple():
            return [cell(one) for one in value]
        case str():
            return value.replace("\ud83d", "\ufffd")
    return value


def test_parquet_says_what_it_is(tmp_path: Path) -> None:
    folder = made(Parquet(), hostile(), Profile.PUBLIC, tmp_path)
    with duckdb.connect() as connection:
        file = folder / "contributions.parquet"
        query = f"SELECT key, value FROM parquet_kv_metadata('{file}')"
        said = {bytes(k).decode(): bytes(v).decode() for k, v in connection.sql(query).fetchall()}
        query = f"SELECT DISTINCT compression FROM parquet_metadata('{file}')"
        assert connection.sql(query).fetchall() == [("ZSTD",)]
    assert said["licence"] == "Licence Ouverte 2.0 (etalab-2.0)"
    assert said["instantane_sha256"] == "0" * 64
    assert said["profil"] == "public"


@pytest.mark.parametrize("package", [DataPackage(), Parquet()], ids=lambda one: one.name)
def test_a_sign_that_cannot_be_written_is_counted(package: Package, tmp_path: Path) -> None:
    _, warned, _ = cases.written(package, hostile(), Profile.INTERNAL, tmp_path)
    assert {one.column: one.count for one in warned} == {"text": 1, "text_as_typed": 1}
