"""Our own keys inside quoted words: marked so that nobody's typing can pass for them."""

from __future__ import annotations

import re
from collections.abc import Callable

MARK = "\ue000"  # doubled wherever a person typed it
FOUND = re.compile(f"{MARK}(?:{MARK}|@([a-z_]+(?:\\.[a-z_]+)?))")


def ours(key: str) -> str:
    """A key of the sentences, to be said where people's words are quoted."""
    return f"{MARK}@{key}"


def theirs(text: str) -> str:
    """A person's words, to be quoted exactly."""
    return text.replace(MARK, MARK * 2)


def spoken(value: str, say: Callable[[str], str]) -> str:
    """The value as it is read: keys said in words, people's words as they were."""
    return FOUND.sub(lambda found: say(found[1]) if found[1] else MARK, value)
