"""The characters that a file of REFI-QDA can hold."""

from __future__ import annotations

import re

# Characters that XML 1.0 or a plain text file cannot hold. Each becomes one other character, so
# that every offset stays right.
FORBIDDEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")

REPLACED = "Signes que XML ne peut pas contenir, remplacés par « \ufffd »."


def plain(text: str) -> tuple[str, int]:
    """The text as the file holds it, as long as it was; how many characters were replaced."""
    return FORBIDDEN.subn("\ufffd", text)
