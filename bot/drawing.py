"""Drawn at random for a conversation: id, reference, tag, return code, the mark of a helper."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from bot.four_words import drawn
from bot.guide import Guide
from bot.model import Conversation, Turn
from bot.ports import Held

DRAWING = secrets.SystemRandom()
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no look-alikes: neither 0 nor O, 1, I nor L


def new_conversation(guide: Guide, channel: str, origin: str | None, now: datetime) -> Conversation:
    return Conversation(
        id=secrets.token_hex(16),
        reference=new_reference(),
        guide=guide.guide,
        version=guide.version,
        channel=channel,
        started=now,
        origin=origin,
    )


def in_session(turn: Turn) -> Turn:
    """Those who come through one helper share a random mark, which says nothing of the helper."""
    talk = turn.conversation
    if (talk.helped == "by_helper") == (talk.helper is not None):
        return turn
    helper = secrets.token_hex(8) if talk.helper is None else None
    return replace(turn, conversation=replace(talk, helper=helper))


def new_tag() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(3))


def new_reference() -> str:
    """A reference to read over the phone, such as "K7QF-3M2P"."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def tag_here(held: Held) -> str:
    """Of a conversation that arrives: empty where no button of another one can be shown."""
    return new_tag() if held.conversation or held.shared or held.moved else ""


def four_words() -> str:
    """A return code, should one be asked for."""
    return drawn(DRAWING.sample)
