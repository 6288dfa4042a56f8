"""One contribution as staff see it, and how they say which state of it they saw."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.curated import Curated, Decision
from bot.errors import CodebookError, Overtaken
from desk import masks
from desk.entries import Reading
from desk.ports import Decided
from desk.refusals import not_found
from desk.shell import Desk
from exports.recording import canonical
from exports.records import Record

DECISIONS: Mapping[str, str] = {
    Decision.WAITING.value: "en attente",
    Decision.PUBLISHED.value: "publiée",
    Decision.HIDDEN.value: "texte non montré",
    Decision.BINNED.value: "à la corbeille",
    "merged": "réunie à une autre",
    "separated": "séparée de l’autre",
    "text": "texte relu",
    "corrected": "texte changé par la personne",
}
LOOK_AGAIN = "La personne a changé son texte entre-temps. Relisez, puis décidez."


@dataclass(frozen=True, slots=True)
class Seen:
    """What is shown of one contribution."""

    of: Curated
    record: Record
    history: Sequence[Decided]
    pieces: Sequence[masks.Piece]  # of its text
    coarse: Sequence[tuple[str, str]]  # who its author is, broadly: question, answer

    @property
    def last(self) -> int:
        """The last line of the history."""
        return self.history[-1].id if self.history else 0

    @property
    def stamp(self) -> str:
        """What is before the eyes: the last decision, and the words."""
        said = repr((self.record.as_typed, self.record.text, self.record.title))
        return f"{self.last}-{hashlib.sha256(said.encode('utf-8', 'replace')).hexdigest()[:16]}"

    @property
    def to_mask(self) -> int:
        """How many places are found, and not masked."""
        return sum(1 for one in self.pieces if one.number and not one.masked)

    @property
    def relit(self) -> bool:
        """Whether staff confirmed the text."""
        return self.of.of(self.record.reference).text is not None


def look(desk: Desk, reading: Reading, reference: str) -> Seen:
    """Raises Refused when it is not there, or when nothing of it may be read. Blocking."""
    try:
        one = desk.memory.present.one(reference)
    except CodebookError:
        raise not_found() from None
    found = reading.records([one] if one else [])
    record = next((record for _, record in found if record.reference == reference), None)
    if record is None or one is None:
        raise not_found()
    leaving = record.text or ""
    typed = canonical(record.as_typed or "")
    asked = reading.questions(record.guide, record.version)
    coarse = [
        (asked[step].title, ", ".join(one.label for one in record.profile[step]))
        for step in reading.coarse(record.guide, record.version)
        if record.profile.get(step)
    ]
    return Seen(
        one, record, desk.memory.curations.history(reference),
        masks.pieces(typed, leaving, desk.personal) if leaving else (), coarse,
    )  # fmt: skip


def checked(seen: Seen, stamp: str) -> int:
    """The last line of the history that was seen. Raises Overtaken if anything changed since."""
    last, _, _ = stamp.partition("-")
    if not last.isdecimal() or stamp.partition("-")[2] != seen.stamp.partition("-")[2]:
        raise Overtaken(LOOK_AGAIN)
    return int(last[:18])
