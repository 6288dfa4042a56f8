"""What both sides say alike: the report for staff, and the counts by channel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from bot.curated import Decision, Outside
from exports.code_names import CONTRIBUTIONS
from exports.fusion.alike import Alike, alike
from exports.records import Record
from exports.tables.formats import csv_line
from exports.tables.spreadsheet import harmless, legible

Pairs = Iterable[tuple[str, str]]  # reference, text
SHOWN = 500  # signs of each text in the report
HEADER = (
    "notre contribution", "canal", "plateforme", "ressemblance sur 100", "autres proches, au moins",
    "notre texte", "texte de la plateforme",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides, in memory: what is compared has to be."""

    ours: Mapping[str, Record]
    theirs: Mapping[str, Outside]

    @classmethod
    def of(cls, records: Iterable[Record], outside: Iterable[Outside]) -> Sides:
        """What staff binned is no contribution."""
        return cls(
            {r.reference: r for r in records if r.decision is not Decision.BINNED},
            {one.reference: one for one in outside},
        )

    def alike(self, through: Callable[[Pairs], Pairs] = lambda texts: texts) -> list[Alike]:
        """Those of ours that the other side has; they are compared `through` what counts them."""
        return list(
            alike(
                through((reference, r.text) for reference, r in self.ours.items() if r.text),
                ((reference, one.text) for reference, one in self.theirs.items()),
            )
        )


def write(out: BinaryIO, sides: Sides, found: Iterable[Alike]) -> None:
    """The report, for a French spreadsheet: the nearest first."""
    out.write(csv_line(HEADER, ";").encode("utf-8-sig"))
    for one in sorted(found, key=lambda one: (-one.score, one.ours)):
        ours, theirs = sides.ours[one.ours], sides.theirs[one.theirs]
        cells = (
            one.ours, ours.channel or "", one.theirs, str(one.score), str(one.others),
            _shown(ours.text or ""), _shown(theirs.text),
        )  # fmt: skip
        out.write(csv_line(map(harmless, cells), ";").encode("utf-8", "replace"))


def counts(sides: Sides, found: Iterable[Alike]) -> Iterator[str]:
    """By channel: how many contributions, and how many that the platform also has."""
    alike_of = {one.ours: one for one in found}
    channels: dict[str, Counter[str]] = {}
    for reference, record in sides.ours.items():
        its = channels.setdefault(record.channel or "", Counter())
        its[record.kind.code] += 1
        its["alike"] += reference in alike_of
    for one in sides.theirs.values():
        channels.setdefault(one.source, Counter())[one.kind] += 1
    names = ("Canal", *(f"{label}s" for label in CONTRIBUTIONS.values()), "Aussi sur la plateforme")
    yield "  ".join(f"{name:>14}" for name in names)
    for channel, its in sorted(channels.items()):
        cells = (channel or "?", *(str(its[kind]) for kind in CONTRIBUTIONS), str(its["alike"]))
        yield "  ".join(f"{cell:>14}" for cell in cells)
    exact = sum(one.score == 100 for one in alike_of.values())
    total = len(sides.ours) + len(sides.theirs)
    yield (
        f"En tout : {total} contributions. {len(alike_of)} des nôtres sont aussi sur la "
        f"plateforme, dont {exact} mot pour mot : une même personne a pu écrire deux fois."
    )


def _shown(text: str) -> str:
    written = legible(text)
    return written if len(written) <= SHOWN else f"{written[:SHOWN]}…"
