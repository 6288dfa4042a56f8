"""Every format of export, in the order shown to staff: one line each."""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import ExportError
from exports.archive.writing import Archive
from exports.civic.consult import Consult
from exports.civic.decidim import Decidim
from exports.civic.grand_debat import GrandDebat
from exports.civic.polis import Polis
from exports.civic.sensemaker import Sensemaker
from exports.civic.talk_to_the_city import TalkToTheCity
from exports.fusion.sheet import Fusion
from exports.iramuteq import Iramuteq
from exports.packages import Package
from exports.refi.codebook import CodebookQdc
from exports.refi.project import RefiQda
from exports.statistics.ddi import Ddi
from exports.statistics.spss import Spss
from exports.tables.data_package import DataPackage
from exports.tables.jsonl import JsonLines
from exports.tables.machine_csv import MachineCsv
from exports.tables.parquet import Parquet
from exports.tables.spreadsheet import Spreadsheet
from exports.tables.text_tables import Tables
from exports.tables.workbook import Workbook
from exports.xlsform.form import XlsForm

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
