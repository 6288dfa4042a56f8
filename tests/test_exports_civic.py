"""The formats of consultation tools: their own rules, read back, whatever people wrote."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import duckdb
import exports_cases as cases
import jsonschema
import pytest
from pyxform import xls2xform

from bot.curated import Decision
from bot.guide_file import bundled, read_guide
from bot.model import Contribution, Participation, Spot
from exports.civic.consult import Consult
from exports.civic.decidim import Decidim
from exports.civic.grand_debat import GrandDebat
from exports.civic.polis import Polis
from exports.civic.sensemaker import Sensemaker
from exports.civic.talk_to_the_city import BYTES, TalkToTheCity
from exports.civic.talk_to_the_city import apart as without_attack
from exports.confidentiality import Profile
from exports.packages import Package
from exports.packages_list import PACKAGES
from exports.xlsform.conditions import relevant
from exports.xlsform.form import XlsForm

READERS = Path(__file__).parents[1] / ".venv-readers" / "bin" / "python"
HOSTILE = (
    "=1+1", "+SUM(A1)", "-oui", "@x", "=cmd|' /C calc'!A0", "DDE (\"x\")", "javascript:alert(1)",
    "voir data: ici", "<script>alert(1)</script>", "PowerShell", "vbscript:x", "<SCRIPT src=x>",
    "nul\0ici", "\ud800seul", "a\r\nb\rc\u2028d\x85e", '";"\n', "\u202egauche", "\u200b", "  ",
    "👨‍👩‍👧‍👦 famille", "mot " * 10_000, "," * 200, '"' * 300, "\n" * 2000 + "fin", "\ufffd abîmé",
    "**** *ref", "${idea}", "{{ 7*7 }}", "l'apostrophe", "\ufeffbom", "é",
)  # fmt: skip
CIVIC: tuple[Package, ...] = (
    Consult(), TalkToTheCity(), Sensemaker(), Polis(), GrandDebat(), Decidim(), XlsForm(),
)  # fmt: skip
# What the CSV filter of Talk to the City looks for in each cell, after trimming it.
ATTACKS = (
    r"^=.*$", r"^\+[a-z]+\(", r"^-[a-z]+\(", r"^@[a-z]+\(", r"DDE\s*\(", r"cmd\s*\|", "powershell",
    "javascript:", "data:", "<script", "vbscript:", "\ufffd",
)  # fmt: skip
BOMBS = (",{100,}", '"{100,}', "\n{1000,}", ".{100000,}")


def wrote(*texts: str) -> cases.Held:
    """Each text by another person, who agrees to be quoted."""
    return cases.held(
        *(cases.crowd({"walk": 1}, text, first=n)[0] for n, text in enumerate(texts, start=1))
    )


def alone(*texts: str) -> cases.Held:
    """As `wrote`, the texts left exactly as they are."""
    people = []
    for n, text in enumerate(texts, start=1):
        [one] = cases.crowd({"walk": 1}, first=n)
        talk = one.conversation
        answers = {**talk.answers, Spot("idea"): cases.said(text)}
        people.append(replace(one, conversation=replace(talk, answers=answers)))
    return cases.held(*people)


def made(
    package: Package, source: cases.Held, folder: Path, profile: Profile = Profile.PUBLIC
) -> tuple[dict[str, bytes], dict[str, int], dict[str, int | None]]:
    """Files by name, warnings by problem, rows by file."""
    folder.mkdir(exist_ok=True)
    files, warned, _ = cases.written(package, source, profile, folder)
    octets = {one.name: (folder / package.name / one.name).read_bytes() for one in files}
    return octets, {one.problem: one.count for one in warned}, {f.name: f.rows for f in files}


def table(octets: bytes) -> list[dict[str, str]]:
    text = octets.decode("utf-8")
    assert not text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def twice(n: int) -> Participation:
    """Somebody with two ideas."""
    [one] = cases.crowd({"rest": 1}, "Une idée", first=n)
    talk = one.conversation
    answers = {
        **talk.answers, Spot("again"): cases.chose(cases.YES),
        Spot("idea", 1): cases.said("Une autre"), Spot("theme", 1): cases.chose(("shade", "Ombre")),
    }  # fmt: skip
    second = Contribution(f"P-{n + 1:06d}", "proposal", 1, cases.NOON.date())
    return replace(one, contributions=(*one.contributions, second),
                   conversation=replace(talk, answers=answers))  # fmt: skip


@pytest.mark.parametrize("package", CIVIC, ids=lambda one: one.name)
@pytest.mark.parametrize("profile", Profile)
def test_no_text_stops_a_format_and_every_row_is_there(
    package: Package, profile: Profile, tmp_path: Path
) -> None:
    assert package.name in {one.name for one in PACKAGES}
    if profile not in package.profiles:
        return
    octets, warned, counted = made(package, alone(*HOSTILE), tmp_path, profile)
    silent = {text for text in HOSTILE if not text.replace("\u200b", "").strip()}
    kept = len(HOSTILE) - len(silent)
    for name, content in octets.items():
        if name.endswith(".csv"):
            read = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
            assert len({len(row) for row in read} - {2}) <= 1, name
            assert counted[name] == len(read) - 1, name
            assert b"\0" not in content
        elif name.endswith(".jsonl"):
            assert counted[name] == len([json.loads(one) for one in content.splitlines()])
    rows = sum(counted[name] or 0 for name in octets if re.match(
        r"(inputs/question_part_1/responses|sensemaker|comments|propositions\.json|jardins-2026\.csv)",
        name,
    ))  # fmt: skip
    if package.name in ("consult", "sensemaker", "polis", "decidim"):
        assert rows == kept
        assert any(n == len(silent) for p, n in warned.items() if "sans texte" in p)
    elif package.name == "grand-debat":
        assert rows == len(HOSTILE)


@pytest.mark.parametrize("package", CIVIC, ids=lambda one: one.name)
def test_the_same_bytes_each_time_even_with_nothing_to_say(
    package: Package, tmp_path: Path
) -> None:
    for source in (wrote("un", "deux"), cases.held()):
        profile = package.profiles[-1]
        once = [made(package, source, tmp_path / f"{n}{len(source.people)}", profile)[0]  # type: ignore[arg-type]
                for n in range(2)]  # fmt: skip
        assert once[0] == once[1]
        assert once[0] or package.name in ("xlsform", "grand-debat")


def test_polis_in_full(tmp_path: Path) -> None:
    octets, warned, _ = made(Polis(), cases.held(twice(1)), tmp_path, Profile.INTERNAL)
    assert octets["comments.csv"].decode() == (
        "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
        "1772582400,Wed Mar 04 2026 00:00:00 GMT+0000 (Coordinated Universal Time),0,0,0,0,1,"
        "Une idée 1\n"
        "1772582400,Wed Mar 04 2026 00:00:00 GMT+0000 (Coordinated Universal Time),1,0,0,0,1,"
        "Une autre\n"
    )
    assert octets["votes.csv"] == b"timestamp,datetime,comment-id,voter-id,vote\n"
    assert octets["participant-votes.csv"].endswith(b"n-disagree,0,1\n")
    assert table(octets["correspondances.csv"])[1] == {
        "comment-id": "1", "author-id": "0", "reference": "P-000002", "participation": "REF-00001",
    }  # fmt: skip
    assert b"\ncommenters,1\ncomments,2\n" in octets["summary.csv"]
    assert any("pas de votes" in problem for problem in warned)


@pytest.mark.skipif(not READERS.exists(), reason="red-dwarf is absent (scripts/prepare-readers)")
def test_red_dwarf_reads_our_polis_comments(tmp_path: Path) -> None:
    made(Polis(), alone(*HOSTILE), tmp_path, Profile.PARTNER)
    script = (
        "import csv, json, sys\n"
        "from reddwarf.models import Statement, Vote\n"
        "rows = list(csv.DictReader(open(sys.argv[1] + '/comments.csv', newline='')))\n"
        "read = [Statement(**{k: v for k, v in row.items() if k != 'datetime'}) for row in rows]\n"
        "votes = [Vote(**r) for r in csv.DictReader(open(sys.argv[1] + '/votes.csv'))]\n"
        "print(json.dumps([[one.statement_id, one.participant_id, one.moderated, one.txt,"
        " one.created.date().isoformat()] for one in read] + votes))\n"
    )
    ended = subprocess.run(
        [str(READERS), "-W", "ignore", "-X", "utf8", "-c", script, str(tmp_path / "polis")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    read = json.loads(ended.stdout.splitlines()[-1])
    assert [one[0] for one in read] == list(range(len(HOSTILE) - 2))
    assert {tuple(one[2:3]) + tuple(one[4:]) for one in read} == {(1, "2026-03-04")}
    ours = table((tmp_path / "polis" / "comments.csv").read_bytes())
    assert [one[3] for one in read] == [row["comment-body"] for row in ours]


def test_polis_tells_what_staff_decided_and_hides_the_day_when_the_profile_does(
    tmp_path: Path,
) -> None:
    source = cases.held(*cases.crowd({"walk": 1}), decision=Decision.WAITING)
    octets, _, _ = made(Polis(), source, tmp_path / "a", Profile.PARTNER)
    assert [row["moderated"] for row in table(octets["comments.csv"])] == ["0"]
    octets, warned, _ = made(Polis(), wrote("a", "b"), tmp_path / "b")
    assert {row["timestamp"] for row in table(octets["comments.csv"])} == {"1772582400"}
    assert warned["Le profil retient le jour : celui de l'instantané est écrit partout."] == 2


def test_talk_to_the_city_refuses_none_of_our_files(tmp_path: Path) -> None:
    source = alone(*HOSTILE, *(f"{n} " + "de l'eau " * 100 for n in range(700)))
    octets, warned, _ = made(TalkToTheCity(), source, tmp_path)
    assert len(octets) >= 5
    ids, words = [], []
    for content in octets.values():
        assert len(content) <= BYTES
        text = content.decode()
        assert len(re.split(r"\r?\n", text)) <= 10_000
        assert not [one for one in BOMBS if re.search(one, text)]
        for row in table(content):
            assert list(row) == ["id", "interview", "comment"]
            ids.append(row["id"])
            words.append(row["comment"])
            assert 0 < len(row["comment"]) <= 10_000
            for cell in row.values():
                found = [one for one in ATTACKS if re.search(one, cell.strip(), re.IGNORECASE)]
                assert not found, (found, cell[:80])
    assert len(ids) == len(set(ids))
    assert sum("mot" in one for one in words) == 8, "40 000 signs in 8 rows, none lost"
    assert warned["Signes que l'outil ou un tableur croirait dangereux, écrits autrement."] >= 10


def test_talk_to_the_city_leaves_ordinary_words_alone() -> None:
    for text in ("-5 % partout", "+1", "@pseudo merci", "cmd et data", "a = b", 'il dit "oui"'):
        assert without_attack(text) == text


def test_sensemaker_never_meets_the_same_participant_twice(tmp_path: Path) -> None:
    octets, warned, _ = made(Sensemaker(), cases.held(twice(1)), tmp_path, Profile.INTERNAL)
    assert octets["sensemaker.csv"].decode() == (
        "participant_id,survey_text\nREF-00001-P-000001,Une idée 1\nREF-00001-P-000002,Une autre\n"
    )
    assert [n for problem, n in warned.items() if problem.startswith("Un numéro")] == [1]


RESPONDENT = {
    "type": "object", "required": ["themefinder_id", "demographics"], "additionalProperties": False,
    "properties": {
        "themefinder_id": {"type": "integer", "minimum": 1},
        "supplied_respondent_id": {"type": "string"},
        "demographics": {"type": "object", "additionalProperties": {
            "type": "array", "items": {"type": "string"}}},
    },
}  # fmt: skip
RESPONSE = {
    "type": "object", "required": ["themefinder_id", "text"], "additionalProperties": False,
    "properties": {
        "themefinder_id": {"type": "integer"}, "text": {"type": "string", "minLength": 1},
    },
}  # fmt: skip


def test_consult_has_one_answer_for_each_person_and_question(tmp_path: Path) -> None:
    source = cases.held(twice(1), *cases.crowd({"walk": 2}, first=3))
    octets, warned, _ = made(Consult(), source, tmp_path, Profile.PARTNER)
    people = [json.loads(one) for one in octets["inputs/respondents.jsonl"].splitlines()]
    for one in people:
        jsonschema.validate(one, RESPONDENT)
    assert sorted(one["demographics"]["Usages"][0] for one in people) == [
        "= Dormir", "Marcher", "Marcher",
    ]  # fmt: skip
    part = json.loads(octets["inputs/question_part_1/question_part.json"])
    assert part == {"question_number": 1, "question_text": "Quelle est votre idée ?"}
    lines = octets["inputs/question_part_1/responses.jsonl"].splitlines()
    responses = [json.loads(one) for one in lines]
    for one in responses:
        jsonschema.validate(one, RESPONSE)
    ids = [one["themefinder_id"] for one in responses]
    assert sorted(ids) == sorted(one["themefinder_id"] for one in people)
    assert "Une idée 1\n\nUne autre" in [one["text"] for one in responses]
    assert [n for problem, n in warned.items() if problem.startswith("Plusieurs textes")] == [1]
    alone = table(octets["themefinder/question_1.csv"])
    assert [(int(r["response_id"]), r["response"]) for r in alone] == [
        (one["themefinder_id"], one["text"]) for one in responses
    ]


def test_grand_debat_as_a_database_reads_it(tmp_path: Path) -> None:
    octets, _, _ = made(GrandDebat(), cases.held(cases.CAMILLE), tmp_path, Profile.INTERNAL)
    head = octets["jardins-2026.csv"].decode().splitlines()[0]
    assert head.startswith('"id","reference","title","createdAt","publishedAt","updatedAt",')
    assert "authorZipCode" not in head
    path = tmp_path / "grand-debat" / "jardins-2026.csv"
    read = duckdb.connect().execute(
        'SELECT id, title, "Qidea - Quelle est votre idée ?", "Qtheme - Sur quoi ?",'
        ' "Quses - Usages" FROM read_csv(?, all_varchar=true, header=true) ORDER BY id',
        [str(path)],
    ).fetchall()  # fmt: skip
    assert read[0] == (
        "P-000001", "L'eau d'abord", "De l'eau ; « fraîche » =1+1, \"partout\" 👩🏽‍🏫", "L'eau",
        "'= Dormir|Jouer",
    )  # fmt: skip
    assert read[1][0] == "P-000002"
    assert len(read) == 2


@pytest.mark.parametrize(
    "package",
    [Consult(), TalkToTheCity(), Sensemaker(), Polis(), GrandDebat()],
    ids=lambda p: p.name,
)
def test_no_cell_is_a_formula_for_whoever_double_clicks(package: Package, tmp_path: Path) -> None:
    octets, warned, _ = made(package, alone("=1+1", "-oui", "Du temps", " @x"), tmp_path)
    cells = {
        cell
        for name, content in octets.items() if name.endswith(".csv")
        for row in csv.reader(io.StringIO(content.decode("utf-8"), newline="")) for cell in row
    }  # fmt: skip
    assert {"'=1+1", "'-oui", "'@x", "Du temps"} <= cells
    assert not [cell for cell in cells if cell.strip()[:1] in tuple("=+-@")]
    assert 3 in [n for said, n in warned.items() if "apostrophe" in said or "dangereux" in said]


def test_decidim_takes_proposals_with_a_title(tmp_path: Path) -> None:
    source = alone("Du temps " * 40, "Court", "<b>gras</b>\nligne")
    octets, warned, _ = made(Decidim(), source, tmp_path)
    proposals = json.loads(octets["propositions.json"])
    assert {tuple(one) for one in proposals} == {("title/fr", "body/fr")}
    assert max(len(one["title/fr"]) for one in proposals) <= 150
    bodies = {one["body/fr"] for one in proposals}
    assert ("Du temps " * 40).strip() in bodies
    assert "<b>gras</b>\nligne" in bodies
    assert any("publie tout de suite" in problem for problem in warned)
    assert [n for problem, n in warned.items() if "15 signes" in problem] == [1]
    assert Decidim().profiles == (Profile.PUBLIC,)


GUIDES = [read_guide(one.read_text("utf-8"), one.name) for one in bundled()] + [cases.GUIDE]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda one: one.guide)
def test_each_guide_becomes_a_form_that_pyxform_converts(guide: object, tmp_path: Path) -> None:
    mine = next(one for one in GUIDES if one is guide)
    source = replace(cases.held(), guides={(mine.guide, mine.version): mine})
    made(XlsForm(), source, tmp_path)
    result = xls2xform.convert(tmp_path / "xlsform" / f"{mine.guide}.xlsx", validate=False)
    for step in mine.steps.values():
        again = {s.repeat.again for s in mine.sections if s.repeat}
        asked = step.kind != "read_back" and step.id not in again
        assert (f'/{step.id}"' in result.xform) == asked, step.id
    assert not [one for one in result.warnings if "relevant" in one.lower()]


def test_a_form_has_no_reference_that_the_guide_did_not_write(tmp_path: Path) -> None:
    guide = cases.GUIDE.model_copy(update={"title": "Prix ${idea} & <b>"})
    source = replace(cases.held(), guides={(guide.guide, guide.version): guide})
    made(XlsForm(), source, tmp_path)
    result = xls2xform.convert(tmp_path / "xlsform" / "jardins-2026.xlsx", validate=False)
    assert "Prix $ {idea} &amp; &lt;b&gt;" in result.xform


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("tenant = yes", "$tenant = 'yes'"),
        ("uses = walk", "selected($uses, 'walk')"),
        ("uses != walk", "not(selected($uses, 'walk'))"),
        ("a answered and not b = c or d < -3", "(($a != '' and not($b = 'c')) or $d < -3)"),
        ("a in [x, y, z]", "($a = 'x' or $a = 'y' or $a = 'z')"),
        ("not (a = x or uses in [y])", "not(($a = 'x' or (selected($uses, 'y'))))"),
        ("a >= 5 and (b = c)", "($a >= 5 and $b = 'c')"),
    ],
)
def test_conditions_are_written_as_forms_write_them(written: str, wanted: str) -> None:
    assert relevant(written, lambda step: f"${step}", lambda step: step == "uses") == wanted
