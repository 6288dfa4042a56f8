"""Every format of export, in the order shown to staff."""

from __future__ import annotations

from exports.codebook_qdc import CodebookQdc
from exports.iramuteq import Iramuteq
from exports.packages import Package
from exports.refi_qda import RefiQda

PACKAGES: tuple[Package, ...] = (
    RefiQda(),
    CodebookQdc(),
    Iramuteq(),
)
