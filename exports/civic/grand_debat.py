"""`grand-debat`: a CSV with the columns of the open files of the Grand Débat national.

Those files also gave the post code of each author: with an author id, it points at a person. Ours
never has it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from io import StringIO

from bot.curated import Decision
from bot.guide import Guide
from exports.civic.plain import APOSTROPHE, Texts
from exports.columns import Coded
from exports.confidentiality import Profile
from exports.folder import Folder
from exports.manifest import Warned
from exports.records import Record
from exports.source import Leaving
from exports.tables.spreadsheet import harmless
from exports.vocabulary import Question, by_name, leaving

FIXED = (
    "id", "reference", "title", "createdAt", "publishedAt", "updatedAt", "trashed",
    "trashedStatus", "authorId", "authorType",
)  # fmt: skip
UNKNOWN = "Colonne vide : Parole ne garde pas cette information."
WORDLESS = "Contributions sans texte : leur case est vide."
Cell = Callable[[Record], Iterable[Coded]]


class GrandDebat:
    """One file for each guide; a column for each question, named with its id and its title."""

    name, title, profiles = "grand-debat", "CSV façon Grand Débat", tuple(Profile)

    def write(
        self,
        folder: Folder,
        source: Leaving,
        profile: Profile,
        records: Callable[[], Iterator[Record]],
        progress: Callable[[int], None],
    ) -> Iterator[Warned]:
        asked = leaving(source.guides.values(), profile)
        names = by_name(source.guides.values())
        columns = {name: _columns(its, asked) for name, its in names.items()}
        sinks = {name: folder.open(f"{name}.csv") for name in columns}
        for name, sink in sinks.items():
            sink.write(_line((*FIXED, *columns[name])))
        texts, wordless, defused = Texts("*.csv"), 0, 0
        for count, record in enumerate(records(), start=1):
            cells = [
                _flat(texts, record, (one.label for one in cell(record)))
                for cell in columns[record.guide].values()
            ]
            wordless += record.text is None
            cells = [*_fixed(texts, record), *cells]
            safe = [harmless(cell) for cell in cells]
            defused += safe != cells
            sinks[record.guide].write(_line(safe))
            sinks[record.guide].rows += 1
            progress(count)
        yield from texts.warnings()
        if defused:
            yield Warned("*.csv", None, APOSTROPHE, defused)
        if wordless:
            yield Warned("*.csv", None, WORDLESS, wordless)
        for column in ("publishedAt", "updatedAt", "authorType"):
            yield Warned("*.csv", column, UNKNOWN, 1)


def _columns(versions: Iterable[Guide], asked: Iterable[Question]) -> dict[str, Cell]:
    """By header: the text, the topic and the public of each kind, then the profile."""
    found: dict[str, Cell] = {}
    name = ""
    for guide in versions:
        name = guide.guide
        for of in (of for section in guide.sections for of in section.contributions):
            for step, role in ((of.text, "text"), (of.topic, "topic"), (of.public, "public")):
                if step is not None:
                    title = guide.steps[step].name or guide.steps[step].question
                    found[_header(step, title)] = _of(of.kind, role)
    for question in asked:
        if question.guide == name:
            found[_header(question.step, question.title)] = _profile(question.step)
    return found


def _header(step: str, title: str) -> str:
    return f"Q{step} - {' '.join(title.split())}"


def _of(kind: str, role: str) -> Cell:
    def cell(record: Record) -> Iterable[Coded]:
        if record.kind.code != kind:
            return ()
        value = getattr(record, role)
        return ((Coded("", value),) if value else ()) if role == "text" else value

    return cell


def _profile(step: str) -> Cell:
    return lambda record: record.profile.get(step, ())


def _fixed(texts: Texts, record: Record) -> Iterator[str]:
    binned = record.decision is Decision.BINNED
    yield from (record.reference, record.reference)
    yield _flat(texts, record, (record.title or "",))
    yield record.made_on.isoformat() if record.made_on else ""
    yield from ("", "", "true" if binned else "false", "INVISIBLE" if binned else "")
    yield from (record.participation, "")


def _flat(texts: Texts, record: Record, values: Iterable[str]) -> str:
    """On one line, several choices separated as in those files."""
    return "|".join(" ".join(texts.clean(one, record.reference).split()) for one in values)


def _line(cells: Iterable[str]) -> bytes:
    out = StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()
