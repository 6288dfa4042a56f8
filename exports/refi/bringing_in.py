"""Human coding comes back: each text is matched to ours, each passage is accounted for.

What is in the file = what is kept + what was there already + what is refused, with its reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from bot.curated import Code, Coding, Reading, folded
from bot.errors import CodebookError
from exports.coding.codebook_csv import is_sheet, read_sheet
from exports.leaving.recording import canonical
from exports.records import Record
from exports.refi.counting import STANDARD, place
from exports.refi.elements import Passage, Project, Text, digest
from exports.refi.reading import read, references
from exports.refi.standard import code_guid, plain, source_guid

NOT_OURS = "ce texte n'est pas une contribution d'ici"
CHANGED = "le texte n'est plus le même que le nôtre"
LINE_ENDS = (
    "les fins de ligne du texte ont été changées (CRLF ou BOM) et rien ne dit comment sa place a "
    "été comptée"
)
OUTSIDE = "le passage est vide ou sort du texte"
NO_CODE = "le thème du passage n'est pas dans le livre de codes du fichier"
OTHER = "posé sur une image, un son ou un PDF"
ON_REFUSED = "sur un passage refusé"
KNOWN_CODE = "sur un thème déjà connu, qui garde sa définition d'ici"
TOO_LONG = "la note est trop longue"
NO_TEXT = "le texte lu n'est pas une contribution d'ici, ou n'est plus le même"
LONGEST_NOTE, LONGEST_DEFINITION = 10_000, 4000  # as the memory keeps them


@dataclass(slots=True)
class Tally:
    """Everything that was in the file, and what became of it."""

    texts: int = 0
    texts_known: int = 0
    texts_other_ends: int = 0  # known, with CRLF or a BOM
    texts_refused: Counter[str] = field(default_factory=Counter)  # by reason
    codes: int = 0
    codes_new: int = 0
    renamed: list[tuple[str, str]] = field(default_factory=list)  # here, in the file
    redefined: int = 0  # known codes with another definition in the file
    passages: int = 0
    kept: int = 0
    already: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # passages, by reason
    notes: int = 0  # on passages, on codes, and those that are on nothing of ours
    notes_kept: int = 0
    notes_already: int = 0
    notes_refused: Counter[str] = field(default_factory=Counter)
    read: int = 0  # texts that a coder read with nothing to code
    read_kept: int = 0
    read_already: int = 0
    read_refused: Counter[str] = field(default_factory=Counter)
    bare: int = 0  # passages without a code: nothing to keep
    aside: Counter[str] = field(default_factory=Counter)  # elements without a home, by name
    places: list[str] = field(default_factory=list)  # references that got something

    @property
    def whole(self) -> bool:
        """Whether every text, code, passage and note is accounted for."""
        return (
            self.passages == self.kept + self.already + self.refused.total()
            and self.texts == self.texts_known + self.texts_refused.total()
            and self.notes == self.notes_kept + self.notes_already + self.notes_refused.total()
            and self.read == self.read_kept + self.read_already + self.read_refused.total()
        )


def bring_in(
    path: Path,
    records: Iterable[Record],
    codebook: Sequence[Code],
    take: Callable[[Iterable[Code]], None],
    add: Callable[[str, Sequence[Coding]], tuple[int, int]],
    keep_read: Callable[[str, Reading], bool],
    today: date,
) -> Tally:
    """Keep the codes and the codings of a file, and say what became of everything in it.

    `records` are ours as the team reads them; `take`, `add` and `keep_read` keep codes, codings
    with their notes, and readings with nothing to code. Raises CodebookError before anything is
    kept when the file or its codes cannot be.
    """
    project = Project(codes=read_sheet(path)) if is_sheet(path) else read(path)
    tally = Tally(
        texts=len(project.texts) + project.other_sources,
        codes=len(project.codes),
        passages=len(project.passages) + project.other_codings,
        notes=sum(len(one.notes) for one in project.passages)
        + sum(map(len, project.code_notes.values())) + project.lone_notes.total(),
        notes_refused=Counter(project.lone_notes),
        read=len(project.nothing),
        bare=project.bare,
        aside=project.aside,
    )  # fmt: skip
    new, ids = _codes(project, codebook, tally)
    take(new)
    tally.codes_new = len(new)
    readers: dict[str, list[str]] = defaultdict(list)
    for coder, source in project.nothing:
        readers[source].append(coder)
    for record, text, codings in _matched(project, records, ids, tally, today):
        if codings:
            _keep(record.reference, codings, add, tally)
        for coder in readers.pop(text.id, ()):
            try:
                new_one = keep_read(record.reference, Reading(coder, today))
            except CodebookError:
                tally.read_refused["cette personne y a donné un thème"] += 1
                continue
            tally.read_kept += new_one
            tally.read_already += not new_one
    tally.read_refused += Counter({NO_TEXT: sum(map(len, readers.values()))})
    return tally


def _keep(
    reference: str,
    codings: Sequence[Coding],
    add: Callable[[str, Sequence[Coding]], tuple[int, int]],
    tally: Tally,
) -> None:
    notes = sum(1 for one in codings if one.note)
    try:
        kept, noted = add(reference, codings)
    except CodebookError as error:  # the person erased it meanwhile
        tally.refused[str(error).rstrip(".")] += len(codings)
        tally.notes_refused[ON_REFUSED] += notes
        return
    tally.kept += kept
    tally.already += len(codings) - kept
    tally.notes_kept += noted
    tally.notes_already += notes - noted
    if kept or noted:
        tally.places.append(reference)


def _codes(
    project: Project, codebook: Sequence[Code], tally: Tally
) -> tuple[list[Code], Mapping[str, str]]:
    """The codes that are new here, and by code of the file, the code it is here."""
    by_guid = {code_guid(code.id).replace("-", ""): code for code in codebook}
    same = {theirs.id: by_guid[theirs.id] for theirs in project.codes if theirs.id in by_guid}
    taken = {ours.id for ours in same.values()}
    by_name = {folded(ours.name): ours for ours in codebook if ours.id not in taken}
    new: list[Code] = []
    ids: dict[str, str] = {}
    for theirs in project.codes:
        ours = same.get(theirs.id) or by_name.get(folded(theirs.name))
        notes = project.code_notes.get(theirs.id, [])
        if ours is None:
            above = ids.get(theirs.parent) if theirs.parent else None
            new.append(replace(_defined(theirs, notes, tally), parent=above))
        else:
            theirs_says = canonical(theirs.definition).strip()
            tally.redefined += bool(theirs_says) and theirs_says != ours.definition
            there = [one for one in notes if canonical(one).strip() in ours.definition]
            tally.notes_already += len(there)
            tally.notes_refused[KNOWN_CODE] += len(notes) - len(there)
            if ours.name != theirs.name:
                tally.renamed.append((ours.name, theirs.name))
        ids[theirs.id] = ours.id if ours else theirs.id
    return new, ids


def _defined(code: Code, notes: Sequence[str], tally: Tally) -> Code:
    """A new code, what was written about it added to its definition."""
    definition = code.definition
    for note in notes:
        longer = f"{definition}\n\n{canonical(note).strip()}".strip()
        if len(longer) > LONGEST_DEFINITION:
            tally.notes_refused[TOO_LONG] += 1
        else:
            definition, tally.notes_kept = longer, tally.notes_kept + 1
    return replace(code, definition=definition)


def _matched(
    project: Project,
    records: Iterable[Record],
    ids: Mapping[str, str],
    tally: Tally,
    today: date,
) -> Iterator[tuple[Record, Text, list[Coding]]]:
    passages: dict[str, list[Passage]] = defaultdict(list)
    for passage in project.passages:
        passages[passage.source].append(passage)
    by_name: dict[str, list[Text]] = defaultdict(list)
    for text in project.texts.values():
        for reference in references(text.name):
            by_name[reference].append(text)
    left = dict(project.texts)
    for record in records:
        mine = project.texts.get(source_guid(record.guide, record.reference).replace("-", ""))
        named = [one for one in by_name.get(record.reference, ()) if one is not mine]
        for text in [mine, *named] if mine else named:
            if left.pop(text.id, None) is None:
                continue
            if problem := _problem(text, record.text):
                _refuse(passages[text.id], problem, tally)
                continue
            tally.texts_known += 1
            ours = record.text or ""
            tally.texts_other_ends += text.sha256 != digest(plain(ours)[0])
            codings = []
            for passage in passages[text.id]:
                coding = _coding(project, passage, text, ours, ids, today)
                if isinstance(coding, Coding):
                    codings.append(_noted(coding, passage, tally))
                else:
                    tally.refused[coding] += 1
                    tally.notes_refused[ON_REFUSED] += len(passage.notes)
            yield record, text, codings
    for text in left.values():
        _refuse(passages[text.id], NOT_OURS, tally)
    tally.texts_refused += Counter({OTHER: project.other_sources})
    tally.refused += Counter({OTHER: project.other_codings})


def _refuse(passages: Sequence[Passage], problem: str, tally: Tally) -> None:
    tally.texts_refused[problem] += 1
    tally.refused += Counter({problem: len(passages)})
    tally.notes_refused += Counter({ON_REFUSED: sum(len(one.notes) for one in passages)})


def _problem(text: Text, ours: str | None) -> str:
    if text.problem:
        return text.problem
    mine = plain(ours or "")[0]
    same = text.sha256 == digest(mine) or text.loose == digest(mine.rstrip())
    return "" if ours and same else CHANGED


def _coding(
    project: Project, passage: Passage, text: Text, ours: str, ids: Mapping[str, str], today: date
) -> Coding | str:
    """The coding, or why it cannot be kept."""
    code = ids.get(passage.code)
    if code is None:
        return NO_CODE
    if passage.start is None or passage.end is None:
        start, end = 0, len(ours)
    else:
        raw = text.raw or plain(ours)[0]
        if not text.raw and STANDARD in project.countings:
            start, end = passage.start, passage.end
        else:
            first, last = place(raw, passage.start, passage.end, project.countings)
            if first is None:
                return LINE_ENDS if last and text.raw else OUTSIDE
            start, end = first, min(last, len(ours))
    if not 0 <= start < end <= len(ours):
        return OUTSIDE
    on = passage.on or today
    return Coding(code, start, end, passage.coder, on, "imported", ours[start:end])


def _noted(coding: Coding, passage: Passage, tally: Tally) -> Coding:
    """With what is written beside it; several notes make one, and are counted."""
    notes = [canonical(one).strip() for one in passage.notes]
    note = "\n\n".join(dict.fromkeys(one for one in notes if one))
    if len(note) > LONGEST_NOTE:
        tally.notes_refused[TOO_LONG] += len(notes)
        return coding
    tally.notes -= len(notes) - bool(note)
    return replace(coding, note=note)
