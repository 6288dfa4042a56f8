"""Plays a transcript again: the person's lines are copied, the assistant's spoken afresh."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from nlu.understand import Understanding

from bot import engine
from bot.channels.terminal import read_line, written
from bot.guide import Guide
from bot.model import Choice, Conversation
from bot.wording import Wording, read_sentences

NOON = datetime(2022, 3, 14, 12, tzinfo=UTC)
FACTS = {
    "organiser": "l'organisateur",
    "contact": "contact@exemple.invalid",
    "privacy_url": "https://exemple.invalid/donnees",
    "emergency": "15 : urgence médicale",
    "reference": "K7QF-3M2P",
}


def wording() -> Wording:
    return Wording(read_sentences(), FACTS)


def replay(transcript: str, guide: Guide, reload=lambda talk: talk) -> str:
    """The same person's lines, answered again. `reload` stands between two turns."""
    understanding, speak = Understanding(None), wording()
    now, number = NOON, 0
    talk = Conversation("id", "K7QF-3M2P", guide.guide, guide.version, "terminal", now)
    turn = engine.start(guide, talk, now)
    offered: tuple[Choice, ...] = ()

    def spoken() -> str:
        nonlocal offered
        said = [speak.say(reply, guide) for reply in turn.replies]
        offered = tuple(choice for one in said for choice in one.choices) or offered
        return written(said, turn.events)

    head = [line for line in transcript.splitlines() if line.startswith("#")]
    out = "".join(f"{line}\n" for line in head) + spoken()
    for line in transcript.splitlines():
        if not line.startswith(">"):
            continue
        number += 1
        now += timedelta(minutes=1)
        said = read_line(line[2:], number, offered)
        heard = asyncio.run(understanding.understand(said.message))
        if said.opinion:
            heard = replace(heard, intent=said.opinion[0], confidence=said.opinion[1], exact=False)
        turn = engine.advance(guide, reload(turn.conversation), heard, now)
        out += f"{line}\n{spoken()}"
        if turn.erase:
            break
    return out
