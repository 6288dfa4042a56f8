"""`write`: all the files of one export, read once, streamed, and published when complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.errors import ExportError
from bot.guide import Guide
from bot.model import Participation
from exports import answers, contributions, dictionary
from exports.columns import Table
from exports.formats import Format
from exports.jsonl import Archive, JsonLines
from exports.machine_csv import MachineCsv
from exports.manifest import Manifest, Warned, Written
from exports.old_folder import Folder, Sink, opened
from exports.participations import by_name
from exports.participations import table as participations_table
from exports.runs import WITHHELD, Run
from exports.spreadsheet import Spreadsheet

FORMATS: Mapping[str, Format] = {
    f.profile: f for f in (Spreadsheet(), MachineCsv(), JsonLines(), Archive())
}
PROFILES = tuple(FORMATS)
NAMED = 20  # places that a warning names, beside its count
Key = tuple[str, str]  # guide, version


def write(
    profile: str,
    out: Path,
    participations: Callable[[], Iterator[Participation]],
    guides: Mapping[Key, Guide],
    now: datetime,
    software_version: str,
    progress: Callable[[int], None] | None = None,
) -> Manifest:
    """Write the export in `out` and say what was written.

    `participations` is called twice: once to know which guides were used, once to write.
    `progress` is told how many participations are written. Raises ExportError.
    """
    if profile not in FORMATS:
        raise ExportError(
            f"Le profil « {profile} » est inconnu. Possibles : {', '.join(PROFILES)}."
        )
    format = FORMATS[profile]
    used = _used(participations(), guides)
    known = list(used.values())
    tables = _tables(known, format)
    names = [name for table in tables for name in _names(table, format)]
    with opened(out, profile, names) as folder:
        export = _Export(folder, format, tables)
        for count, participation in enumerate(participations(), start=1):
            talk = participation.conversation
            export.alarms += participation.alarms
            if guide := used.get((talk.guide, talk.version)):
                export.add(Run.of(participation, guide))
            else:
                export.late += 1
            if progress:
                progress(count)
        files = export.finish(known)
        manifest = Manifest(
            profile,
            now,
            software_version,
            {name: tuple(g.version for g in its) for name, its in by_name(known).items()},
            dict(sorted(export.statuses.items())),
            export.withheld,
            files,
            tuple(export.describe()),
            tuple(export.warnings(files)),
            export.alarms,
        )
        folder.publish(manifest.written())
    return manifest


class _Export:
    """The files being written, and the counts on the way."""

    def __init__(self, folder: Folder, format: Format, tables: Sequence[Table[Any]]) -> None:
        self.statuses: Counter[str] = Counter()
        self.withheld = dict.fromkeys(WITHHELD.values(), 0)
        self.late = self.alarms = 0
        self._folder, self._format, self._tables = folder, format, tables
        self._odd: dict[tuple[str, str, str], tuple[int, list[str]]] = {}
        self._sinks = {table.name: self._begin(table) for table in tables}

    def _begin(self, table: Table[Any]) -> Sink:
        sink = self._folder.open(self._format.file_name(table))
        sink.write(self._format.head(table))
        return sink

    def add(self, run: Run) -> None:
        if why := run.withheld:
            self.withheld[WITHHELD[why]] += 1
            return
        self.statuses[run.participation.status] += 1
        rows: tuple[Iterable[Any], ...] = ((run,), answers.lines(run), contributions.made(run))
        for table, its_rows in zip(self._tables, rows, strict=False):
            for row in its_rows:
                self._write(table, row, run.reference)

    def _write(self, table: Table[Any], row: Any, reference: str) -> None:
        sink = self._sinks[table.name]
        line, odd = self._format.line(table, row)
        sink.write(line)
        sink.rows += 1
        for column, problem in odd:
            count, where = self._odd.get((sink.name, column, problem), (0, []))
            if reference and reference not in where and len(where) < NAMED:
                where.append(reference)
            self._odd[sink.name, column, problem] = count + 1, where

    def finish(self, guides: Sequence[Guide]) -> tuple[Written, ...]:
        """The files, closed, once the dictionary is written."""
        for entry in dictionary.entries(self._tables, guides, self._format):
            self._write(dictionary.TABLE, entry, "")
        return tuple(sink.done() for sink in self._sinks.values())

    def describe(self) -> Iterator[Written]:
        """The files that describe the others."""
        for table in self._tables:
            if beside := self._format.beside(table):
                name, content = beside
                sink = self._folder.open(name)
                sink.write(content)
                yield sink.done()

    def warnings(self, files: Sequence[Written]) -> Iterator[Warned]:
        for (file, column, problem), (count, where) in self._odd.items():
            yield Warned(file, column, problem, count, tuple(where))
        limit = self._format.rows_at_most
        for written in files:
            if limit is not None and (written.rows or 0) > limit:
                problem = f"plus de {limit} lignes : un tableur n'ouvre pas la suite"
                yield Warned(written.name, None, problem, (written.rows or 0) - limit)
        if self.late:
            problem = "commencées pendant l'export avec un autre guide : elles n'y sont pas"
            name = self._sinks["participations"].name
            yield Warned(name, None, problem, self.late)


def _used(participations: Iterator[Participation], guides: Mapping[Key, Guide]) -> dict[Key, Guide]:
    """The guides that have participations, in the order of `guides`; all while none has any."""
    keys = {(p.conversation.guide, p.conversation.version) for p in participations}
    for guide, version in sorted(keys - guides.keys()):
        raise ExportError(
            f"Le guide « {guide} », version {version}, a des participations mais n'est plus là. "
            "Remettez son fichier avec les autres guides."
        )
    return {key: guide for key, guide in guides.items() if key in keys or not keys}


def _tables(guides: Sequence[Guide], format: Format) -> tuple[Table[Any], ...]:
    whole: tuple[Table[Any], ...] = (
        participations_table(guides), answers.TABLE, contributions.table(guides),
        dictionary.TABLE,
    )  # fmt: skip
    tables = whole if format.internal else tuple(_leaving(table) for table in whole)
    for table in tables:
        headers = Counter(map(format.header, table.columns))
        for header, count in headers.items():
            if count > 1:
                raise ExportError(
                    f"Deux colonnes s'appelleraient « {header} ». Renommez l'étape dans le guide."
                )
    return tables


def _leaving(table: Table[Any]) -> Table[Any]:
    """The table without what only the archive holds."""
    return replace(table, columns=tuple(one for one in table.columns if not one.internal))


def _names(table: Table[Any], format: Format) -> Iterator[str]:
    yield format.file_name(table)
    if beside := format.beside(table):
        yield beside[0]
