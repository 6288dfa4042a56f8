"""What of a profile is read right: a kind is right when its values are exactly those expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.understood_profile import KINDS, values
from nlu import profile


@dataclass
class Fields:
    """Sentences by kind: where it is said, read exactly; not said, and read nonetheless."""

    sentences: int = 0
    whole: int = 0  # sentences of which every kind is right
    said: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    invented: Counter[str] = field(default_factory=Counter)

    @property
    def exact(self) -> float:
        """Of all that is said, the share read exactly."""
        return self.right.total() / self.said.total() if self.said else 1.0


def score(cases: Iterable[dict[str, Any]]) -> Fields:
    """What is read of these sentences, by the rules of profiles."""
    found = Fields()
    for case in cases:
        read, whole = profile.read(case["text"]), True
        for kind in KINDS:
            got = {one.value for one in read if one.kind == kind}
            want = values(case["expected"].get(kind))
            found.said[kind] += bool(want)
            found.right[kind] += bool(want) and got == want
            found.invented[kind] += bool(got) and not want
            whole &= got == want
        found.sentences += 1
        found.whole += whole
    return found
