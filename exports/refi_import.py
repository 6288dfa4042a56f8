"""Human coding comes back: each text is matched to ours, each passage is accounted for.

What is in the file = what is kept + what was there already + what is refused, with its reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from bot.curated import Code, Coding, folded
from bot.errors import CodebookError
from exports.records import Record
from exports.refi import code_guid, plain, source_guid
from exports.refi_reading import Passage, Project, Text, digest, read, references

NOT_OURS = "ce texte n'est pas une contribution d'ici"
CHANGED = "le texte n'est plus le même que le nôtre"
LINE_ENDS = (
    "les fins de ligne du texte ont été changées (CRLF ou BOM) : les places ne sont plus sûres"
)
OUTSIDE = "le passage est vide ou sort du texte"
NO_CODE = "le thème du passage n'est pas dans le livre de codes du fichier"
OTHER = "posé sur une image, un son ou un PDF"


@dataclass(slots=True)
class Tally:
    """Everything that was in the file, and what became of it."""

    texts: int = 0
    texts_known: int = 0
    texts_refused: Counter[str] = field(default_factory=Counter)  # by reason
    codes: int = 0
    codes_new: int = 0
    renamed: list[tuple[str, str]] = field(default_factory=list)  # here, in the file
    passages: int = 0
    kept: int = 0
    already: int = 0
    refused: Counter[str] = field(default_factory=Counter)  # passages, by reason
    bare: int = 0  # passages without a code: nothing to keep
    places: list[str] = field(default_factory=list)  # references that got something

    @property
    def whole(self) -> bool:
        """Whether every text, code and passage is accounted for."""
        return (
            self.passages == self.kept + self.already + self.refused.total()
            and self.texts == self.texts_known + self.texts_refused.total()
        )


def bring_in(
    path: Path,
    records: Iterable[Record],
    codebook: Sequence[Code],
    take: Callable[[Iterable[Code]], None],
    add: Callable[[str, Sequence[Coding]], int],
    today: date,
) -> Tally:
    """Keep the codes and the codings of a file, and say what became of everything in it.

    `records` are ours as the team reads them; `take` and `add` keep codes and codings. Raises
    CodebookError before anything is kept when the file or its codes cannot be.
    """
    project = read(path)
    tally = Tally(
        texts=len(project.texts) + project.other_sources,
        codes=len(project.codes),
        passages=len(project.passages) + project.other_codings,
        bare=project.bare,
    )
    new, ids = _codes(project, codebook, tally)
    take(new)
    tally.codes_new = len(new)
    for reference, codings in _matched(project, records, ids, tally, today):
        try:
            kept = add(reference, codings)
        except CodebookError as error:  # the person erased it meanwhile
            tally.refused[str(error).rstrip(".")] += len(codings)
            continue
        tally.kept += kept
        tally.already += len(codings) - kept
        if kept:
            tally.places.append(reference)
    return tally


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
        if ours is None:
            above = ids.get(theirs.parent) if theirs.parent else None
            new.append(replace(theirs, parent=above))
        elif ours.name != theirs.name:
            tally.renamed.append((ours.name, theirs.name))
        ids[theirs.id] = ours.id if ours else theirs.id
    return new, ids


def _matched(
    project: Project,
    records: Iterable[Record],
    ids: Mapping[str, str],
    tally: Tally,
    today: date,
) -> Iterator[tuple[str, list[Coding]]]:
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
        found = [mine, *named] if mine else named
        codings: list[Coding] = []
        for text in found:
            if left.pop(text.id, None) is None:
                continue
            if problem := _problem(text, record.text):
                tally.texts_refused[problem] += 1
                tally.refused[problem] += len(passages[text.id])
                continue
            tally.texts_known += 1
            for passage in passages[text.id]:
                coding = _coding(passage, record.text or "", ids, today)
                if isinstance(coding, Coding):
                    codings.append(coding)
                else:
                    tally.refused[coding] += 1
        if codings:
            yield record.reference, codings
    for text in left.values():
        tally.texts_refused[NOT_OURS] += 1
        tally.refused[NOT_OURS] += len(passages[text.id])
    tally.texts_refused[OTHER] += project.other_sources
    tally.refused[OTHER] += project.other_codings


def _problem(text: Text, ours: str | None) -> str:
    if text.problem:
        return text.problem
    mine = digest(plain(ours or "")[0])
    if ours and text.sha256 == mine:
        return ""
    return LINE_ENDS if ours and text.loose == mine else CHANGED


def _coding(passage: Passage, text: str, ids: Mapping[str, str], today: date) -> Coding | str:
    """The coding, or why it cannot be kept."""
    code = ids.get(passage.code)
    if code is None:
        return NO_CODE
    start, end = (
        (0, len(text)) if passage.start is None or passage.end is None
        else (passage.start, passage.end)
    )  # fmt: skip
    if not 0 <= start < end <= len(text):
        return OUTSIDE
    on = passage.on or today
    return Coding(code, start, end, passage.coder, on, "imported", text[start:end])


def lines(tally: Tally) -> Iterator[str]:
    """What became of everything, in French, one fact a line."""
    yield f"Thèmes : {tally.codes} dans le fichier, dont {tally.codes_new} nouveaux ici."
    for ours, theirs in tally.renamed:
        yield f"Thème « {theirs} » du fichier : il garde ici son nom, « {ours} »."
    yield f"Textes : {tally.texts} dans le fichier, {tally.texts_known} reconnus."
    for reason, count in sorted(tally.texts_refused.items()):
        if count:
            yield f"  refusés : {count}, {reason}."
    yield (
        f"Passages codés : {tally.passages} dans le fichier, {tally.kept} gardés, "
        f"{tally.already} déjà là."
    )
    for reason, count in sorted(tally.refused.items()):
        if count:
            yield f"  refusés : {count}, {reason}."
    if tally.bare:
        yield f"Passages sans thème, rien à garder : {tally.bare}."
