"""No text becomes a formula in the files that staff open, and none is cut without a word."""

from __future__ import annotations

from pathlib import Path

from tests.harmless_cells import OWASP, drawn, tried
from tests.hostile import CORPUS


def test_no_text_acts_in_a_spreadsheet(tmp_path: Path) -> None:
    """S9: the OWASP list, the corpus, 1 500 drawn texts; `python -m bench.doors S9`: 10 000."""
    counts = tried([*OWASP, *(one.text for one in CORPUS), *drawn(1, 1500)], tmp_path)
    print(dict(counts))
    assert counts["texts"] >= 1900
    assert counts["longer than a cell"] >= 20
    assert counts["xlsx cells"] == counts["csv cells"] == counts["texts"]
