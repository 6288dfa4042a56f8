"""Where a person comes from: the word in a link, the same on every channel."""

from __future__ import annotations

import re

RULE = "1 à 40 minuscules sans accent, chiffres ou tirets, sans tiret au début"
PATTERN = "[a-z0-9][a-z0-9-]{0,39}"  # a guide's name is written the same way
PAYLOAD_SIGNS = 64  # Telegram, deep linking: « start » takes 64 letters, digits, « _ » and « - »
_NAME = re.compile(PATTERN)
_BETWEEN = "__"  # in neither name


def is_name(written: str) -> bool:
    """Whether this may name an origin, or a guide."""
    return _NAME.fullmatch(written) is not None


def joined(origin: str, guide: str | None = None) -> str | None:
    """What a Telegram link says after « start= »; None when both names are too long for it."""
    payload = f"{guide}{_BETWEEN}{origin}" if guide else origin
    return payload if len(payload) <= PAYLOAD_SIGNS else None


def parted(payload: str) -> tuple[str | None, str | None]:
    """Guide and origin of such a payload; None for what is absent or odd."""
    before, between, after = payload.rpartition(_BETWEEN)
    guide, origin = (before, after) if between else ("", payload)
    return (guide if is_name(guide) else None), (origin if is_name(origin) else None)
