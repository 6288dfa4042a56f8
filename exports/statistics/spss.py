"""`spss`: the short answers as numbers with their labels, for SPSS, PSPP, R or Stata.

No text that somebody wrote is in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.source import Leaving
from exports.statistics.variables import Cell, Sort, Variable, variables

if TYPE_CHECKING:
    import pyarrow as pa

NAME = "participations.sav"
BATCH = 500  # rows in Python at a time
EPOCH = date(1582, 10, 14)  # SPSS counts seconds from there
STAMP = slice(92, 109)  # where the file says when it was made
MEASURES: Mapping[Sort, str] = {
    "code": "nominal", "number": "scale", "day": "scale", "text": "nominal",
}  # fmt: skip
FORMATS: Mapping[Sort, str] = {"code": "F8.0", "number": "F8.0", "day": "EDATE10"}
LABEL, VALUE_LABEL, FILE_LABEL = 250, 120, 60  # bytes that SPSS shows
TOO_LONG = "un libellé trop long pour SPSS est coupé, et finit par « … »"
NO_NUMBER = "un nombre tapé, là où d'autres versions ont des tranches, n'a pas de numéro"


class Spss:
    """One `.sav` file, a row per participation."""

    name = "spss"
    title = "SPSS (.sav)"
    profiles = tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        """The rows wait on the disk: pyreadstat reads them from there, not from memory."""
        asked = variables(source.guides.values(), profile)
        path = folder.place(NAME)
        waiting = path.with_suffix(".arrow")
        lost = Counter[str]()
        try:
            rows = _set_aside(waiting, asked, source, lost)
            about = f"Parole, profil {profile}", f"Instantané {source.snapshot.id}"
            _save(path, waiting, asked, about)
        finally:
            waiting.unlink(missing_ok=True)
        _stamp(path, source.snapshot.taken)
        folder.counted(NAME, rows)
        progress(sum(1 for _ in records()))
        for name in (one.name for one in asked if _cut(one)):
            yield Warned(NAME, name, TOO_LONG, 1)
        for name in (one.name for one in asked if one.name in lost):
            yield Warned(NAME, name, NO_NUMBER, lost[name])


def _save(path: Path, waiting: Path, asked: Sequence[Variable], about: tuple[str, str]) -> None:
    import polars as pl
    import pyarrow as pa
    from pyreadstat import write_sav

    labels: dict[str, dict[int | float, str]] = {}
    missing: dict[str, list[Any]] = {}
    for one in asked:
        if one.labels:
            its = sorted(one.labels.items())
            labels[one.name] = {float(n): shortened(label, VALUE_LABEL) for n, label in its}
        if one.missing:
            missing[one.name] = [float(number) for number in sorted(one.missing)]
    with pa.memory_map(str(waiting)) as file:
        rows = pl.from_arrow(pa.ipc.open_file(file).read_all(), rechunk=False)
        write_sav(
            pl.DataFrame(rows),
            path,
            file_label=shortened(about[0], FILE_LABEL),
            note=[shortened(about[1], VALUE_LABEL)],
            row_compress=True,
            column_labels=[shortened(_label(one), LABEL) for one in asked],
            variable_value_labels=labels,
            missing_ranges=missing,
            variable_measure={one.name: MEASURES[one.sort] for one in asked},
            variable_format={one.name: FORMATS[one.sort] for one in asked if one.sort in FORMATS},
        )


def _cut(one: Variable) -> bool:
    return len(_label(one).encode()) > LABEL or any(
        len(label.encode()) > VALUE_LABEL for label in one.labels.values()
    )


def shortened(text: str, at_most: int) -> str:
    """The text in at most so many bytes; « … » at its end when some of it is gone."""
    if len(text.encode()) <= at_most:
        return text
    return text.encode()[: at_most - 3].decode("utf-8", "ignore") + "…"


def _label(one: Variable) -> str:
    if one.question is None or one.question.several:
        return one.label
    return f"{one.label} : {one.question.text}" if one.label != one.question.text else one.label


def _set_aside(path: Path, asked: tuple[Variable, ...], source: Leaving, lost: Counter[str]) -> int:
    import pyarrow as pa

    types = {
        "text": pa.string(), "day": pa.float64(), "number": pa.float64(), "code": pa.float64(),
    }  # fmt: skip
    schema = pa.schema([(one.name, types[one.sort]) for one in asked])
    kept: list[list[float | str | None]] = [[] for _ in asked]
    rows = 0

    def batch() -> pa.RecordBatch:
        arrays = [pa.array(cells, field.type) for cells, field in zip(kept, schema, strict=True)]
        for cells in kept:
            cells.clear()
        return pa.RecordBatch.from_arrays(arrays, schema=schema)

    with pa.ipc.new_file(str(path), schema) as file:
        for one in source.participants():
            for variable, cells in zip(asked, kept, strict=True):
                value = variable.value(one)
                cells.append(_cell(value))
                if value is None and variable.lost(one):
                    lost[variable.name] += 1
            rows += 1
            if rows % BATCH == 0:
                file.write_batch(batch())
        if kept[0] or not rows:
            file.write_batch(batch())
    return rows


def _cell(value: Cell) -> float | str | None:
    if isinstance(value, date):
        return float((value - EPOCH).days * 86_400)
    return float(value) if isinstance(value, int) else value


def _stamp(path: Path, taken: datetime) -> None:
    """The moment of the snapshot in place of the clock: the same snapshot, the same bytes."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun",
              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # fmt: skip
    moment = taken.astimezone(UTC)
    stamp = f"{moment:%d} {months[moment.month - 1]} {moment:%y}{moment:%H:%M:%S}".encode()
    with path.open("r+b") as file:
        file.seek(STAMP.start)
        file.write(stamp)
