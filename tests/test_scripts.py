"""The small scripts behind make, and the locks they install."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = sorted(ROOT.glob("requirements/*.txt"))


def _run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=60
    )


def _fake(folder: Path, name: str, script: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_a_pyenv_shim_that_finds_no_version_is_passed_over(tmp_path: Path) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14", "python"):
        _fake(tmp_path / "shims", name, "exit 127")
    _fake(tmp_path / "versions" / "3.9.1" / "bin", "python3", "exit 1")
    _fake(tmp_path / "versions" / "3.11.7" / "bin", "python3", f'exec "{sys.executable}" "$@"')
    found = _run(
        "scripts/find-python", PATH=f"{tmp_path}/shims:/usr/bin:/bin", PYENV_ROOT=str(tmp_path)
    )
    assert found.returncode == 0
    assert Path(found.stdout.strip()).exists()


def test_a_python_too_old_is_not_taken(tmp_path: Path) -> None:
    found = _run("scripts/find-python", "9.0", PATH=os.environ["PATH"], PYENV_ROOT=str(tmp_path))
    assert (found.returncode, found.stdout) == (1, "")


def test_a_uv_that_works_on_the_path_is_used(tmp_path: Path) -> None:
    _fake(tmp_path / "good", "uv", "echo 'uv 0.13.9 (x)'")
    path = f"{tmp_path}/good:/usr/bin:/bin"
    assert _run("scripts/find-uv", PATH=path).stdout == f"{tmp_path}/good/uv\n"


def test_make_alone_lists_every_command() -> None:
    listed = _run("make", PATH=os.environ["PATH"]).stdout
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"run", "test", "lint", "check", "train", "bench", "lock"} < set(targets)
    assert all(f"make {target} " in listed for target in targets)


@pytest.mark.parametrize(
    ("there", "asked", "installed"),
    [("", "app", "app"), ("bin/pytest", "app", "dev"), ("bin/pytest", "voice", "voice"),
     ("lib/python3.11/site-packages/faster_whisper/x", "app", "voice"), ("", "dev", "dev")],
)  # fmt: skip
def test_serving_takes_nobody_s_tools_away(
    tmp_path: Path, there: str, asked: str, installed: str
) -> None:
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    _fake(tmp_path / ".venv" / "bin", "python", "exit 0")
    _fake(tmp_path / "uv", "uv", f'[ "$1" = --version ] || echo "$@" >>"{tmp_path}/asked"')
    if there:
        file = tmp_path / ".venv" / there
        _fake(file.parent, file.name, "")
    for _ in range(2):  # the second time there is nothing to do
        ended = subprocess.run(
            ["scripts/prepare", asked], cwd=tmp_path, capture_output=True, text=True, check=False,
            env={"PATH": f"{tmp_path}/uv:/usr/bin:/bin", "HOME": str(tmp_path)}, timeout=60,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
    synced = [line for line in (tmp_path / "asked").read_text().splitlines() if "sync" in line]
    assert [line.rpartition("/")[2] for line in synced] == [f"{installed}.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_are_exact_hashed_and_name_no_host(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pinned = re.findall(r"^[a-z0-9].*$", text, re.MULTILINE)
    assert pinned
    assert all(re.match(r"[a-z0-9._\[\]-]+==\S+ (; .* )?\\$", line) for line in pinned)
    assert len(re.findall(r"^[a-z0-9].*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(pinned)
    assert "://" not in text
    assert "--index" not in text


@pytest.mark.parametrize("script", sorted((ROOT / "scripts").iterdir()), ids=lambda s: s.name)
def test_scripts_read_well(script: Path) -> None:
    assert _run("sh", "-n", str(script), PATH=os.environ["PATH"]).returncode == 0


def test_every_package_is_listed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    listed = set(project["tool"]["setuptools"]["packages"])
    roots = {name for name in listed if "." not in name}
    found = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for root in roots
        for file in (ROOT / root).rglob("__init__.py")
    }
    assert found - {"nlu.components"} == listed  # Rasa's components run in their own environment
