"""One contribution as staff see it, and how they say which state of it they saw."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.curated import Curated, Decision, Relit
from bot.errors import CodebookError, Overtaken
from desk.moderating import masks
from desk.moderating.entries import Reading
from desk.moderating.ports import Decided
from desk.refusals import not_found
from desk.shell import Desk
from exports.canonical import canonical
from exports.leaving.recording import short_words
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
TEXT = "text"  # its role, beside those of the short words
ROLES: Mapping[str, str] = {"title": "Titre", "topic": "Sujet", "public": "Pour qui"}
LOOK_AGAIN = "La personne a changé son texte entre-temps. Relisez, puis décidez."


@dataclass(frozen=True, slots=True)
class Seen:
    """What is shown of one contribution."""

    of: Curated
    record: Record
    history: Sequence[Decided]
    pieces: Sequence[masks.Piece]  # of its text
    short: Mapping[str, Sequence[masks.Piece]]  # of the words beside it, by role
    typed: Mapping[str, str]  # these words as they were typed
    coarse: Sequence[tuple[str, str]]  # who its author is, broadly: question, answer

    @property
    def last(self) -> int:
        """The last line of the history."""
        return self.history[-1].id if self.history else 0

    @property
    def stamp(self) -> str:
        """What is before the eyes: the last decision, and the words."""
        said = self.record.as_typed, self.record.text, self.record.title, self.typed
        return f"{self.last}-{digest(said)}"

    @property
    def to_mask(self) -> int:
        """How many places are found, and not masked."""
        every = chain(self.pieces, *self.short.values())
        return sum(1 for one in every if one.number and not one.masked)

    @property
    def relit(self) -> bool:
        """Whether staff confirmed its words."""
        curation = self.of.of(self.record.reference)
        return curation.text is not None or bool(curation.short)

    def chosen(self, ticked: Collection[tuple[str, int]], also: Sequence[str]) -> Relit:
        """The words with these places masked, by role, and these words everywhere."""

        def of(role: str, pieces: Sequence[masks.Piece]) -> str:
            its = {number for named, number in ticked if named == role}
            return masks.written(pieces, its, also)

        text = of(TEXT, self.pieces) if self.pieces else None
        return Relit(text, {role: of(role, its) for role, its in self.short.items()})

    def changes(self, relit: Relit, ticked: Collection[tuple[str, int]]) -> bool:
        """Whether these are other words than those that leave, or a choice of staff."""
        every = {TEXT: self.pieces, **self.short}
        found = {(role, one.number) for role, its in every.items() for one in its if one.number}
        now = {role: "".join(one.said for one in its) for role, its in self.short.items()}
        if (relit.text or "") != (self.record.text or "") or dict(relit.short) != now:
            return True
        return not self.relit and bool(found - set(ticked))


def digest(words: object) -> str:
    """A few letters that are others when these words are."""
    return hashlib.sha256(repr(words).encode("utf-8", "replace")).hexdigest()[:16]


def look(desk: Desk, reading: Reading, reference: str) -> Seen:
    """Raises Refused when it is not there, or when nothing of it may be read. Blocking."""
    try:
        one = desk.memory.present.one(reference)
    except CodebookError:
        raise not_found() from None
    found = (whole for _, whole in reading.wholes([one] if one else []))
    whole = next((whole for whole in found if whole.record.reference == reference), None)
    if whole is None or one is None:
        raise not_found()
    record, short = whole.record, short_words(whole)
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
        masks.pieces(typed, leaving, desk.personal) if leaving else (),
        {role: masks.pieces(*said, desk.personal) for role, said in short.items()},
        {role: typed for role, (typed, _) in short.items()}, coarse,
    )  # fmt: skip


def checked(seen: Seen, stamp: str) -> int:
    """The last line of the history that was seen. Raises Overtaken if anything changed since."""
    last, _, _ = stamp.partition("-")
    if not last.isdecimal() or stamp.partition("-")[2] != seen.stamp.partition("-")[2]:
        raise Overtaken(LOOK_AGAIN)
    return int(last[:18])
