"""Voice messages for the people who listen: the files, and the table where they write the words."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from bot.errors import ExportError
from bot.model import Part, Participation, Recording
from exports.code_names import ORIGINS

TABLE = "a-transcrire.csv"
HEADERS = (
    "fichier", "participation", "question", "tour", "secondes", "recu_le", "etat", "texte",
)  # fmt: skip
SUFFIXES = {"audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/x-m4a": "m4a", "audio/aac": "aac",
            "audio/wav": "wav", "audio/x-wav": "wav", "audio/flac": "flac"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """A line that came back from the people who listen."""

    file: str
    reference: str
    number: int
    words: str


def write(
    out: Path,
    recordings: Iterable[Recording],
    participations: Iterable[Participation],
    *,
    every: bool = False,
) -> int:
    """Put the messages without words, or `every` message, in an empty folder: how many.

    Raises ExportError.
    """
    parts = {
        (one.conversation.id, part.message): part
        for one in participations
        for answer in one.conversation.answers.values()
        for part in answer.parts
        if part.origin
    }
    lines: list[tuple[object, ...]] = []
    try:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(out.iterdir()):
            raise ExportError(f"Le dossier « {out} » n'est pas vide. Choisissez-en un autre.")
        for one in recordings:
            part = parts.get((one.conversation, one.voice.message))
            if part is not None and (every or part.origin == "voice"):
                (out / file_name(one)).write_bytes(one.voice.sound.octets)
                lines.append(_line(one, part))
        (out / TABLE).write_text(_table(lines), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise ExportError(
            f"Le dossier « {out} » n'a pas pu être rempli (code {error.errno})."
        ) from error
    return len(lines)


def file_name(one: Recording) -> str:
    """« K7QF-3M2P-12.ogg »: the reference of the participation, and the number of the message."""
    return f"{one.reference}-{one.number}.{SUFFIXES.get(one.voice.sound.kind, 'ogg')}"


def _line(one: Recording, part: Part) -> tuple[object, ...]:
    spot, origin = one.voice.spot, part.origin or ""
    return (file_name(one), one.reference, spot.step, spot.round, one.voice.sound.seconds,
            one.received_on.isoformat(), ORIGINS[origin], "")  # fmt: skip


def _table(lines: Iterable[Iterable[object]]) -> str:
    written = StringIO(newline="")
    table = csv.writer(written, delimiter=";", lineterminator="\r\n")
    table.writerow(HEADERS)
    table.writerows(lines)
    return written.getvalue()


def read(file: Path) -> Iterator[Written]:
    """The lines of a table that somebody filled, those without words left out.

    Raises ExportError.
    """
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise ExportError(f"Le fichier « {file} » ne se lit pas (code {error.errno}).") from error
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = octets.decode("cp1252", "replace")  # as a spreadsheet saves « CSV » on Windows
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    table = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter)
    if not {"fichier", "texte"} <= set(table.fieldnames or ()):
        raise ExportError(f"« {file} » doit avoir les colonnes « fichier » et « texte ».")
    for line in table:
        words = (line["texte"] or "").strip()
        if words:
            name = (line["fichier"] or "").strip()
            reference, _, number = name.partition(".")[0].rpartition("-")
            if not reference or not (number.isascii() and number.isdigit()):
                raise ExportError(
                    f"« {file} », ligne {table.line_num} : ce nom de fichier n'est pas des nôtres. "
                    "Remettez celui du tableau."
                )
            yield Written(name, reference, int(number), words)
