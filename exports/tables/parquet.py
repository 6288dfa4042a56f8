"""`parquet`: typed columns, for DuckDB, Polars, R or pandas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

from exports.columns import Coded, Column, Kind, Value
from exports.confidentiality import LICENCES, Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.source import Leaving
from exports.tables.cells import Cells
from exports.tables.open_tables import Linked, linked

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 100  # rows in Python at a time
GROUP = 4_000_000  # bytes of a row group, as Arrow counts them: one is in memory at a time
SURROGATE = re.compile("[\ud800-\udfff]")
NOT_UNICODE = "un signe abîmé, que UTF-8 ne sait pas écrire, est remplacé par U+FFFD"


class Parquet:
    """One file per table: zstd, repeated words kept once, what each column is in its metadata."""

    name = "parquet"
    title = "Parquet"
    profiles = tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        about = {
            "consultation": ", ".join(dict.fromkeys(g.title for g in source.guides.values())),
            "instantane": source.snapshot.id,
            "instantane_sha256": source.snapshot.sha256,
            "profil": profile.value,
            "licence": LICENCES[profile],
        }
        for one in linked(source, profile, records, progress):
            name = f"{one.table.name}.parquet"
            rows, odd = _write(folder.place(name), one, about)
            folder.counted(name, rows)
            for column, count in odd.items():
                yield Warned(name, column, NOT_UNICODE, count)


def _write(path: Any, one: Linked, about: Mapping[str, str]) -> tuple[int, dict[str, int]]:
    """The rows of one table; how many, and how many cells of each column are odd."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(one, about)
    written, odd = 0, dict[str, int]()
    with pq.ParquetWriter(path, schema, compression="zstd", version="2.6") as file:
        group: list[pa.RecordBatch] = []
        size = 0
        for batch in _batches(one, schema, odd):
            group.append(batch)
            size += batch.nbytes
            written += batch.num_rows
            if size >= GROUP:
                file.write_table(pa.Table.from_batches(group, schema))
                group, size = [], 0
        if group or not written:
            file.write_table(pa.Table.from_batches(group, schema))
    return written, odd


def _batches(one: Linked, schema: pa.Schema, odd: dict[str, int]) -> Iterator[pa.RecordBatch]:
    cells = Cells(one.table.columns, _cell)
    rows = map(cells.of, one.rows())
    while together := list(islice(rows, BATCH)):
        batch = _batch(together, schema, odd)
        del together  # or the next ones would be made beside them
        yield batch


def _batch(
    rows: Sequence[Sequence[object]], schema: pa.Schema, odd: dict[str, int]
) -> pa.RecordBatch:
    import pyarrow as pa

    columns = zip(schema, zip(*rows, strict=True), strict=True)
    arrays = [_array(field, its, odd) for field, its in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(field: pa.Field, cells: Sequence[object], odd: dict[str, int]) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(cells, field.type)
    except UnicodeEncodeError:
        whole = [_whole(field.name, cell, odd) for cell in cells]
        return pa.array(whole, field.type)


def _cell(_: Column[Any], value: Value) -> object:
    if isinstance(value, Coded):
        return value.code
    if isinstance(value, tuple):
        return [one.code if isinstance(one, Coded) else one for one in value]
    return value


def _whole(column: str, cell: object, odd: dict[str, int]) -> object:
    """The cell without what UTF-8 cannot write."""
    if isinstance(cell, list):
        return [_whole(column, one, odd) for one in cell]
    if isinstance(cell, str) and SURROGATE.search(cell):
        odd[column] = odd.get(column, 0) + 1
        return SURROGATE.sub("\ufffd", cell)
    return cell


def _schema(one: Linked, about: Mapping[str, str]) -> pa.Schema:
    import pyarrow as pa

    words = pa.dictionary(pa.int32(), pa.string())
    types = {
        Kind.TEXT: pa.string(),
        Kind.TEXTS: pa.list_(pa.string()),
        Kind.CODE: words,
        Kind.CODES: pa.list_(pa.string()),
        Kind.CHOICE: words,
        Kind.CHOICES: pa.list_(pa.string()),
        Kind.INTEGER: pa.int32(),
        Kind.FLAG: pa.int8(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.DAY: pa.date32(),
    }
    wide = {**types, Kind.INTEGER: pa.int64()}  # a number that a guide asks for may be large
    return pa.schema(
        [
            pa.field(
                column.name,
                (wide if column.step else types)[column.kind],
                nullable=not column.always,
                metadata={"title": column.title, "description": column.meaning},
            )
            for column in one.table.columns
        ],
        metadata={"title": one.table.title, **about},
    )
