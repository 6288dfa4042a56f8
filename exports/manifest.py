"""The manifest of an export: what was written, from what, and how to check it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

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
    """Everything about one export, without any path of this machine."""

    profile: str
    made: datetime
    software: str
    guides: Mapping[str, tuple[str, ...]]  # guide: its versions
    statuses: Mapping[str, int]  # status: how many participations
    withheld: Mapping[str, int]  # why no agreement: how many participations were left out
    files: tuple[Written, ...]
    schemas: tuple[Written, ...]  # the files that describe the others
    warnings: tuple[Warned, ...]
    alarms: int = 0  # how many times somebody told of a danger

    def written(self) -> str:
        """The text of manifest.json."""
        said = {
            "profil": self.profile,
            "produit_le": self.made.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z",
            "logiciel": f"Parole {self.software}",
            "guides": [
                {"guide": guide, "versions": list(versions)}
                for guide, versions in self.guides.items()
            ],
            "participations_par_statut": dict(self.statuses),
            "participations_sans_accord": dict(self.withheld),
            "dangers_signales": self.alarms,
            "fichiers": [
                {"nom": f.name, "lignes": rows, "octets": f.size, "sha256": f.sha256}
                for f, rows in (
                    *((file, file.rows) for file in self.files),
                    *((schema, None) for schema in self.schemas),
                )
            ],
            "avertissements": [
                {
                    "fichier": w.file,
                    "colonne": w.column,
                    "probleme": w.problem,
                    "nombre": w.count,
                    "participations": list(w.where),
                }
                for w in self.warnings
            ],
        }
        return json.dumps(said, ensure_ascii=False, indent=1) + "\n"
