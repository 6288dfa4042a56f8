"""Writes each event in the log: its name, its question and its conversation, never a word."""

from __future__ import annotations

import structlog

from bot.model import Event

log = structlog.get_logger("parole.journal")


async def write(event: Event, conversation: str) -> None:
    """One line at DEBUG for each event."""
    spot = str(event.spot) if event.spot else None
    log.debug(event.name, conversation=conversation[:8], spot=spot, about=event.about)
