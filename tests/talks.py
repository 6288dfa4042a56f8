"""Conversations and turns made by hand, for the tests of the memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.model import Answer, Choice, Conversation, Event, Part, Reply, Spot, State, Turn

NOON = datetime(2022, 3, 1, 12, 30, 15, 123456, UTC)

HARD_TEXTS = (
    "Les veilles de nuit, c’est dur.\nOn est 2 pour 40.\r\n",
    "👩🏽‍⚕️ 😀 família",
    "nul\0au milieu",
    "\u202egauche à droite \u200b\u200d",
    "moitié \ud83d d'emoji",
    "é" * 10_000,
    "=1+1\t;\"'|",
    "",
)


def conversation(id: str = "c1", **changes: object) -> Conversation:
    plain = Conversation(
        id=id,
        reference=f"REF-{id}"[:40],
        guide="cese-2022",
        version="1",
        channel="web",
        started=NOON,
        at=Spot("profile"),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def words(text: str, message: str = "m1", **more: object) -> Answer:
    plain = Answer(State.ANSWERED, NOON, parts=(Part(message, text),))
    return replace(plain, **more)  # type: ignore[arg-type]


def coded(*codes: str) -> Answer:
    return Answer(State.ANSWERED, NOON, values=codes, labels=tuple(f"« {c} »" for c in codes))


def turn(talk: Conversation, *keys: str, **more: object) -> Turn:
    replies = tuple(
        Reply(key, {"name": "é\0"}, talk.at, (Choice("Oui", "profile:yes"),))
        for key in keys or ("ask",)
    )
    return replace(Turn(talk, replies, said="bonjour"), **more)  # type: ignore[arg-type]


def contribution(kind: str, round: int = 0, name: str = "contribution") -> Event:
    return Event(name, Spot("story", round), kind)
