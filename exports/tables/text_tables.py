"""Participations, answers, contributions and their dictionary, in one of the text formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from bot.errors import ExportError
from exports.columns import Table
from exports.confidentiality import Profile
from exports.folder import Folder, Sink
from exports.manifest import Warned
from exports.records import Record
from exports.source import Leaving
from exports.tables import answers, contribution_table, dictionary, participations
from exports.tables.formats import Format

NAMED = 20  # places that a warning names, beside its count
KNOWN = 4_096  # lines of answers without words, remembered: they come back with other persons


class Tables:
    """A package of tables: the answers, one by one, are in the internal profile only."""

    profiles = tuple(Profile)

    def __init__(self, format: Format) -> None:
        self.name, self.title = format.name, format.title
        self._format = format

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        """Raises ExportError when two columns would have the same title."""
        guides = tuple(source.guides.values())
        people = participations.table(guides, profile)
        made = contribution_table.table(guides, profile, source.snapshot.codebook)
        tables: list[Table[Any]] = [people, made, dictionary.TABLE]
        if profile is Profile.INTERNAL:
            tables.insert(1, answers.TABLE)
        self._refuse_twins(tables)
        files = {table.name: _File(table, self._format, folder) for table in tables}
        lines = answers.Lines()
        for one in source.participants(whole=True):
            files["participations"].write(one, one.reference)
            if one.run:
                its = ((line, answers.alike(line)) for line in lines.of(one.run))
                files["answers"].write_alike(its, one.reference)
        for count, record in enumerate(records(), start=1):
            files["contributions"].write(record, record.reference)
            progress(count)
        for entry in dictionary.entries(tables, guides, self._format):
            files["dictionary"].write(entry, "")
        for file in files.values():
            yield from file.finish()

    def _refuse_twins(self, tables: list[Table[Any]]) -> None:
        for table in tables:
            for header, count in Counter(map(self._format.header, table.columns)).items():
                if count > 1:
                    raise ExportError(
                        f"Deux colonnes s'appelleraient « {header} ». Renommez l'étape dans le "
                        "guide."
                    )


class _File:
    """A table being written, and what is odd in it."""

    def __init__(self, table: Table[Any], format: Format, folder: Folder) -> None:
        self._table, self._format, self._folder = table, format, folder
        head, others = table.cut
        self._line, self._begun, self._rest = map(format.lines, (table, head, others))
        self._sink: Sink = folder.open(format.file_name(table))
        self._sink.write(format.head(table))
        self._known: dict[Hashable, bytes] = {}
        self._odd: dict[tuple[str, str], tuple[int, list[str]]] = {}

    def write(self, row: Any, reference: str) -> None:
        line, odd = self._line(row)
        self._sink.write(line)
        self._sink.rows += 1
        for column, problem in odd:
            count, where = self._odd.get((column, problem), (0, []))
            if reference and reference not in where and len(where) < NAMED:
                where.append(reference)
            self._odd[column, problem] = count + 1, where

    def write_alike(self, rows: Iterable[tuple[Any, Hashable | None]], first: str) -> None:
        """Rows that share their first cell; two with the same key differ by nothing else."""
        joined, known = self._format.joined, self._known
        begun: bytes | None = None
        for row, key in rows:
            rest = known.get(key) if key is not None else None
            if rest is None:
                if key is None or (written := self._rest(row))[1]:
                    self.write(row, first)
                    continue
                if len(known) >= KNOWN:
                    known.clear()
                rest = known[key] = written[0]
            if begun is None:
                begun = self._begun(row)[0]
            self._sink.write(joined(begun, rest))
            self._sink.rows += 1

    def finish(self) -> Iterator[Warned]:
        if beside := self._format.beside(self._table):
            name, content = beside
            self._folder.open(name, of_rows=False).write(content)
        for (column, problem), (count, where) in self._odd.items():
            yield Warned(self._sink.name, column, problem, count, tuple(where))
        limit = self._format.rows_at_most
        if limit is not None and self._sink.rows > limit:
            problem = f"plus de {limit} lignes : un tableur n'ouvre pas la suite"
            yield Warned(self._sink.name, None, problem, self._sink.rows - limit)
