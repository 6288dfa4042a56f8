"""The only change made to words that come in, whichever the door; the exports say their own."""

from __future__ import annotations

import re

_HALF = re.compile("[\ud800-\udfff]")


def as_typed(text: str) -> str:
    """The words as they are kept: NUL removed, half a character becomes U+FFFD, no other change.

    Line breaks, spaces, emoji, composed or decomposed accents stay as they came. Applied twice, it
    changes nothing more.
    """
    return _HALF.sub("\ufffd", text.replace("\0", ""))
