"""What a mapping will do, said in French before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Names

from exports.confidentiality import FIELDS, Profile, Rule
from exports.fusion.cells import Refused
from exports.fusion.mapping import Column, Mapping
from exports.fusion.sheet import Lines
from exports.fusion.sources import field_of
from exports.records import Record
from exports.runs import CONTRIBUTIONS

SHOWN = 3  # lines shown in full
LONGEST = 80  # of a cell shown


def said(mapping: Mapping, profile: Profile) -> Iterator[str]:
    """The shape of the file, then each column."""
    yield f"Cible : {mapping.target}"
    number = f"{mapping.rows} lignes au plus par fichier" if mapping.rows else "un seul fichier"
    bom = ", avec une marque pour Excel" if mapping.bom and mapping.encoding == "utf-8" else ""
    yield (
        f"Fichier : {mapping.file}.csv, {number}, séparateur « {mapping.separator} », "
        f"{mapping.encoding}{bom}, fin de ligne {mapping.line_end.upper()}"
    )
    yield f"Profils permis : {', '.join(mapping.profiles)}. Montré ici : {profile}."
    if mapping.publishes:
        yield "Attention : la cible publie ce qu'elle reçoit."
    if mapping.kind:
        yield f"Seulement : {CONTRIBUTIONS[mapping.kind].lower()}s."
    yield f"Emojis : {'retirés et comptés' if mapping.emojis == 'retirer' else 'gardés'}."
    yield (
        "Formules : une apostrophe est mise devant."
        if mapping.formulas == "neutraliser"
        else "Formules : laissées. N'ouvrez pas le fichier dans un tableur."
    )
    if mapping.unlike:
        what = "numérotées" if mapping.twice == "numeroter" else "refusées"
        yield f"Lignes avec les mêmes {' + '.join(mapping.unlike)} : {what}."
    yield "Colonnes :"
    for n, column in enumerate(mapping.columns, start=1):
        yield f"  {n:>2}. {column.name} ← {_of(column, profile)}"


def _of(column: Column, profile: Profile) -> str:
    if column.constant is not None:
        return f"toujours « {column.constant} »" if column.constant else "toujours vide"
    parts = [" ou, si c'est vide, ".join(column.paths)]
    if column.values:
        parts.append(", ".join(f"{a} → {b}" for a, b in column.values.items()))
    if column.breaks != "garder":
        parts.append("retours à la ligne → " + ("espace" if column.breaks == "espace" else "<br>"))
    if column.html:
        parts.append("écrit pour du HTML")
    if column.longest:
        what = {"couper": "coupé", "refuser": "refusé", "garder": "gardé"}[column.too_long]
        parts.append(f"{column.longest} signes, au-delà : {what}")
    if column.required:
        parts.append("obligatoire")
    if all(FIELDS[field_of(path)].rule(profile) is Rule.WITHHELD for path in column.paths):
        parts.append(f"VIDE dans le profil {profile}")
    return " ; ".join(parts)


def tried(mapping: Mapping, records: Iterable[Record], themes: Names[str, str]) -> Iterator[str]:
    """The first lines, then how many would be taken, changed or refused, and why."""
    lines, taken = Lines(mapping, themes), 0
    refused: Counter[str] = Counter()
    for record in records:
        try:
            cells = lines.line(record)
        except Refused as why:
            refused[why.why if why.why.startswith("«") else "déjà dans le fichier"] += 1
            continue
        if cells is None:
            continue
        taken += 1
        if taken <= SHOWN:
            yield f"Ligne {taken} :"
            for column, cell in zip(mapping.columns, cells, strict=True):
                shown = cell.replace("\n", "⏎")
                yield f"  {column.name} : {shown[:LONGEST]}{'…' if len(shown) > LONGEST else ''}"
    yield f"Lignes acceptées : {taken}. Refusées : {refused.total()}."
    for reason, count in sorted(refused.items()):
        yield f"  refusées, {reason} : {count}"
    if lines.others:
        yield f"  d'une autre sorte, absentes : {lines.others}"
    for (name, what), count in sorted(lines.losses.counts.items()):
        yield f"  {name} : {what} ({count})"
