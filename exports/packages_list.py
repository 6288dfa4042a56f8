"""Every format of export, in the order shown to staff: one line each."""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import ExportError
from exports.archive import Archive
from exports.codebook_qdc import CodebookQdc
from exports.consult import Consult
from exports.data_package import DataPackage
from exports.ddi import Ddi
from exports.decidim import Decidim
from exports.fusion.sheet import Fusion
from exports.grand_debat import GrandDebat
from exports.iramuteq import Iramuteq
from exports.jsonl import JsonLines
from exports.machine_csv import MachineCsv
from exports.packages import Package
from exports.parquet import Parquet
from exports.polis import Polis
from exports.refi_qda import RefiQda
from exports.sensemaker import Sensemaker
from exports.spreadsheet import Spreadsheet
from exports.spss import Spss
from exports.tables import Tables
from exports.talk_to_the_city import TalkToTheCity
from exports.workbook import Workbook
from exports.xlsform import XlsForm

PACKAGES: tuple[Package, ...] = (
    Workbook(),
    Tables(Spreadsheet()),
    Tables(MachineCsv()),
    Tables(JsonLines()),
    Archive(),
    Fusion(),
    DataPackage(),
    Parquet(),
    Spss(),
    Ddi(),
    RefiQda(),
    CodebookQdc(),
    Iramuteq(),
    Consult(),
    TalkToTheCity(),
    Sensemaker(),
    Polis(),
    GrandDebat(),
    Decidim(),
    XlsForm(),
)


def chosen(names: Iterable[str]) -> tuple[Package, ...]:
    """The formats of these names, each once, in our order. Raises ExportError."""
    wanted = set(names)
    known = {package.name: package for package in PACKAGES}
    for name in sorted(wanted - known.keys()):
        raise ExportError(f"Le format « {name} » est inconnu. Possibles : {', '.join(known)}.")
    return tuple(package for name, package in known.items() if name in wanted)
