"""The locked libraries: their known flaws, and the list of what is inside (CycloneDX).

    python requirements/audit.py [--must-answer]

Never clean in silence: a lock that no service could check is said to be unchecked, with the reason,
and `--must-answer` makes that a failure. Ends with 1 for a flaw that nothing accepts.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
LOCKS = tuple(  # the shortest first: a service that is away is found out at once
    str(path.relative_to(ROOT))
    for path in sorted(
        (*(ROOT / "requirements").glob("*.txt"), ROOT / "nlu" / "requirements.txt"),
        key=lambda path: path.stat().st_size,
    )
)
FIRST, EACH = 20, 2  # seconds a service is given to answer, and for each library
SHIPPED = {"app": "requirements/app.txt", "nlu": "nlu/requirements.txt"}
SERVICES = ("pypi", "osv")
LINE = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;]+)(?: ; (.+?))? \\$", re.MULTILINE)
NEVER = re.compile(r"(^|and )sys_platform == 'never'")  # left out by an override
AWAY = ("ConnectionError", "not found on PyPI", "timed out", "Max retries", "NameResolution",
        "HTTPError", "ServiceError", "ProxyError", "SSLError")  # fmt: skip


@dataclass(frozen=True)
class Flaw:
    """One line of requirements/advisories.toml."""

    id: str
    of: str
    lock: str
    severity: str
    fixed: str | None = None
    absent: bool = False
    reason: str = ""
    expires: date | None = None

    def touches(self, version: str) -> bool:
        return self.fixed is None or Version(version) < Version(self.fixed)

    def accepted(self, today: date) -> bool:
        return bool(self.reason) and self.expires is not None and today <= self.expires


@dataclass(frozen=True)
class Runtime:
    """A Python that we run on: `ended` is the day after which nobody repairs it."""

    python: str
    ended: date
    reason: str = ""
    expires: date | None = None

    def accepted(self, today: date) -> bool:
        return bool(self.reason) and self.expires is not None and today <= self.expires


def runtimes() -> tuple[Runtime, ...]:
    with (ROOT / "requirements" / "advisories.toml").open("rb") as file:
        return tuple(Runtime(**one) for one in tomllib.load(file)["runtime"])


def flaws() -> tuple[Flaw, ...]:
    with (ROOT / "requirements" / "advisories.toml").open("rb") as file:
        return tuple(Flaw(**one) for one in tomllib.load(file)["flaw"])


def installed(lock: str) -> dict[str, set[str]]:
    """What a lock installs on some system: names and versions. Never installed, not listed."""
    found: dict[str, set[str]] = {}
    for name, version, marker in LINE.findall((ROOT / lock).read_text("utf-8")):
        if not NEVER.search(marker):
            found.setdefault(name, set()).add(version)
    return found


def known(today: date) -> Iterator[str]:
    """What is wrong by our own table, which needs no service."""
    for flaw in flaws():
        versions = installed(flaw.lock).get(flaw.of, set())
        touched = any(flaw.touches(version) for version in versions)
        if touched and not flaw.accepted(today):
            yield f"{flaw.lock} : {flaw.of} porte {flaw.id} ({flaw.severity}), sans raison valable"
    for one in runtimes():
        if one.ended < today and not one.accepted(today):
            since = f"n’est plus réparé depuis le {one.ended}"
            yield f"Python {one.python} {since}, sans raison valable"


@dataclass(frozen=True)
class Checked:
    """What a service said of one lock. `why`: it said nothing."""

    found: tuple[str, ...] = ()
    why: str = ""


def ask(lock: str, accepted: tuple[str, ...], away: dict[str, str]) -> Checked:
    """What the first service that answers says of this lock; one found away is not asked again."""
    why = ""
    for service in SERVICES:
        if service in away:
            why += f"{service} : {away[service]} ; "
            continue
        ignored = [part for one in accepted for part in ("--ignore-vuln", one)]
        command = [
            sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip",
            "--progress-spinner", "off", "--timeout", "10", "--vulnerability-service", service,
            "--format", "json", "--requirement", str(ROOT / lock), *ignored,
        ]  # fmt: skip
        ended = _run(command, FIRST + EACH * len(installed(lock)))
        try:
            return Checked(found=tuple(_flaws_in(json.loads(ended.stdout))))
        except (json.JSONDecodeError, KeyError):
            lines = ended.stderr.strip().splitlines() or [f"code {ended.returncode}"]
            said = next((one for one in reversed(lines) if any(w in one for w in AWAY)), lines[-1])
            away[service] = said.rpartition("ERROR:")[2][:90]
            why += f"{service} : {away[service]} ; "
    return Checked(why=why.rstrip(" ;"))


def _run(command: list[str], seconds: float) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, "", f"timed out after {seconds:g} s")


def _flaws_in(answer: dict[str, Any]) -> Iterator[str]:
    for library in answer["dependencies"]:
        for flaw in library.get("vulns", ()):
            yield f"{library['name']} {library['version']} : {flaw['id']}"


def list_contents(folder: Path) -> None:
    """A CycloneDX file for each environment that runs."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lock in SHIPPED.items():
        out = folder / f"sbom-{name}.cdx.json"
        subprocess.run(
            [sys.executable, "-m", "cyclonedx_py", "requirements", str(ROOT / lock),
             "--output-reproducible", "--output-format", "JSON", "--output-file", str(out)],
            check=True, capture_output=True,
        )  # fmt: skip
        parts = json.loads(out.read_text("utf-8"))["components"]
        print(f"{out.relative_to(ROOT)} : {len(parts)} bibliothèques (CycloneDX)")


def main() -> int:
    today, wrong, unchecked = date.today(), [], 0  # noqa: DTZ011  a day, as in the table
    wrong += known(today)
    away: dict[str, str] = {}
    for lock in LOCKS:
        accepted = tuple(one.id for one in flaws() if one.lock == lock and one.accepted(today))
        checked = ask(lock, accepted, away)
        if checked.why:
            unchecked += 1
            print(f"{lock} : PAS VÉRIFIÉ. Aucun service n’a répondu ({checked.why})")
        else:
            said = "aucune faille connue" if not checked.found else f"{len(checked.found)} failles"
            print(f"{lock} : {len(installed(lock))} bibliothèques, {said}")
            wrong += [f"{lock} : {one}" for one in checked.found]
    for flaw in flaws():
        if flaw.reason:
            print(f"accepté jusqu’au {flaw.expires} : {flaw.id} ({flaw.of}). {flaw.reason}")
    for one in runtimes():
        if one.reason and one.ended < today:
            print(f"accepté jusqu’au {one.expires} : Python {one.python}. {one.reason}")
    list_contents(ROOT / "out")
    for line in wrong:
        print(f"FAILLE {line}")
    if unchecked:
        print(
            f"{unchecked} listes sur {len(LOCKS)} ne sont PAS vérifiées : ce n’est pas un succès."
        )
    return 1 if wrong or (unchecked and "--must-answer" in sys.argv) else 0


if __name__ == "__main__":
    sys.exit(main())
