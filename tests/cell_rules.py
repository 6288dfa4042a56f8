"""What the files for spreadsheets say that they do to a text, written again for the tests."""

from __future__ import annotations

import re
import unicodedata

CELL = 32_767  # what a cell of Excel holds, in UTF-16 units


def in_a_spreadsheet(text: str) -> str:
    """One sort of line break, and no sign that a spreadsheet cannot show."""
    one_break = re.sub("\r\n|[\r\v\f\u0085\u2028\u2029]", "\n", text)
    seen = [c for c in one_break if c in "\t\n" or (unicodedata.category(c) not in ("Cc", "Cs"))]
    return unicodedata.normalize("NFC", re.sub("[\u200b\ufeff\ufffe\uffff]", "", "".join(seen)))


def after_an_apostrophe(text: str) -> str:
    risky = text[:1] == "'" or text[:1] in ("\t", "\n") or text.strip()[:1] in tuple("=+-@＝＋－＠")
    return f"'{text}" if risky else text


def in_a_cell(text: str) -> str:
    """Cut where Excel stops: `test_what_a_cell_cannot_hold_is_counted` counts those."""
    units = in_a_spreadsheet(text).encode("utf-16-le")
    return units[: 2 * CELL].decode("utf-16-le", "ignore")
