"""What an export would hold, and what it would leave out, before it is asked for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from bot.errors import DatabaseUnfit
from desk.exporting.ports import Closed
from exports.confidentiality import Profile
from exports.fusion.mapping import Mapping as Sheet
from exports.fusion.precheck import checked
from exports.leaving.filters import Filters
from exports.leaving.outgoing import outgoing
from exports.leaving.pseudonyms import Pseudonyms
from exports.source import Source
from exports.tables import contribution_table
from exports.tables.spreadsheet import shown

LINES = 10
LONGEST = 400  # signs of a cell


@dataclass(frozen=True, slots=True)
class Seen:
    """Counts, and the first contributions as they would be."""

    people: int  # participations read
    stamp: str  # what was withdrawn since the snapshot
    participations: int  # that leave
    withheld: Mapping[str, int]  # participations that do not: why
    contributions: int
    wordless: Mapping[str, int]  # that leave without their text: why
    absent: Mapping[str, int]  # contributions that do not: why
    mixed: int  # participations whose profile is « autre ou non dit »
    smallest: int | None  # persons sharing what is shown of each; None: not published
    said: Mapping[str, int]  # cells that hold something, by column
    hidden: Mapping[str, int]  # of them, those that too few persons share
    erased: int
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    sheet: Mapping[str, Any] | None = None  # `Checked`, of the format « fusion »
    shown: tuple[str, ...] = ()  # contributions in `lines`, by the references that staff know


def seen(
    source: Source,
    profile: Profile,
    filters: Filters,
    folder: Path,
    progress: Callable[[int], None],
    sheet: Sheet | None = None,
    references: Callable[[], Iterable[str]] = tuple,
) -> Seen:
    """Read the snapshot as the export will; `references`: ours, for staff. Raises ExportError."""
    with outgoing(source, profile, filters, folder, progress) as leaving:
        table = contribution_table.table(
            leaving.guides.values(), profile, leaving.snapshot.codebook
        )
        columns = [column for column in table.columns if not column.jsonl_only]
        first = list(islice(leaving.records(), LINES))
        lines = [
            tuple(_cut(shown(column, column.value(record))) for column in columns)
            for record in first
        ]
        named = frozenset(one.reference for one in first)
        renamed = _ours(named, source, profile, references())
        filled = [n for n in range(len(columns)) if any(line[n] for line in lines)]
        counts = leaving.counts
        found = None
        if sheet is not None:
            names = {one.id: one.name for one in leaving.snapshot.codebook}
            found = checked(sheet, profile, leaving.records(), names)
            found = found.renamed(_ours(found.named(), source, profile, references()))
        return Seen(
            counts.read,
            leaving.stamp,
            counts.statuses.total(),
            dict(+counts.withheld),
            counts.contributions,
            dict(+counts.wordless),
            dict(+counts.absent),
            counts.mixed,
            counts.cost.smallest,
            dict(counts.cost.said),
            dict(+counts.cost.withheld),
            source.snapshot.participations - counts.read,
            tuple(columns[n].title for n in filled),
            tuple(tuple(line[n] for n in filled) for line in lines),
            {**asdict(found), "not_taken": found.not_taken} if found else None,
            tuple(renamed.get(one, one) for one in sorted(named)),
        )


def _ours(
    told: frozenset[str], source: Source, profile: Profile, references: Iterable[str]
) -> dict[str, str]:
    """Those references as staff know them: outside the team, an export has others."""
    if profile is Profile.INTERNAL or not told:
        return {}
    names = Pseudonyms(source.snapshot.salt, profile)
    both = ((names.contribution(one), one) for one in references)
    return {theirs: one for theirs, one in both if theirs in told}


def keep(one: Seen, file: Path, closed: Closed) -> None:
    """Write it for the page, sealed."""
    closed.put(json.dumps(asdict(one), ensure_ascii=False).encode("utf-8", "replace"), file)


def kept(file: Path, closed: Closed) -> Seen | None:
    """What `keep` wrote; None when it is gone."""
    try:
        return Seen(**json.loads(b"".join(closed.opened(file))))
    except (OSError, ValueError, TypeError, DatabaseUnfit):
        return None


def clear(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… (et {len(text) - LONGEST} signes)"
