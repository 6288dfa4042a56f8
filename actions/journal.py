"""Writes each event in the log: its name, its question and its conversation, never a word."""

from __future__ import annotations

import structlog

from bot.model import Event

log = structlog.get_logger("parole.journal")


async def asked(event: Event, conversation: str) -> None:
    """One line, whatever the level: what staff did at somebody's request."""
    log.warning(event.name, conversation=conversation[:8], about=event.about)


async def write(event: Event, conversation: str) -> None:
    """One line at DEBUG for each event."""
    spot = str(event.spot) if event.spot else None
    log.debug(event.name, conversation=conversation[:8], spot=spot, about=event.about)
