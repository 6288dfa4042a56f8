"""What a log may name: the questions of the guides, the keys of our sentences, the codes we use."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from bot.guide import Guide

CODES = frozenset({
    "early", "no_consent", "skip", "dont_know", "prefer_not", "next_person", "return",
    "accepted", "refused", "later",  # hiding somebody's name
    "asked", "danger", "danger_other", "distress_self",  # why the numbers for help were given
    "web", "telegram", "terminal",
    "request",  # an erasure that was written for
})  # fmt: skip


def named(guides: Iterable[Guide], sentences: Iterable[str]) -> dict[str, frozenset[str]]:
    """The values that a log writes as they are, by the name they stand under."""
    guides, keys = tuple(guides), frozenset(sentences)
    kinds = {c.kind for guide in guides for s in guide.sections for c in s.contributions}
    return {
        "key": keys,
        "spot": frozenset(chain.from_iterable(s.ids for guide in guides for s in guide.sections)),
        "about": keys | kinds | CODES,
    }
