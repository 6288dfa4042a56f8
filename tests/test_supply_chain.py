"""S13: what we stand on is locked, its flaws are known and dated, and no secret is in the tree."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

from bot.secret_strength import poor_password
from nlu.environment import VERSION

ROOT = Path(__file__).parents[1]
LOCKS = [*sorted((ROOT / "requirements").glob("*.txt")), ROOT / "nlu" / "requirements.txt"]
# What ruff's S rules (bandit) find and we keep: why, and the year to think about it again.
KEPT = {
    "S101": ("tells mypy what the lines above made sure of; refused by no person", 2027),
    "S104": ("an address written as an example, or recognised; never listened on by default", 2027),
    "S105": ("a name or an example, not a secret", 2027),
    "S301": ("a file without a name that this process wrote and nobody else can open", 2027),
    "S311": ("spreads retries, protects nothing", 2027),
    "S506": ("a SafeLoader", 2027),
    "S603": ("our words and files of who runs it, no shell, nothing typed by a person", 2027),
    "S606": ("no shell is wanted", 2027),
    "S608": ("the names of columns are ours, values are always bound", 2027),
}
SECRETS = {
    "a token of a Telegram bot": re.compile(r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a key of a cloud": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a token of a forge": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20})\b"),
    "a master key": re.compile(r"MASTER_KEY\s*=\s*['\"]?[A-Za-z0-9+/_-]{43}="),
    "a password in an address": re.compile(
        r"postgresql://\w+:(?!MOT_DE_PASSE|canary-|\$)[^@\s:/{}]{8,}@\w"
    ),
}


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    path = ROOT / "requirements" / "audit.py"
    spec = importlib.util.spec_from_file_location("audit", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["audit"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.parent.name + "/" + path.name)
def test_every_library_is_locked_with_its_hashes(lock: Path) -> None:
    """S13."""
    written = lock.read_text("utf-8")
    entries = re.split(r"\n(?=\S)", written.strip())
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9][a-z0-9._-]*==\S+", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]
    assert "--index-url" not in written
    assert "://" not in written


def test_every_flaw_is_answered(audit: ModuleType) -> None:
    """S13: raised beyond it, left out, or accepted with a reason until a date that is not past."""
    flaws = audit.flaws()
    assert len({flaw.id for flaw in flaws}) == len(flaws)
    for flaw in flaws:
        versions = audit.installed(flaw.lock).get(flaw.of)
        if flaw.absent:
            assert versions is None, f"{flaw.id}: {flaw.of} is installed"
            continue
        assert versions, f"{flaw.id}: {flaw.of} is not locked any more, take the entry out"
        if any(flaw.touches(version) for version in versions):
            assert len(flaw.reason) > 40, f"{flaw.id}: say why"
            assert flaw.accepted(date.today()), f"{flaw.id}: think again"  # noqa: DTZ011
        else:
            assert not flaw.reason, f"{flaw.id}: the version locked does not have it any more"
    assert list(audit.known(date.today())) == []  # noqa: DTZ011


def test_an_acceptance_ends(audit: ModuleType) -> None:
    """S13: the day after its date, an accepted flaw is one again."""
    accepted = [one for one in (*audit.flaws(), *audit.runtimes()) if one.reason]
    assert accepted
    late = date.fromordinal(max(flaw.expires for flaw in accepted).toordinal() + 1)
    assert len(list(audit.known(late))) == len(accepted)


def test_a_python_that_nobody_repairs_is_answered_too(audit: ModuleType) -> None:
    """S13: those of the images and of Rasa are in the table, accepted until a day."""
    dated = {one.python: one for one in audit.runtimes()}
    built = (ROOT / "deploy" / "compose" / "Dockerfile").read_text("utf-8")
    used = set(re.findall(r"^FROM python:(\d+\.\d+)", built, re.MULTILINE)) | {VERSION}
    assert used == set(dated)
    old = dated[VERSION]
    assert len(old.reason) > 40
    day = date.fromordinal(old.expires.toordinal() + 1)
    assert any(f"Python {VERSION}" in line for line in audit.known(day))


def test_every_lock_is_asked_about_with_its_own_acceptances(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S13: a flaw accepted in one list is not accepted in another."""
    asked: dict[str, list[str]] = {}

    def answers(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        lock = command[command.index("--requirement") + 1].removeprefix(f"{ROOT}/")
        places = [at + 1 for at, word in enumerate(command) if word == "--ignore-vuln"]
        asked[lock] = [command[at] for at in places]
        return subprocess.CompletedProcess(command, 0, json.dumps({"dependencies": []}), "")

    monkeypatch.setattr(audit, "list_contents", lambda _: None)
    monkeypatch.setattr(audit.subprocess, "run", answers)
    assert audit.main() == 0
    assert sorted(asked) == sorted(str(one.relative_to(ROOT)) for one in LOCKS)
    expected = {lock: [one.id for one in audit.flaws() if one.lock == lock and one.reason]
                for lock in asked}  # fmt: skip
    assert asked == expected
    assert any(expected.values())


def test_a_service_that_never_answers_is_given_up(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S13: found out on the shortest list, then asked no more; it is said, and is no failure."""
    asked = []

    def hangs(command: list[str], *, timeout: float, **_: object) -> None:
        asked.append(timeout)
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(audit, "list_contents", lambda _: None)
    monkeypatch.setattr(audit.subprocess, "run", hangs)
    assert audit.main() == 0
    assert len(asked) == len(audit.SERVICES)
    assert max(asked) < 30


def test_ci_audits_and_does_not_fail_for_a_service_that_is_away() -> None:
    """S13: by itself, before the tests; a flaw of our table makes `make audit` end badly."""
    steps = (ROOT / ".ci" / "run").read_text("utf-8")
    assert re.search(r'^step "[^"]+" audit$', steps, re.MULTILINE)
    assert steps.index(" audit\nexec make") > 0
    assert "--must-answer" not in steps


def test_a_flaw_of_our_table_fails_whatever_answers(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """S13: with every service away, the table alone fails the audit."""
    away = subprocess.CompletedProcess([], 1, "", "ConnectionError: nobody there\n")
    monkeypatch.setattr(audit, "list_contents", lambda _: None)
    monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: away)
    worn = audit.Flaw("CVE-0", "httpx", "requirements/app.txt", "high", fixed="99")
    kept = audit.flaws()
    monkeypatch.setattr(audit, "flaws", lambda: (*kept, worn))
    assert audit.main() == 1
    said = capsys.readouterr().out
    assert "FAILLE requirements/app.txt : httpx porte CVE-0" in said
    assert "PAS VÉRIFIÉ" in said


def test_nothing_unchecked_is_called_clean(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """S13: a service that is away is said, and fails who asks for an answer."""
    away = subprocess.CompletedProcess([], 1, "", "ConnectionError: nobody there\n")
    told = subprocess.CompletedProcess([], 0, json.dumps({"dependencies": []}), "")
    monkeypatch.setattr(audit, "list_contents", lambda _: None)
    monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: away)
    assert audit.main() == 0
    assert capsys.readouterr().out.count("PAS VÉRIFIÉ") == len(audit.LOCKS)
    monkeypatch.setattr(sys, "argv", ["audit", "--must-answer"])
    assert audit.main() == 1
    monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: told)
    assert audit.main() == 0
    flawed = {"name": "x", "version": "1", "vulns": [{"id": "CVE-1"}]}
    told.stdout = json.dumps({"dependencies": [flawed]})
    assert audit.main() == 1
    assert "FAILLE requirements/uv.txt : x 1 : CVE-1" in capsys.readouterr().out


def test_what_bandit_s_rules_find_is_explained() -> None:
    """S13: every silenced rule is in the table, every line of the table serves, none is past."""
    found: set[str] = {"S608"}  # of a whole file, in pyproject.toml
    for package in ("bot", "nlu", "actions", "storage", "exports", "desk", "requirements"):
        for file in (ROOT / package).rglob("*.py"):
            for codes in re.findall(r"# noqa: ([A-Z0-9, ]+)", file.read_text("utf-8")):
                found |= set(re.findall(r"\bS\d{3}\b", codes))
    assert found == set(KEPT)
    assert all(date.today() <= date(year, 11, 30) for _, year in KEPT.values())  # noqa: DTZ011
    assert '"S"]' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_no_secret_is_in_the_tree() -> None:
    """S13."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert len(files) > 300
    for file in files:
        if not file.is_file() or file.stat().st_size > 2_000_000:
            continue
        written = file.read_bytes().decode("utf-8", "ignore")
        for what, shape in SECRETS.items():
            for found in shape.finditer(written):  # what the program refuses is nobody's secret
                assert poor_password(found[0]), f"{file.relative_to(ROOT)}: {what}"
