"""The rows of an export written again by the bare library: python -m bench.rewriting FOLDER OUT.

Only the writing is timed: rows are read beforehand, a thousand at a time. Prints seconds.
"""

from __future__ import annotations

import csv
import json
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

TOGETHER = 1_000  # rows
csv.field_size_limit(10**9)


class Clock:
    """Adds up the time spent inside it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = time.process_time()

    def __exit__(self, *error: object) -> None:
        self.seconds += time.process_time() - self._began


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    rows = iter(rows)
    while chunk := list(islice(rows, TOGETHER)):
        yield chunk


def _csv(path: Path, out: Path, clock: Clock) -> None:
    encoding = "utf-8-sig" if path.read_bytes()[:3] == b"\xef\xbb\xbf" else "utf-8"
    with path.open(encoding=encoding, newline="") as file:
        head = file.readline()
        separator = ";" if head.count(";") > head.count(",") else ","
        file.seek(0)
        with out.open("w", encoding=encoding, newline="") as new:
            writer = csv.writer(new, delimiter=separator)
            for chunk in _chunks(csv.reader(file, delimiter=separator)):
                with clock:
                    writer.writerows(chunk)


def _jsonl(path: Path, out: Path, clock: Clock) -> None:
    with path.open("rb") as file, out.open("w", encoding="utf-8") as new:
        for chunk in _chunks(map(json.loads, file)):
            with clock:
                for row in chunk:
                    new.write(json.dumps(row, ensure_ascii=False) + "\n")


def _json(path: Path, out: Path, clock: Clock) -> None:
    whole = json.loads(path.read_bytes())
    with clock, out.open("w", encoding="utf-8") as new:
        json.dump(whole, new, ensure_ascii=False, indent=1)


def _xlsx(path: Path, out: Path, clock: Clock) -> None:
    import fastexcel
    import xlsxwriter

    book = fastexcel.read_excel(path)
    options = {"constant_memory": True, "tmpdir": str(out.parent)}
    new = xlsxwriter.Workbook(str(out), options)
    day = new.add_format({"num_format": "dd/mm/yyyy"})
    for name in book.sheet_names:
        sheet = new.add_worksheet(name)
        frame = book.load_sheet(name, header_row=None).to_polars()
        for start in range(0, frame.height, TOGETHER):
            rows = frame.slice(start, TOGETHER).rows()
            with clock:
                for r, row in enumerate(rows, start):
                    for c, value in enumerate(row):
                        if isinstance(value, str):
                            sheet.write_string(r, c, value)
                        elif isinstance(value, date):
                            sheet.write_datetime(r, c, value, day)
                        elif value is not None:
                            sheet.write_number(r, c, value)
    with clock:
        new.close()


def _parquet(path: Path, out: Path, clock: Clock) -> None:
    import pyarrow
    import pyarrow.parquet as parquet

    file = parquet.ParquetFile(path)
    with parquet.ParquetWriter(out, file.schema_arrow, compression="zstd") as new:
        for batch in file.iter_batches(TOGETHER * 10):
            rows = batch.to_pylist()
            with clock:
                new.write_batch(pyarrow.RecordBatch.from_pylist(rows, file.schema_arrow))


def _sav(path: Path, out: Path, clock: Clock) -> None:
    import polars
    import pyreadstat

    frame, meta = pyreadstat.read_sav(str(path), output_format="polars", user_missing=True)
    rows, schema = frame.rows(), frame.schema
    with clock:
        pyreadstat.write_sav(
            polars.DataFrame(rows, schema, orient="row"), str(out), row_compress=True,
            column_labels=meta.column_labels, variable_value_labels=meta.variable_value_labels,
        )  # fmt: skip


def _zip(path: Path, out: Path, clock: Clock) -> None:
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            with old.open(entry) as inside, new.open(entry.filename, "w") as written:
                while piece := inside.read(1 << 20):
                    with clock:
                        written.write(piece)


BARE: dict[str, Callable[[Path, Path, Clock], None]] = {
    ".csv": _csv, ".jsonl": _jsonl, ".json": _json, ".xlsx": _xlsx, ".parquet": _parquet,
    ".sav": _sav, ".qdpx": _zip, ".zip": _zip,
}  # fmt: skip


def rewritten(folder: Path, out: Path) -> float:
    """Seconds; what no library writes is not counted."""
    clock = Clock()
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        if bare := BARE.get(path.suffix):
            new = out / path.relative_to(folder).as_posix().replace("/", "-")
            bare(path, new, clock)
            new.unlink()
    return clock.seconds


if __name__ == "__main__":
    print(json.dumps(rewritten(Path(sys.argv[1]), Path(sys.argv[2]))))
