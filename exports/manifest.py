"""The manifest of an export: what was written, from what, what was left out, how to check it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from bot.curated import Snapshot
from exports.confidentiality import LICENCES, K, Profile
from exports.filters import Filters
from exports.leaving import Counts

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

    def said(self) -> dict[str, Any]:
        """What manifest.json says."""
        counts, public = self.counts, self.profile is Profile.PUBLIC
        taken = self.snapshot.taken.astimezone(UTC)
        return {
            "instantane": {
                "id": self.snapshot.id,
                "pris_le": taken.isoformat(timespec="seconds")[:19] + "Z",
                "sha256": self.snapshot.sha256,
                "participations": self.snapshot.participations,
                "effacees_depuis": self.erased,
                "change_depuis": _sorted(counts.since),
            },
            "profil": self.profile.value,
            "filtres": self.filters.chosen,
            "logiciel": f"Parole {self.software}",
            "licence": LICENCES[self.profile],
            "k": K if public else None,
            "guides": [
                {"guide": guide, "versions": list(versions)}
                for guide, versions in self.guides.items()
            ],
            "participations": {
                "sorties": counts.statuses.total(),
                "par_statut": None if public else _sorted(counts.statuses),
                "absentes": _sorted(counts.withheld),
                "profil_regroupe": counts.mixed,
            },
            "contributions": {
                "sorties": counts.contributions,
                "sans_texte": _sorted(counts.wordless),
                "absentes": _sorted(counts.absent),
            },
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


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return {why: n for why, n in sorted(counts.items()) if n}
