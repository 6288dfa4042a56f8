"""Every format of export, in the order shown to staff."""

from __future__ import annotations

from exports.packages import Package

PACKAGES: tuple[Package, ...] = ()
