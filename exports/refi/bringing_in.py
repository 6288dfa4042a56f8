"""Human coding comes back: codes, coded passages, notes, texts read with nothing to code.

What is in the file = what is kept + what was there already + what is refused, with its reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.curated import Code, Coding, Reading, folded
from bot.errors import CodebookError
from exports.canonical import canonical
from exports.coding.codebook_csv import is_sheet, read_sheet
from exports.records import Record
from exports.refi.found import Project
from exports.refi.matching import matched
from exports.refi.naming import code_guid
from exports.refi.reading import read
from exports.refi.tally import KNOWN_CODE, NO_TEXT, ON_REFUSED, TOO_LONG, Tally

LONGEST_DEFINITION = 4000  # as the memory keeps it


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
    for record, text, codings in matched(project, records, ids, tally, today):
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
