"""`talk-to-the-city`: its CSV, in files small enough, without what its filter refuses.

One cell that its filter takes for an attack has the whole file refused: such signs are pulled
apart, and counted. A file has at most 150 KB and 10 000 lines, a comment 10 000 signs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from exports.civic.plain import Plain, Texts
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.source import Leaving
from exports.tables.formats import csv_row
from exports.tables.spreadsheet import harmless as in_a_spreadsheet

BYTES, ROWS, SIGNS = 150 * 1024, 9_990, 5_000  # its limits, with room; 5 000 is its advice
HEADER = ("id", "interview", "comment")
OTHER = "autre"
# What the filter looks for, and the same words with a sign between.
APART: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(dde)(\s*)(?=\()", re.IGNORECASE), r"\1 -\2"),
    (re.compile(r"(cmd\s*)(?=\|)", re.IGNORECASE), r"\1/"),
    (re.compile(r"(power)(?=shell)", re.IGNORECASE), r"\1 "),
    (re.compile(r"((?:java|vb)script|data)(?=:)", re.IGNORECASE), r"\1 "),
    (re.compile(r"<(?=script)", re.IGNORECASE), "< "),
    (re.compile("\ufffd"), "?"),
    (re.compile(r"([\",])\1{20,}"), r"\1\1\1"),
)
PULLED = "Signes que l'outil ou un tableur croirait dangereux, écrits autrement."
SPLIT = f"Textes de plus de {SIGNS} signes, donnés en plusieurs lignes (« ~2 »…)."


class TalkToTheCity:
    """One file for each topic, or several when it is long."""

    name = "talk-to-the-city"
    title = "Talk to the City"
    profiles = tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,  # noqa: ARG002 - all is in the records
        profile: Profile,  # noqa: ARG002
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        files: dict[str, _Topic] = {}
        texts, pulled, split = Texts("*.csv"), list[str](), 0
        for count, record in enumerate(records(), start=1):
            progress(count)
            text = " ".join(texts.of(record).split())
            if not text:
                continue
            safe = apart(text)
            if harmless(text) != text:
                pulled.append(record.reference)
            topic = record.topic[0].code if record.topic and record.topic[0].code else OTHER
            file = files.setdefault(topic, _Topic(folder, topic))
            its = list(pieces(safe))
            split += len(its) > 1
            for n, piece in enumerate(its, start=1):
                id = record.reference if n == 1 else f"{record.reference}~{n}"
                file.row(id, record.participation, apart(piece))
        if not files:
            Plain(folder, f"{OTHER}-01.csv", *HEADER)
        yield from texts.warnings()
        if pulled:
            yield Warned("*.csv", "comment", PULLED, len(pulled), tuple(pulled[:20]))
        if split:
            yield Warned("*.csv", "comment", SPLIT, split)


def harmless(text: str) -> str:
    """The text without what the filter refuses; reads the same to a person."""
    return in_a_spreadsheet(apart(text))


def apart(text: str) -> str:
    """The text without what the filter looks for, formulas left aside."""
    for pattern, instead in APART:
        text = pattern.sub(instead, text)
    return text


def pieces(text: str) -> Iterator[str]:
    """The text in pieces of a length that the tool likes, cut at spaces."""
    while len(text) > SIGNS:
        cut = text.rfind(" ", SIGNS // 2, SIGNS)
        cut = SIGNS if cut < 0 else cut
        yield text[:cut]
        text = text[cut:].lstrip()
    yield text


class _Topic:
    """The files of one topic."""

    def __init__(self, folder: Folder, topic: str) -> None:
        self._folder, self._topic = folder, topic
        self._number, self._size = 0, 0
        self._file: Plain | None = None

    def row(self, *cells: str) -> None:
        size = len(csv_row(map(in_a_spreadsheet, cells), ",", "\n").encode())
        if self._file is None or self._file.rows >= ROWS or self._size + size > BYTES:
            self._number += 1
            if self._file is not None:
                self._file.done()
            name = f"{re.sub('[^a-z0-9_-]', '_', self._topic)}-{self._number:02d}.csv"
            self._file = Plain(self._folder, name, *HEADER)
            self._size = len(csv_row(HEADER, ",", "\n"))
        self._file.row(*cells)
        self._size += size
