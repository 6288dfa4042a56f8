"""REFI-QDA: what leaves follows the schemas of the standard, and comes back as it left."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import exports_cases as cases
import pytest
import refi_cases as refi
from lxml import etree
from refi_cases import CODES, DAY, NIGHT, PAY, TEXTS, TIME

from bot.curated import Code, Coding, Reading
from bot.errors import CodebookError
from exports.canonical import canonical
from exports.confidentiality import Profile
from exports.on_disk.many_entries import open_zip
from exports.refi.bringing_in import bring_in
from exports.refi.characters import REPLACED, plain
from exports.refi.codebook import EMPTY, UNUSED, CodebookQdc
from exports.refi.naming import code_guid, source_guid
from exports.refi.project import RefiQda
from exports.refi.reading import MOST_RATIO, read
from exports.refi.tally import CHANGED, LINE_ENDS, NO_CODE, NOT_OURS, OTHER, OUTSIDE, Tally
from exports.refi.told import lines
from exports.refi.xml_writing import PROJECT

SCHEMAS = Path(__file__).parent / "schemas" / "refi-qda"
NS = {"q": PROJECT}


class Kept:
    """Where an import keeps what it keeps."""

    def __init__(self, codes: Sequence[Code] = ()) -> None:
        self.codes = list(codes)
        self.codings: dict[str, list[Coding]] = {}
        self.readings: set[tuple[str, str]] = set()

    def take(self, codes: Iterable[Code]) -> None:
        self.codes += codes

    def add(self, reference: str, codings: Sequence[Coding]) -> tuple[int, int]:
        mine = self.codings.setdefault(reference, [])
        new = [one for one in codings if replace(one, origin="human") not in
               [replace(known, origin="human") for known in mine]]  # fmt: skip
        mine += new
        return len(new), sum(1 for one in new if one.note)

    def read(self, reference: str, reading: Reading) -> bool:
        known = (reference, reading.coder) in self.readings
        self.readings.add((reference, reading.coder))
        return not known


def exported(
    source: cases.Held, folder: Path, profile: Profile = Profile.INTERNAL
) -> tuple[Path, dict[str, int]]:
    _, warned, _ = cases.written(RefiQda(), source, profile, folder)
    return folder / "refi-qda" / "projet.qdpx", {one.problem: one.count for one in warned}


def imported(path: Path, source: cases.Held, folder: Path, kept: Kept) -> Tally:
    ours = cases.records(source, Profile.INTERNAL, folder)
    return bring_in(path, ours, list(kept.codes), kept.take, kept.add, kept.read, DAY)


def project_of(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read("project.qde"))


def validate(tree: Any, name: str) -> None:
    etree.XMLSchema(etree.parse(SCHEMAS / name)).assertValid(tree)


@pytest.mark.parametrize("profile", Profile)
def test_the_project_follows_its_schema(profile: Profile, tmp_path: Path) -> None:
    path, _ = exported(refi.snapshot(), tmp_path, profile)
    validate(project_of(path), "Project.xsd")


def test_a_project_without_code_nor_text_follows_its_schema(tmp_path: Path) -> None:
    source = cases.held(cases.SILENT)
    source = replace(source, snapshot=replace(source.snapshot, codebook=()))
    path, _ = exported(source, tmp_path)
    tree = project_of(path)
    validate(tree, "Project.xsd")
    assert not tree.xpath("//q:CodeBook | //q:Sources | //q:Cases", namespaces=NS)


def test_the_codebook_follows_its_schema(tmp_path: Path) -> None:
    cases.written(CodebookQdc(), refi.snapshot(), Profile.PUBLIC, tmp_path)
    path = tmp_path / "qdc" / "themes.qdc"
    validate(etree.parse(path), "Codebook.xsd")
    assert read(path).codes == list(CODES)
    assert b"\r" not in path.read_bytes()
    assert not path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_empty_codebook_is_not_written_and_said(tmp_path: Path) -> None:
    source = cases.held()
    source = replace(source, snapshot=replace(source.snapshot, codebook=()))
    files, warned, _ = cases.written(CodebookQdc(), source, Profile.INTERNAL, tmp_path)
    assert files == ()
    assert [one.problem for one in warned] == [EMPTY]


def test_a_published_codebook_holds_the_themes_of_what_leaves_and_those_above(
    tmp_path: Path,
) -> None:
    night = {"P-000001": (refi.passage(canonical(TEXTS[1]), "une relève", NIGHT),)}
    source = refi.snapshot(night)
    whole = [code.id for code in CODES]
    for profile, left in ((Profile.PUBLIC, [TIME, NIGHT]), (Profile.PARTNER, whole)):
        folder = tmp_path / profile
        folder.mkdir()
        path, _ = exported(source, folder, profile)
        _, _, leaving = cases.written(CodebookQdc(), source, profile, folder)
        assert leaving.counts.unused == len(whole) - len(left)
        assert [code.id for code in read(path).codes] == left
        assert [code.id for code in read(folder / "qdc" / "themes.qdc").codes] == left


def test_no_theme_is_published_when_none_is_given(tmp_path: Path) -> None:
    files, warned, _ = cases.written(CodebookQdc(), refi.snapshot({}), Profile.PUBLIC, tmp_path)
    assert files == ()
    assert [one.problem for one in warned] == [UNUSED]


def test_signs_of_themes_that_xml_cannot_hold_are_counted(tmp_path: Path) -> None:
    odd = Code(TIME, "Temps\0perdu", "Un\x07 deux\x1b.", "#1b6ca8")
    source = refi.snapshot()
    source = replace(source, snapshot=replace(source.snapshot, codebook=(odd, *CODES[1:])))
    _, warned, _ = cases.written(CodebookQdc(), source, Profile.INTERNAL, tmp_path)
    assert [(one.problem, one.count) for one in warned] == [(REPLACED, 3)]
    _, counted = exported(source, tmp_path)
    assert counted[REPLACED] == 3


def test_xmllint_agrees(tmp_path: Path) -> None:
    if not (program := shutil.which("xmllint")):
        print("skipped: xmllint is not installed (Debian: apt install libxml2-utils)")
        pytest.skip("xmllint is not installed")
    path, _ = exported(refi.snapshot(), tmp_path)
    with zipfile.ZipFile(path) as archive:
        archive.extract("project.qde", tmp_path)
    subprocess.run(
        [program, "--nonet", "--noout", "--schema", SCHEMAS / "Project.xsd",
         tmp_path / "project.qde"],
        check=True, capture_output=True,
    )  # fmt: skip


def test_another_reader_opens_it(tmp_path: Path) -> None:
    """The reader of the PyPI package qualitative-coding, in an environment of its own."""
    python = os.environ.get("PAROLE_TEST_REFI_PYTHON")
    if not python:
        why = "PAROLE_TEST_REFI_PYTHON does not name a Python with qualitative-coding"
        print(f"skipped: {why}")
        pytest.skip(why)
    path, _ = exported(refi.snapshot(), tmp_path)
    program = (
        "import sys; from qualitative_coding.refi_qda.reader import REFIQDAReader as R; "
        "R(sys.argv[1])"
    )
    subprocess.run([python, "-c", program, path], check=True, capture_output=True)


def test_texts_are_utf8_with_lf_and_without_bom(tmp_path: Path) -> None:
    path, counted = exported(refi.snapshot(), tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist()[0] == "project.qde"
        for number, text in TEXTS.items():
            mine = source_guid(cases.GUIDE.guide, f"P-{number:06d}")
            octets = archive.read(f"Sources/{mine}.txt")
            assert octets.decode() == plain(canonical(text))[0]
            assert b"\r" not in octets
            assert not octets.startswith(b"\xef\xbb\xbf")
            assert len(octets.decode()) == len(canonical(text)), "every offset stays right"
    assert counted["Textes écrits."] == 4
    assert counted["Passages codés écrits."] == 6
    assert [n for problem, n in counted.items() if "remplacés" in problem] == [2]
    assert REPLACED not in counted


def test_offsets_are_code_points_with_user_and_date(tmp_path: Path) -> None:
    path, _ = exported(refi.snapshot(), tmp_path)
    tree = project_of(path)
    users = {u.get("guid"): u.get("name") for u in tree.xpath("//q:User", namespaces=NS)}
    found = set()
    for text in tree.xpath("//q:TextSource", namespaces=NS):
        with zipfile.ZipFile(path) as archive:
            name = text.get("plainTextPath").removeprefix("internal://")
            words = archive.read(f"Sources/{name}").decode()
        for one in text.xpath("q:PlainTextSelection", namespaces=NS):
            [coding] = one.xpath("q:Coding", namespaces=NS)
            assert one.get("creationDateTime") == coding.get("creationDateTime")
            assert coding.get("creationDateTime") == "2026-04-01T00:00:00Z"
            start, end = int(one.get("startPosition")), int(one.get("endPosition"))
            found.add((words[start:end], users[coding.get("creatingUser")]))
    assert found == {
        ("temps", "humain:camille"), ("temps", "humain:dominique"),
        ("Et une relève la nuit 🌙", "humain:camille"), ("👩🏽‍🏫", "humain:camille"),
        ("justes,\nde l'éc", "humain:camille"), ("fin", "importe:camille"),
    }  # fmt: skip


def test_profiles_are_on_cases_and_on_texts(tmp_path: Path) -> None:
    path, _ = exported(refi.snapshot(), tmp_path)
    tree = project_of(path)
    names = {v.get("guid"): v.get("name") for v in tree.xpath("//q:Variable", namespaces=NS)}
    assert len(set(names.values())) == len(names)

    def values(element: Any) -> dict[str, str]:
        return {
            names[v[0].get("targetGUID")]: v[1].text
            for v in element.xpath("q:VariableValue", namespaces=NS)
        }

    case = tree.xpath("//q:Case[@name='REF-00001']", namespaces=NS)[0]
    assert values(case) == {"place": "Ain", "uses": "Marcher"}
    [reference] = case.xpath("q:SourceRef/@targetGUID", namespaces=NS)
    [text] = tree.xpath(f"//q:TextSource[@guid='{reference}']", namespaces=NS)
    assert values(text) == {
        "doc_type": "Proposition", "doc_axe": "L'eau", "doc_date": "2026-03-04",
        "doc_langue": "Français", "doc_nb_soutiens": "0", "doc_guide": "jardins-2026",
        "doc_auteur_place": "Ain", "doc_auteur_uses": "Marcher",
    }  # fmt: skip


def test_a_partner_gets_neither_logins_nor_places(tmp_path: Path) -> None:
    path, _ = exported(refi.snapshot(), tmp_path, Profile.PARTNER)
    written = etree.tostring(project_of(path)).decode()
    for hidden in ("camille", "dominique", "REF-0000", "Ain"):
        assert hidden not in written


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    written = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        written.append(exported(refi.snapshot(), tmp_path / name)[0].read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("profile", [Profile.INTERNAL, Profile.PARTNER])
def test_out_and_in_is_identical(profile: Profile, tmp_path: Path) -> None:
    source = refi.snapshot()
    path, _ = exported(source, tmp_path, profile)
    kept = Kept()
    tally = imported(path, source, tmp_path, kept)
    assert kept.codes == list(CODES)
    assert tally.whole
    assert (tally.texts, tally.texts_known) == (4, 4)
    assert (tally.passages, tally.kept, tally.already) == (6, 6, 0)

    def places(codings: Iterable[Coding]) -> list[tuple[object, ...]]:
        names = profile is Profile.INTERNAL
        return sorted(
            (c.code, c.start, c.end, c.on, c.words, c.coder if names else "") for c in codings
        )

    for one in source.people:
        [mine] = one.curations.values()
        back = kept.codings.get(mine.reference, [])
        assert places(back) == places(mine.codings)
        assert {c.origin for c in back} <= {"imported"}
    again = imported(path, source, tmp_path, kept)
    assert (again.kept, again.already, again.codes_new) == (0, 6, 0)


def test_passages_move_with_their_words_or_are_left_to_a_person(tmp_path: Path) -> None:
    first = canonical(TEXTS[1])
    source = refi.snapshot({
        "P-000001": (
            refi.passage(first, "temps", TIME, start=0, end=5),  # the words are further on now
            refi.passage(first, "e", TIME, start=0, end=1),  # and these are in many places
            Coding(NIGHT, 3, 9, "camille", DAY, words="masqué"),
            Coding("f" * 32, 0, 4, "camille", DAY),
        )
    })  # fmt: skip
    path, counted = exported(source, tmp_path)
    [selection] = project_of(path).xpath("//q:PlainTextSelection", namespaces=NS)
    assert int(selection.get("startPosition")) == first.index("temps")
    assert counted["Passages à coder à nouveau, le texte a changé : pas écrits."] == 2
    assert counted["Passages dont le thème n'est plus dans le livre de codes : pas écrits."] == 1


def test_homonymous_codes_are_refused_with_what_to_do(tmp_path: Path) -> None:
    one, two = code_guid(TIME), code_guid(NIGHT)
    path = refi.project(tmp_path, refi.codebook((one, "Moyens"), (two, " moyens")))
    kept = Kept()
    with pytest.raises(CodebookError, match="Plusieurs thèmes de ce fichier ont le même nom"):
        imported(path, refi.snapshot(), tmp_path, kept)
    assert kept.codes == []
    assert kept.codings == {}


def test_a_code_is_the_same_by_its_guid_or_by_its_name(tmp_path: Path) -> None:
    path = refi.project(
        tmp_path,
        refi.codebook((code_guid(TIME), "Horaires"), (code_guid("a" * 32), "SALAIRES <BRUTS>"
                      .replace("<", "&lt;").replace(">", "&gt;"))),
    )  # fmt: skip
    kept = Kept(CODES)
    tally = imported(path, refi.snapshot(), tmp_path, kept)
    assert kept.codes == list(CODES)
    assert tally.renamed == [("Temps", "Horaires"), ("Salaires <bruts>", "SALAIRES <BRUTS>")]


def test_nothing_is_dropped_without_its_reason(tmp_path: Path) -> None:
    text = canonical(TEXTS[1])
    good, changed, windows, foreign = (
        "".join(refi.selected(*place) for place in places)
        for places in (
            [(0, 5, code_guid(TIME)), (0, 5, code_guid("e" * 32)), (5, 5, code_guid(TIME)),
             (0, len(text) + 1, code_guid(TIME)), (-1, 2, code_guid(TIME))],
            [(0, 2, code_guid(TIME))],
            [(0, 2, code_guid(TIME))],
            [(0, 2, code_guid(TIME)), (0, 3, code_guid(TIME))],
        )
    )  # fmt: skip
    sources = [refi.source_of(1, good), refi.source_of(2, changed), refi.source_of(3, windows),
               refi.source_of(99, foreign)]  # fmt: skip
    bare = f'<PlainTextSelection guid="{code_guid("b" * 32)}" startPosition="0" endPosition="1"/>'
    picture = (
        f'<PictureSource guid="{code_guid("c" * 32)}"><Coding guid="{code_guid("d" * 32)}">'
        f'<CodeRef targetGUID="{code_guid(TIME)}"/></Coding></PictureSource>'
    )
    xml = "".join(xml for xml, _ in sources).replace("</TextSource>", f"{bare}</TextSource>", 1)
    third = canonical(TEXTS[3]) + ""
    path = refi.project(
        tmp_path,
        refi.user("Jo  Dupré") + refi.codebook((code_guid(TIME), "Temps"))
        + f"<Sources>{xml}{picture}</Sources>",
        [
            (sources[0][1], text.encode()),
            (sources[1][1], b"autre chose"),
            (sources[2][1], b"\xef\xbb\xbf" + third.encode()),
            (sources[3][1], b"pas une contribution"),
        ],
    )  # fmt: skip
    kept = Kept()
    tally = imported(path, refi.snapshot(), tmp_path, kept)
    [coding] = kept.codings["P-000001"]
    assert (coding.words, coding.coder, coding.on.isoformat()) == (
        text[:5],
        "Jo Dupré",
        "2026-04-03",
    )
    assert tally.whole
    assert tally.refused == {
        NO_CODE: 1, OUTSIDE: 3, CHANGED: 1, LINE_ENDS: 1, NOT_OURS: 2, OTHER: 1
    }  # fmt: skip
    assert tally.texts_refused == {CHANGED: 1, NOT_OURS: 1, OTHER: 1}
    assert tally.texts_other_ends == 1
    assert tally.bare == 1
    said = "\n".join(lines(tally))
    for count in ("Thèmes : 1", "Textes : 5", "2 reconnus", "Passages codés : 10", "1 gardés"):
        assert count in said


def test_a_text_found_by_its_name_and_coded_as_a_whole(tmp_path: Path) -> None:
    text = canonical(TEXTS[2])
    inside = (
        f'<Sources><TextSource guid="{{{code_guid("a" * 32).upper()}}}" name="P-000002.txt">'
        f"<PlainTextContent>{text}</PlainTextContent>"
        f'<Coding guid="{code_guid("b" * 32)}"><CodeRef targetGUID="{code_guid(PAY)}"/></Coding>'
        "</TextSource></Sources>"
    )
    path = refi.project(tmp_path, refi.codebook((code_guid(PAY), "Salaires")) + inside)
    kept = Kept()
    tally = imported(path, refi.snapshot(), tmp_path, kept)
    assert tally.whole
    assert kept.codings == {
        "P-000002": [Coding(PAY, 0, len(text), "inconnu", DAY, "imported", text)]
    }


def bomb(folder: Path) -> Path:
    return refi.project(folder, "<!-- " + " " * (2**20 * (MOST_RATIO // 50)) + "-->")


def entry(name: str, octets: bytes = b"x") -> Any:
    return lambda folder: refi.project(folder, "", [(name, octets)])


def raw(octets: bytes, name: str = "projet.qdc") -> Any:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(octets)
        return folder / name

    return write


ENTITIES = b"""<!DOCTYPE CodeBook [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;">]>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes><Code guid="&b;"/></Codes></CodeBook>"""
OUTSIDE_FILE = b"""<!DOCTYPE CodeBook [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes/></CodeBook>"""
BAD = {
    "an entity that grows": (raw(ENTITIES), "dangereuse .il déclare des entités"),
    "an entity from outside": (raw(OUTSIDE_FILE), "dangereuse .il déclare des entités"),
    "a bomb": (bomb, "trop grand une fois ouvert"),
    "a name above": (entry("../../etc/passwd"), "sort du dossier"),
    "a name from the root": (entry("/etc/passwd"), "sort du dossier"),
    "a name of Windows": (entry("C:\\x"), "sort du dossier"),
    "two projects": (entry("autre.qde"), "ni un projet .qdpx, ni un livre"),
    "nothing": (raw(b""), "abîmé"),
    "a text": (raw(b"Bonjour"), "abîmé"),
    "another XML": (raw(b"<html/>"), "ni un projet .qdpx, ni un livre"),
    "a cut XML": (raw(b"<CodeBook><Codes>"), "abîmé"),
    "a GUID that is none": (raw(b'<CodeBook><Codes><Code guid="x" name="a"/></Codes></CodeBook>'),
                            "abîmé"),
    "too deep": (raw(b"<CodeBook>" + b"<Set>" * 99), "trop de niveaux"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused_before_anything_is_kept(case: str, tmp_path: Path) -> None:
    make, said = BAD[case]
    kept = Kept()
    with pytest.raises(CodebookError, match=said):
        imported(make(tmp_path), refi.snapshot(), tmp_path, kept)
    assert kept.codes == []


def test_a_cut_archive_is_refused(tmp_path: Path) -> None:
    path, _ = exported(refi.snapshot(), tmp_path)
    octets = path.read_bytes()
    for cut in (len(octets) // 2, len(octets) - 10):
        path.write_bytes(octets[:cut])
        with pytest.raises(CodebookError):
            read(path)
    damaged = bytearray(octets)
    damaged[60:90] = b"\xff" * 30
    path.write_bytes(damaged)
    with pytest.raises(CodebookError):
        read(path)


def test_a_zip_of_many_files_has_the_same_bytes(tmp_path: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        for n in range(300):
            archive.writestr(zipfile.ZipInfo(f"é{n}.txt"), f"{n}" * n)

    with zipfile.ZipFile(tmp_path / "plain.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        fill(archive)
    with open_zip(tmp_path / "many.zip", tmp_path) as archive:
        fill(archive)
    assert (tmp_path / "many.zip").read_bytes() == (tmp_path / "plain.zip").read_bytes()


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Seven times more contributions take no more memory than a few names."""
    import tracemalloc

    peaks = []
    for count in (100, 100, 700):  # the first time, what is imported and remembered once
        folder = tmp_path / str(len(peaks))
        folder.mkdir()
        source = cases.held(*cases.crowd({"walk": count}, "mots " * 200))
        tracemalloc.start()
        exported(source, folder)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[2] - peaks[1]) / 600 < 300, "bytes for each contribution"
