"""A text in the one form that everything counts in."""

from __future__ import annotations

import unicodedata


def canonical(text: str) -> str:
    """A text as offsets are counted in it: NFC, its lines ended by LF."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
