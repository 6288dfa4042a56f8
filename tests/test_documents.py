"""What the documents say of the program is what the program is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.__main__ import app
from bot.channels.web_problems import KINDS
from storage.tables import metadata

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
FILE = re.compile(r"`((?:bot|nlu|storage|desk|exports|tests)/[\w/]+\.\w+)`")


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_architecture_names_every_table_and_no_other() -> None:
    stored = page("docs/architecture.md").partition("## What is stored")[2]
    named = re.findall(r"^\| `(\w+)` \|", stored, re.MULTILINE)
    assert sorted(named) == sorted(metadata.tables)


def test_the_architecture_names_only_files_that_exist() -> None:
    for name in FILE.findall(page("docs/architecture.md")):
        assert (ROOT / name).exists(), name


def test_the_readme_lists_every_command() -> None:
    for command in app.registered_commands:
        assert command.callback
        assert f"parole {command.name or command.callback.__name__}" in page("README.md")


def test_the_api_page_lists_every_status() -> None:
    listed = {int(code) for code in re.findall(r"\b[45]\d\d\b", page("docs/api.md"))}
    assert {status for status, _ in KINDS.values()} <= listed


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_links_between_pages_lead_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text("utf-8")):
        assert (file.parent / target).exists(), target


def test_the_picture_of_the_readme_is_light() -> None:
    assert (ROOT / "docs" / "images" / "conversation.png").stat().st_size < 200_000
