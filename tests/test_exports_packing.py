"""An export is whole or not there, the same each time, and its manifest tells the truth."""

from __future__ import annotations

import gc
import hashlib
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import exports_cases as cases
import pytest
from exports_cases import export

from bot.commands.exporting import teller
from bot.curated import Curated, Decision
from bot.errors import ExportError
from bot.guide import ContributionOf, Guide, Section
from bot.model import Contribution, Participation, Spot
from exports.confidentiality import Profile
from exports.leaving.filters import Filters
from exports.leaving.outgoing import outgoing
from exports.manifest import Warned
from exports.packages import Package
from exports.packages_list import PACKAGES, chosen
from exports.packing import Packed, pack

INTERNAL, PARTNER, PUBLIC = Profile
EVERY = [
    pytest.param(package, profile, id=f"{package.name}-{profile}")
    for package in PACKAGES
    for profile in package.profiles
]
CROWD = cases.held(*cases.crowd({"walk": 9, "rest": 6, "": 3}))


def packed(
    out: Path, *packages: Package, profile: Profile = INTERNAL, source: cases.Held = CROWD,
    zipped: bool = True, **filters: str,
) -> Packed:  # fmt: skip
    return pack(
        source, packages, profile, Filters.read(filters), out, software="0.1.0", zipped=zipped
    )


def contents(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(("package", "profile"), EVERY)
def test_the_same_snapshot_gives_the_same_bytes(
    package: Package, profile: Profile, tmp_path: Path
) -> None:
    once = packed(tmp_path / "a.zip", package, profile=profile)
    again = packed(tmp_path / "b.zip", package, profile=profile)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert once.sha256 == again.sha256
    assert once.sha256 == hashlib.sha256((tmp_path / "a.zip").read_bytes()).hexdigest()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = archive.namelist()
    assert {"manifest.json", "LISEZ-MOI.txt"} <= set(names)
    assert len(names) > 2 or once.manifest.warnings, "nothing written, and it is said"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "b.zip"]


@pytest.mark.parametrize(("package", "profile"), EVERY)
def test_the_manifest_tells_the_truth(package: Package, profile: Profile, tmp_path: Path) -> None:
    packed(tmp_path, package, profile=profile, zipped=False)
    said = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    files = contents(tmp_path)
    assert {f["nom"] for f in said["fichiers"]} == files.keys() - {
        "manifest.json", "LISEZ-MOI.txt",
    }  # fmt: skip
    for file in said["fichiers"]:
        written = files[file["nom"]]
        assert file["octets"] == len(written) > 0
        assert file["sha256"] == hashlib.sha256(written).hexdigest()
    assert said["contributions"]["sorties"] == 18
    assert said["profil"] == profile
    assert said["k"] == (5 if profile is PUBLIC else None)
    assert "snap-1" in files["LISEZ-MOI.txt"].decode()


@pytest.mark.parametrize(("package", "profile"), EVERY)
def test_nothing_secret_leaves(package: Package, profile: Profile, tmp_path: Path) -> None:
    packed(tmp_path / "out", package, profile=profile, zipped=False)
    for name, written in contents(tmp_path / "out").items():
        found = [secret for secret in cases.SECRETS if secret.encode() in written]
        assert not found, (name, found)
        assert str(tmp_path).encode() not in written
        if profile is not INTERNAL:
            assert b"REF-0" not in written, name


def test_the_manifest_counts_everything(tmp_path: Path) -> None:
    no = cases.participation({Spot("privacy"): cases.chose(("no", "Non"))}, reference="NNNN-NNNN")
    told = replace(cases.CAMILLE, alarms=2)
    source = cases.held(told, cases.SILENT, no)
    gone = replace(source, snapshot=replace(source.snapshot, participations=5))
    found = packed(tmp_path, *chosen(["csv"]), source=gone, zipped=False, topic="water")
    said = found.manifest.said()
    assert said["instantane"] == {
        "id": "snap-1",
        "pris_le": "2026-03-04T12:00:00Z",
        "sha256": "0" * 64,
        "participations": 5,
        "effacees_depuis": 2,
        "change_depuis": {},
    }
    assert said["filtres"] == {"topic": "water"}
    assert said["guides"] == [{"guide": "jardins-2026", "versions": ["1"]}]
    assert said["participations"] == {
        "sorties": 1,
        "par_statut": {"finished": 1},
        "absentes": {"filtre": 1, "refuse": 1},
        "profil_regroupe": 0,
    }
    assert said["contributions"] == {"sorties": 1, "sans_texte": {}, "absentes": {"filtre": 1}}
    assert said["dangers_signales"] == 2
    assert "alix" not in found.manifest.written()
    assert (
        "2 participations de cet instantané ont été effacées"
        in contents(tmp_path)["LISEZ-MOI.txt"].decode()
    )


def test_published_counts_do_not_tell_who_was_in_danger(tmp_path: Path) -> None:
    people = [replace(one, alarms=1) for one in cases.crowd({"walk": 6})]
    said = packed(tmp_path / "x.zip", *PACKAGES[:1], profile=PUBLIC, source=cases.held(*people))
    assert said.manifest.said()["dangers_signales"] is None


def test_several_formats_each_in_its_folder(tmp_path: Path) -> None:
    ours = [package for package in PACKAGES if INTERNAL in package.profiles]
    packed(tmp_path, *ours, zipped=False)
    folders = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert folders == {package.name for package in ours}


def test_a_new_export_replaces_the_earlier_one(tmp_path: Path) -> None:
    packed(tmp_path, *chosen(["csv"]), zipped=False)
    packed(tmp_path, *chosen(["jsonl"]), zipped=False)
    assert {path.name for path in tmp_path.iterdir()} == {
        "jsonl", "manifest.json", "LISEZ-MOI.txt",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["budget.xlsx", "csv/budget.xlsx"])
def test_a_folder_that_holds_something_else_is_refused(name: str, tmp_path: Path) -> None:
    packed(tmp_path, *chosen(["csv"]), zipped=False)
    (tmp_path / name).write_bytes(b"")
    before = contents(tmp_path)
    with pytest.raises(ExportError, match=r"contient déjà autre chose : .*budget\.xlsx.*vide"):
        packed(tmp_path, *chosen(["csv"]), zipped=False)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("zipped", [True, False])
def test_an_error_on_the_way_leaves_the_earlier_export_untouched(
    zipped: bool, tmp_path: Path
) -> None:
    out = tmp_path / ("out.zip" if zipped else "out")
    packed(out, *chosen(["csv"]), zipped=zipped)
    before = contents(tmp_path)

    def broken() -> Iterator[Curated]:
        yield from CROWD.people
        raise RuntimeError("away")

    with pytest.raises(RuntimeError, match="away"):
        packed(out, *chosen(["csv"]), source=replace(CROWD, people=broken()), zipped=zipped)
    assert contents(tmp_path) == before


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("")
    with pytest.raises(ExportError, match="est un fichier"):
        packed(tmp_path / "here", *PACKAGES[:1], zipped=False)
    with pytest.raises(ExportError, match="est un dossier"):
        packed(tmp_path, *PACKAGES[:1])


def test_a_path_that_cannot_be_written_is_said_in_french(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="Choisissez un autre dossier"):
        packed(tmp_path / "file" / "below", *PACKAGES[:1], zipped=False)


def test_what_is_unknown_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"csv-excel, csv, jsonl"):
        chosen(["pdf"])
    with pytest.raises(ExportError, match="« jardins-2026 », version 1"):
        export("csv", tmp_path / "new", guides={})
    assert not (tmp_path / "new").exists()

    class OnlyInternal:
        name, title, profiles = "brut", "Brut", (INTERNAL,)
        write = PACKAGES[0].write

    with pytest.raises(ExportError, match="« brut » n'existe pas dans le profil « public »"):
        packed(tmp_path / "x.zip", OnlyInternal(), profile=PUBLIC)


def test_before_anybody_came_the_files_have_their_headers(tmp_path: Path) -> None:
    manifest = export("csv", tmp_path, lambda: iter(()))
    assert {f.rows for f in manifest.files if "dictionary" not in f.name} == {0}
    assert "jardins_2026__place" in (tmp_path / "csv" / "participations.csv").read_text("utf-8")


def test_progress_is_told_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    pack(
        CROWD, chosen(["csv", "jsonl"]), INTERNAL, Filters(), tmp_path / "x.zip",
        software="0", progress=lambda done, of: told.append((done, of)),
    )  # fmt: skip
    assert told[-1] == (18 + 2 * 18, 18 + 2 * 18)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_progress_never_goes_back(tmp_path: Path) -> None:
    """Also where people gave far fewer contributions than there are people."""
    told: list[float] = []
    pack(
        CROWD, chosen(["csv", "jsonl", "consult"]), PUBLIC, Filters(), tmp_path / "x.zip",
        software="0", progress=lambda done, of: told.append(done / of),
    )  # fmt: skip
    assert told == sorted(told)
    assert told[-1] == 1


def test_progress_is_said_from_time_to_time(capsys: pytest.CaptureFixture[str]) -> None:
    tell = teller()
    for done in range(10_001):
        tell(done, 10_000)
    tell(0, 0)
    assert capsys.readouterr().err.split("\n")[:-1] == [f"{n} %" for n in range(5, 101, 5)]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_memory_does_not_grow_with_the_number_of_people(package: Package, tmp_path: Path) -> None:
    idea = next(step for step in cases.GUIDE.sections[2].steps if step.id == "idea")
    proposal = ContributionOf(kind="proposal", text="idea")
    section = Section(id="idee", title="Idée", steps=(idea,), contributions=(proposal,))
    guide = Guide(guide="jardins-2026", version="1", title="Jardins", sections=(section,))
    talk, made = cases.CAMILLE.conversation, date(2026, 3, 4)
    answers = {Spot("idea"): cases.said("De l'eau, beaucoup d'eau. " * 400)}  # 10 KB

    def crowd(count: int) -> Iterator[Participation]:
        for n in range(count):
            yield Participation(
                replace(talk, reference=f"R-{n:06}", answers=answers),
                (Contribution(f"P-{n:06}", "proposal", 0, made),),
                "finished",
                made,
            )

    def peak(count: int) -> int:
        gc.collect()
        tracemalloc.start()
        try:
            guides = {("jardins-2026", "1"): guide}
            name = package.name
            manifest = export(
                name, tmp_path / str(count), lambda: crowd(count), guides=guides,
                profile=package.profiles[0], decision=Decision.PUBLISHED,
            )  # fmt: skip
            assert manifest.counts.contributions == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(110)  # what is imported and remembered once
    few, many = peak(110), peak(310)
    assert many < few + 700_000, "200 more people wrote 2 MB"


def test_a_public_export_without_salt_is_refused(tmp_path: Path) -> None:
    bare = replace(CROWD, snapshot=replace(CROWD.snapshot, salt=b""))
    with (
        pytest.raises(ExportError, match="sel"),
        outgoing(bare, PUBLIC, Filters(), tmp_path),
    ):
        pass


def test_a_warning_is_one_sentence() -> None:
    assert Warned("a.csv", None, "Pas écrit : rien.", 1).said == "a.csv : Pas écrit : rien."
    assert Warned("a.csv", "Texte", "trop long", 3).said == "a.csv, Texte : trop long (3)."
