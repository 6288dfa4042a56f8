"""Moments as staff read them, at the hour of Paris."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def at_paris(moment: datetime) -> str:
    """« 12/03/2026 à 14 h 05 »."""
    local = moment.astimezone(PARIS)
    return f"{local:%d/%m/%Y} à {local.hour}\u00a0h\u00a0{local:%M}"
