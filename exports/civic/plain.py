"""What the formats of consultation tools share: plain tables, and texts that no tool trips on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.tables.formats import csv_row
from exports.tables.spreadsheet import UNSHOWN, harmless, legible

NUMBERS = "correspondances.csv"
NO_TEXT = "Contributions sans texte : absentes."
APOSTROPHE = "Cases qu'un tableur prendrait pour une formule : une apostrophe est devant."
SIGNS = "Signes invisibles ou abîmés, retirés."
TITLE = 150


class Plain:
    """A CSV file as programs read it: UTF-8 without BOM, commas, LF. No cell is a formula.

    Whoever double-clicks on it is safe; for a tool an apostrophe is a sign like others.
    """

    def __init__(self, folder: Folder, name: str, *header: str) -> None:
        self._sink = folder.open(name)
        self._defused = 0
        self._write(tuple(map(harmless, header)))

    @property
    def rows(self) -> int:
        return self._sink.rows

    def row(self, *cells: object) -> None:
        safe = tuple(harmless(cell) if isinstance(cell, str) else str(cell) for cell in cells)
        self._defused += safe != tuple(map(str, cells))
        self._write(safe)
        self._sink.rows += 1

    def warnings(self) -> Iterator[Warned]:
        if self._defused:
            yield Warned(self._sink.name, None, APOSTROPHE, self._defused)

    def done(self) -> None:
        """Nothing more comes: the file is closed."""
        self._sink.done()

    def _write(self, cells: tuple[str, ...]) -> None:
        self._sink.write(csv_row(cells, ",", "\n").encode())


@dataclass(slots=True)
class Texts:
    """The texts of a format: cleaned, those that are empty left out, both counted."""

    file: str  # where the reader will look
    empty: int = 0
    cleaned: int = 0
    where: list[str] = field(default_factory=list)

    def of(self, record: Record) -> str:
        """What can be written of its text: « » is counted, and has to be left out."""
        text = self.clean(record.text or "", record.reference).strip()
        self.empty += not text
        return text

    def clean(self, text: str, reference: str) -> str:
        if UNSHOWN.search(text):
            self.cleaned += 1
            if len(self.where) < 20:
                self.where.append(reference)
        return legible(text)

    def warnings(self) -> Iterator[Warned]:
        if self.empty:
            yield Warned(self.file, None, NO_TEXT, self.empty)
        if self.cleaned:
            yield Warned(self.file, None, SIGNS, self.cleaned, tuple(self.where))


def title_of(record: Record, texts: Texts, longest: int = TITLE) -> str:
    """The title, or the beginning of the text, on one line."""
    written = " ".join(texts.clean(record.title or record.text or "", record.reference).split())
    if len(written) <= longest:
        return written
    head = written[: longest - 1].rpartition(" ")[0] or written[: longest - 1]
    return f"{head}…"
