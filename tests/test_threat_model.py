"""The page of threats: every fault is there once, and the tests it names exist."""

from __future__ import annotations

import re

import pytest

from tests.test_documents import ROOT, page

PAGE = page("docs/threat-model.md")
ROWS = dict(re.findall(r"^\| (F\d+) \| (.+) \|$", PAGE, re.MULTILINE))


def test_every_fault_is_there_in_order() -> None:
    assert list(ROWS) == [f"F{number}" for number in range(1, 35)]


@pytest.mark.parametrize("fault", ROWS)
def test_a_fault_says_what_is_done_and_by_which_test_it_is_shown(fault: str) -> None:
    happens, does, shown = (cell.strip() for cell in ROWS[fault].split(" | "))
    assert happens
    assert does
    files = re.findall(r"`([^`]+)`", shown)
    assert files
    for file in files:
        assert (ROOT / file).exists(), file


def test_every_file_named_exists() -> None:
    for file in re.findall(r"`((?:bot|nlu|deploy|tests|requirements)/[\w./-]+)`", PAGE):
        assert (ROOT / file).exists(), file
