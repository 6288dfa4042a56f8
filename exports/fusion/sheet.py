"""`fusion`: our contributions laid out as the main platform's sheet, from a mapping file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from pathlib import Path

from bot.curated import Sheet
from bot.errors import ExportError
from exports.confidentiality import FIELDS, Profile, Rule
from exports.folder import Folder, Sink
from exports.fusion.cells import Losses, Refused, dressed, shortened, words
from exports.fusion.mapping import Mapping
from exports.fusion.mapping_file import read_mapping, ready_text, text_of
from exports.fusion.sources import field_of
from exports.manifest import Warned
from exports.packages import Package
from exports.records import Record
from exports.source import Leaving
from exports.tables.formats import csv_row

DEFAULT = "plateforme"
REFUSED = "refusees.csv"
WITHHELD = "colonne vide : le profil retient cette information"
OTHER_KIND = "contributions d'une autre sorte, absentes"
PUBLISHES = "La cible publie ce qu'elle reçoit : relisez le fichier avant de l'importer."


@dataclass(slots=True)
class Lines:
    """The lines of the sheet, one for each contribution that the platform would take."""

    mapping: Mapping
    themes: Names[str, str]  # code: name
    losses: Losses = field(default_factory=Losses)
    others: int = 0  # of another kind than the mapping wants
    _seen: dict[bytes, str] = field(default_factory=dict)

    def line(self, record: Record) -> list[str] | None:
        """Its cells; None: not of the kind wanted. Raises Refused."""
        mapping, losses = self.mapping, self.losses
        if mapping.kind not in (None, record.kind.code):
            self.others += 1
            return None
        plain = {
            one.name: words(mapping, one, record, self.themes, losses) for one in mapping.columns
        }
        if mapping.unlike:
            self._tell_apart(plain, record.reference)
        return [
            dressed(mapping, one, plain[one.name], record.reference, losses)
            for one in mapping.columns
        ]

    def _tell_apart(self, plain: dict[str, str], reference: str) -> None:
        first = self.mapping.unlike[0]
        key = self._key(plain)
        if (before := self._seen.get(key)) is not None:
            names = " + ".join(self.mapping.unlike)
            if self.mapping.twice == "refuser":
                raise Refused(names, f"même {names} que {before}")
            self.losses.add(first, f"même {names} qu'une autre ligne, numéro ajouté", 1, reference)
            longest = next(one.longest for one in self.mapping.columns if one.name == first)
            words_before, n = plain[first], 1
            while key in self._seen:
                n += 1
                end = f" ({n})"
                room = (longest or len(words_before) + len(end)) - len(end)
                plain[first] = shortened(words_before, room) + end
                key = self._key(plain)
        self._seen[key] = reference

    def _key(self, plain: Names[str, str]) -> bytes:
        cells = "\0".join(plain[name] for name in self.mapping.unlike)
        return hashlib.blake2b(cells.encode("utf-8", "surrogatepass"), digest_size=12).digest()


class Fusion:
    """The package. Without a mapping of staff, the one that comes with Parole."""

    name = "fusion"
    title = "Feuille de la plateforme principale"

    def __init__(self, mapping: Mapping | None = None) -> None:
        self.mapping = mapping or read_mapping(ready_text(DEFAULT), DEFAULT)
        self.profiles = self.mapping.profiles

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        mapping = self.mapping
        lines = Lines(mapping, {one.id: one.name for one in source.snapshot.codebook})
        files, refused = _Files(folder, mapping), Counter[tuple[str, str]]()
        examples: dict[tuple[str, str], list[str]] = {}
        report: Sink | None = None
        for count, record in enumerate(records(), start=1):
            try:
                cells = lines.line(record)
                if cells is not None:
                    files.add(cells)
            except Refused as why:
                if report is None:
                    report = folder.open(REFUSED)
                    head = csv_row(("reference", "colonne", "raison"), ";", "\r\n")
                    report.write(head.encode("utf-8-sig"))
                line = csv_row((record.reference, why.column, why.why), ";", "\r\n")
                report.write(line.encode("utf-8", "replace"))
                report.rows += 1
                key = (why.column, why.kind)
                refused[key] += 1
                if len(examples.setdefault(key, [])) < 20:
                    examples[key].append(record.reference)
            progress(count)
        files.done()
        yield from _warnings(mapping, profile, lines)
        for (column, problem), count in sorted(refused.items()):
            told = f"ligne refusée, voyez {REFUSED} : {problem}"
            yield Warned(mapping.file, column, told, count, tuple(examples[column, problem]))


def with_mapping(packages: Iterable[Package], file: Path) -> tuple[Package, ...]:
    """The same formats, the sheet laid out as a file of staff says. Raises ExportError."""
    given = tuple(packages)
    if not any(isinstance(one, Fusion) for one in given):
        raise ExportError("« --mapping » ne sert qu'au format « fusion ». Ajoutez ce format.")
    return laid_out(given, Sheet(file.name, text_of(file)))


def laid_out(packages: Iterable[Package], sheet: Sheet | None) -> tuple[Package, ...]:
    """The same formats, « fusion » with these columns. Raises ExportError."""
    if sheet is None:
        return tuple(packages)
    mapping = read_mapping(sheet.text, sheet.name, sheet.filled)
    return tuple(Fusion(mapping) if isinstance(one, Fusion) else one for one in packages)


def mapping_of(packages: Iterable[Package]) -> Mapping | None:
    """The columns of the « fusion » that is among these formats."""
    return next((one.mapping for one in packages if isinstance(one, Fusion)), None)


def _warnings(mapping: Mapping, profile: Profile, lines: Lines) -> Iterator[Warned]:
    if mapping.publishes:
        yield Warned(mapping.file, None, PUBLISHES, 1)
    for one in mapping.columns:
        rules = [FIELDS[field_of(path)].rule(profile) for path in one.paths]
        if rules and all(rule is Rule.WITHHELD for rule in rules):
            yield Warned(mapping.file, one.name, WITHHELD, 1)
    if lines.others:
        yield Warned(mapping.file, None, OTHER_KIND, lines.others)
    for (column, what), count in sorted(lines.losses.counts.items()):
        where = tuple(lines.losses.where[column, what])
        yield Warned(mapping.file, column, what, count, where)


class _Files:
    """As many files as the platform wants; the header is in each."""

    def __init__(self, folder: Folder, mapping: Mapping) -> None:
        self._folder, self._mapping = folder, mapping
        self._number = 0
        self._sink: Sink | None = None

    def add(self, cells: Sequence[str]) -> None:
        if self._sink is None or self._sink.rows == self._mapping.rows:
            self._next()
        assert self._sink is not None  # noqa: S101 - for mypy
        self._sink.write(self._line(cells))
        self._sink.rows += 1

    def done(self) -> None:
        if self._sink is None:
            self._next()
        assert self._sink is not None  # noqa: S101 - for mypy
        self._sink.done()

    def _next(self) -> None:
        if self._sink is not None:
            self._sink.done()
        self._number += 1
        number = f"-{self._number:03d}" if self._mapping.rows else ""
        self._sink = self._folder.open(f"{self._mapping.file}{number}.csv")
        bom = self._mapping.bom and self._mapping.encoding == "utf-8"
        head = self._line([one.name for one in self._mapping.columns])
        self._sink.write((b"\xef\xbb\xbf" if bom else b"") + head)

    def _line(self, cells: Sequence[str]) -> bytes:
        line = csv_row(cells, self._mapping.delimiter, self._mapping.ending)
        return line.encode(self._mapping.codec, "replace")
