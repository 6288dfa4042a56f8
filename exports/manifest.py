"""The manifest of an export: what was written, from what, what was left out, how to check it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from bot.curated import Snapshot
from exports.confidentiality import LICENCES, K, Profile
from exports.leaving.filters import Filters
from exports.leaving.outgoing import Counts
from exports.small_numbers import published

NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class Written:
    """One file."""

    name: str
    rows: int | None  # the header is not counted; None: not made of rows
    size: int  # in bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the reader of a file has to know; `where` names the first places only."""

    file: str
    column: str | None
    problem: str
    count: int
    where: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """In one sentence."""
        where = f"{self.file}, {self.column}" if self.column else self.file
        many = f" ({self.count})" if self.count > 1 else ""
        return f"{where} : {self.problem.rstrip('.')}{many}."


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything about one export, without any path of this machine nor any name of staff."""

    snapshot: Snapshot
    profile: Profile
    filters: Filters
    software: str
    guides: Mapping[str, tuple[str, ...]]  # guide: its versions
    counts: Counts
    stamp: str  # what was withdrawn since the snapshot; empty when nothing was
    files: tuple[Written, ...]
    warnings: tuple[Warned, ...]

    @property
    def erased(self) -> int:
        """How many participations of the snapshot were erased since it was taken."""
        return self.snapshot.participations - self.counts.read

    def count(self, count: int) -> int | str:
        """A number that the files do not hold, as the profile lets it be known."""
        return published(count) if self.profile is Profile.PUBLIC else count

    def said(self) -> dict[str, Any]:
        """What manifest.json says."""
        counts, public = self.counts, self.profile is Profile.PUBLIC
        taken = self.snapshot.taken.astimezone(UTC)
        return {
            "instantane": {
                "id": self.snapshot.id,
                "pris_le": taken.isoformat(timespec="seconds")[:19] + "Z",
                "sha256": self.snapshot.sha256,
                "participations": self.count(self.snapshot.participations),
                "effacees_depuis": self.count(self.erased),
                "change_depuis": self._sorted(counts.since),
            },
            "profil": self.profile.value,
            "filtres": self.filters.chosen,
            "logiciel": f"Parole {self.software}",
            "licence": LICENCES[self.profile],
            "k": K if public else None,
            "groupes": self._groups() if public else None,
            "guides": [
                {"guide": guide, "versions": list(versions)}
                for guide, versions in self.guides.items()
            ],
            "participations": {
                "sorties": counts.statuses.total(),
                "par_statut": None if public else self._sorted(counts.statuses),
                "absentes": self._sorted(counts.withheld),
                "profil_regroupe": counts.mixed,
            },
            "contributions": {
                "sorties": counts.contributions,
                "sans_texte": self._sorted(counts.wordless),
                "absentes": self._sorted(counts.absent),
            },
            "themes_absents": counts.unused if public else None,
            "dangers_signales": counts.alarms if self.profile is Profile.INTERNAL else None,
            "fichiers": [
                {"nom": f.name, "lignes": f.rows, "octets": f.size, "sha256": f.sha256}
                for f in self.files
            ],
            "avertissements": [
                {
                    "fichier": w.file,
                    "colonne": w.column,
                    "probleme": w.problem,
                    "nombre": w.count,
                    "exemples": list(w.where),
                }
                for w in self.warnings
            ],
        }

    def written(self) -> str:
        """The text of manifest.json."""
        return json.dumps(self.said(), ensure_ascii=False, indent=1) + "\n"

    def _groups(self) -> dict[str, Any]:
        cost = self.counts.cost
        return {
            "plus_petit": None if cost.smallest is None else self._smallest(cost.smallest),
            "cases": {
                name: {"dites": self.count(n), "cachees": self.count(cost.withheld[name])}
                for name, n in cost.said.items()
            },
        }

    def _smallest(self, persons: int) -> int | str:
        return persons if persons >= K else self.count(persons)

    def _sorted(self, counts: Mapping[str, int]) -> dict[str, int | str]:
        return {why: self.count(n) for why, n in sorted(counts.items()) if n}
