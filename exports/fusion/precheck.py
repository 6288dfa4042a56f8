"""What making the sheet would give: lines, files, what is refused or changed, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass, replace

from exports.confidentiality import FIELDS, Profile, Rule
from exports.fusion import cells
from exports.fusion.cells import Refused
from exports.fusion.mapping import Mapping
from exports.fusion.sheet import Lines
from exports.fusion.sources import field_of
from exports.records import Record

SHOWN = 3  # lines shown in full
NAMED = 20  # references told for each problem


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that happened to some contributions, in one column."""

    column: str
    what: str
    count: int
    where: tuple[str, ...]  # the first references
    to_do: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The sheet, as it would be."""

    heads: tuple[str, ...]
    first: tuple[tuple[str, ...], ...]  # the first lines
    lines: int
    files: int
    most: int | None  # lines in each file at most
    others: int  # of another kind than the sheet takes
    refused: tuple[Problem, ...]
    changed: tuple[Problem, ...]
    empty: tuple[str, ...]  # columns that the profile leaves empty
    publishes: bool

    @property
    def not_taken(self) -> int:
        return sum(one.count for one in self.refused)

    def named(self) -> frozenset[str]:
        """Every reference told."""
        return frozenset(n for one in (*self.refused, *self.changed) for n in one.where)

    def renamed(self, names: Names[str, str]) -> Checked:
        """The same, with the references that staff know."""
        return replace(
            self,
            refused=tuple(_renamed(one, names) for one in self.refused),
            changed=tuple(_renamed(one, names) for one in self.changed),
        )


def checked(
    mapping: Mapping, profile: Profile, records: Iterable[Record], themes: Names[str, str]
) -> Checked:
    """Make the sheet without writing it; what is remembered is small."""
    lines, taken = Lines(mapping, themes), 0
    refused: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], list[str]] = {}
    first: list[tuple[str, ...]] = []
    for record in records:
        try:
            made = lines.line(record)
        except Refused as why:
            key = (why.column, why.kind)
            refused[key] += 1
            if len(seen := where.setdefault(key, [])) < NAMED:
                seen.append(record.reference)
            continue
        if made is None:
            continue
        taken += 1
        if taken <= SHOWN:
            first.append(tuple(made))
    return Checked(
        tuple(one.name for one in mapping.columns), tuple(first), taken,
        max(1, -(-taken // mapping.rows)) if mapping.rows else 1, mapping.rows, lines.others,
        tuple(Problem(column, what, count, tuple(where[column, what]), _remedy(what))
              for (column, what), count in sorted(refused.items())),
        tuple(_changes(lines)), withheld(mapping, profile), mapping.publishes,
    )  # fmt: skip


def withheld(mapping: Mapping, profile: Profile) -> tuple[str, ...]:
    """The columns that this profile leaves empty."""
    return tuple(
        one.name for one in mapping.columns
        if one.paths
        and all(FIELDS[field_of(path)].rule(profile) is Rule.WITHHELD for path in one.paths)
    )  # fmt: skip


def _changes(lines: Lines) -> Iterator[Problem]:
    for (column, what), count in sorted(lines.losses.counts.items()):
        where = tuple(lines.losses.where[column, what])
        if what != cells.UNKNOWN:
            yield Problem(column, what, count, where, TO_DO.get(what, ""))
            continue
        values = lines.losses.unknown.get(column, {})
        for value, (times, its) in sorted(values.items()):
            yield Problem(
                column, f"« {value} » n’est pas dans « valeurs »", times, tuple(its),
                f"Écrivez « {value}: … » sous « valeurs » de cette colonne, ou ajoutez « sinon ».",
            )  # fmt: skip
        if rest := count - sum(times for times, _ in values.values()):
            yield Problem(column, "d’autres valeurs absentes de « valeurs »", rest, (),
                          "Ajoutez « sinon » à cette colonne.")  # fmt: skip


def _remedy(what: str) -> str:
    if what.endswith("est vide"):
        return "Ajoutez « a_defaut » à cette colonne, ou laissez ces contributions de côté."
    if what.endswith("signes"):
        return "Écrivez « si_trop_long: couper » dans cette colonne, ou augmentez « longueur »."
    return "Écrivez « si_doublon: numeroter » dans la feuille, ou réunissez ces contributions."


def _renamed(one: Problem, names: Names[str, str]) -> Problem:
    return replace(one, where=tuple(names.get(n, n) for n in one.where))


TO_DO: Names[str, str] = {
    cells.TOO_LONG: "Rien à faire si une fin coupée convient. Sinon, augmentez « longueur ».",
    cells.KEPT_LONG: "La plateforme peut les refuser : écrivez « si_trop_long: couper ».",
    cells.EMOJIS: "Rien à faire : la plateforme les retirerait sans le dire.",
    cells.SIGNS: "Rien à faire.",
    cells.FORMULA: "N’ouvrez pas ce fichier dans un tableur : donnez-le tel quel.",
    cells.NEUTRAL: "Rien à faire : un tableur ne les exécutera pas.",
    cells.UNWRITABLE: "Écrivez « encodage: utf-8 » si la plateforme le lit.",
}
