"""The sheets of columns that staff may give out with: those of Parole, and their own."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.curated import Columns, Sheet
from bot.errors import ExportError
from desk.shell import Desk
from exports.confidentiality import Profile
from exports.fusion.export_lines import Layout, lines
from exports.fusion.mapping import Mapping as Columned
from exports.fusion.mapping_file import LARGEST, read_draft, read_mapping, ready, ready_text
from exports.fusion.mapping_table import yaml_of
from exports.fusion.sheet import DEFAULT

OUT = "out"
FIELD, FILLED = "feuille", "c|"  # of the form: the sheet, and each column to complete
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
TABLES = (".csv", ".xlsx")


@dataclass(frozen=True, slots=True)
class Offered:
    """A sheet, in the form of an export."""

    name: str
    target: str
    to_fill: tuple[tuple[str, str, str], ...]  # name of the field, of the column, what to write


@dataclass(frozen=True, slots=True)
class Listed:
    """A sheet, in the list; `problem` when Parole reads it no more."""

    columns: Columns
    ours: bool  # it came with Parole
    mapping: Columned | None = None
    problem: str = ""


def every(desk: Desk) -> Iterator[Listed]:
    """Those of Parole, then those of staff."""
    for name in sorted(ready(), key=lambda one: (one != DEFAULT, one)):
        text = ready_text(name)
        unchanged = Columns(name, text, "", desk.now().date())
        yield Listed(unchanged, True, read_draft(text, name))
    for one in desk.memory.mappings.every(OUT):
        try:
            yield Listed(one, False, read_draft(one.text, one.name))
        except ExportError as error:
            yield Listed(one, False, problem=str(error))


def one(desk: Desk, name: str) -> Listed | None:
    return next((one for one in every(desk) if one.columns.name == name), None)


def offered(desk: Desk, profile: Profile) -> list[Offered]:
    """Those that this profile may be given with."""
    return [
        Offered(one.columns.name, one.mapping.target, tuple(
            (_field(one.columns.name, n), column.name, column.hint)
            for n, column in enumerate(one.mapping.to_fill)
        ))
        for one in every(desk) if one.mapping and profile in one.mapping.profiles
    ]  # fmt: skip


def asked(desk: Desk, name: str, sent: Mapping[str, str], formats: Sequence[str]) -> Sheet | None:
    """The sheet of an export, with what staff completed. Raises ExportError."""
    if "fusion" not in formats or not name:
        return None
    found = one(desk, name)
    if found is None or found.mapping is None:
        raise ExportError(f"La feuille « {name} » n’est plus là. Choisissez-en une autre.")
    filled = {}
    for n, column in enumerate(found.mapping.to_fill):
        written = " ".join(sent.get(_field(name, n), "").split())
        if not written or len(written) > 200:
            raise ExportError(f"Complétez « {column.name} », pour la feuille « {name} ».")
        filled[column.name] = written
    read_mapping(found.columns.text, name, filled)
    return Sheet(name, found.columns.text, filled)


def brought(octets: bytes, file: str, name: str) -> tuple[str, str, Columned]:
    """The name, the YAML and the meaning of a file sent by staff. Raises ExportError."""
    name = name.strip() or _plain_name(Path(file).stem)
    if not NAME.fullmatch(name):
        raise ExportError("Donnez un nom court : des lettres sans accent, des chiffres, « - ».")
    if name in ready():
        raise ExportError(f"« {name} » est une feuille de Parole. Choisissez un autre nom.")
    if len(octets) > LARGEST:
        raise ExportError("Ce fichier est trop gros pour une feuille de colonnes.")
    kind = Path(file).suffix.lower()
    if kind in TABLES:
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / f"{name}{kind}"
            table.write_bytes(octets)
            text = yaml_of(lines(table, Layout()), name)
    else:
        try:
            text = octets.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ExportError(
                "Ce fichier n’est pas en UTF-8. Enregistrez-le à nouveau, en UTF-8."
            ) from None
    return name, text, read_draft(text, name)


def _field(sheet: str, n: int) -> str:
    return f"{FILLED}{sheet}|{n}"


def _plain_name(stem: str) -> str:
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:40].strip("-")
