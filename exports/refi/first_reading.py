"""What has to be known of all that leaves before the first line of a project is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from exports.leaving.anchoring import anchored
from exports.records import Record
from exports.refi.characters import plain
from exports.refi.naming import user_name


@dataclass(slots=True)
class Seen:
    """What the first reading found."""

    coders: set[str] = field(default_factory=set)
    supports: Counter[str] = field(default_factory=Counter)
    texts: int = 0
    wordless: set[str] = field(default_factory=set)
    codings: int = 0
    notes: int = 0
    read: int = 0
    redo: int = 0
    unknown: int = 0
    replaced: int = 0


def first_reading(records: Iterator[Record], codes: set[str]) -> Seen:
    seen = Seen()
    for record in records:
        if record.merged_into:
            seen.supports[record.merged_into] += 1
        if not record.text:
            seen.wordless.add(record.reference)
            continue
        seen.texts += 1
        seen.replaced += plain(record.text)[1]
        there, redo = anchored(record.text, record.codings)
        known = [one for one in there if one.code in codes]
        seen.codings += len(known)
        seen.unknown += len(there) - len(known)
        seen.redo += len(redo)
        seen.notes += sum(1 for one in known if one.note)
        seen.read += len(record.readings)
        seen.coders.update(map(user_name, known))
    return seen
