"""What a mapping will do, said in French before anything is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Names

from exports.code_names import CONTRIBUTIONS
from exports.confidentiality import FIELDS, Profile, Rule
from exports.fusion.mapping import Column, Mapping
from exports.fusion.precheck import checked
from exports.fusion.sources import field_of
from exports.records import Record

LONGEST = 80  # of a cell shown
FEW = 3  # references told


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
        yield f"  {n:>2}. {column.name} ← {of_column(column, profile)}"


def of_column(column: Column, profile: Profile) -> str:
    """Where the cells of a column come from, and what is done to them."""
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


def tried(mapping: Mapping, profile: Profile, records: Iterable[Record],
          themes: Names[str, str]) -> Iterator[str]:  # fmt: skip
    """The first lines, then how many would be taken, changed or refused, why, and what to do."""
    found = checked(mapping, profile, records, themes)
    for n, cells in enumerate(found.first, start=1):
        yield f"Ligne {n} :"
        for name, cell in zip(found.heads, cells, strict=True):
            shown = cell.replace("\n", "⏎")
            yield f"  {name} : {shown[:LONGEST]}{'…' if len(shown) > LONGEST else ''}"
    files = f", en {found.files} fichiers" if found.files > 1 else ""
    yield f"Lignes acceptées : {found.lines}{files}. Refusées : {found.not_taken}."
    for one in found.refused:
        yield f"  refusées, {one.what} : {one.count} ({_some(one.where)}). {one.to_do}"
    if found.others:
        yield f"  d'une autre sorte, absentes : {found.others}"
    for one in found.changed:
        where = f" ({_some(one.where)})" if one.where else ""
        yield f"  {one.column} : {one.what} : {one.count}{where}. {one.to_do}"


def _some(where: Sequence[str]) -> str:
    return ", ".join(where[:FEW]) + "…" * (len(where) > FEW)
