"""Plays a transcript again: the person's lines are copied, the assistant's spoken afresh."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import doors

from bot import engine
from bot.channels.terminal import read_line, written
from bot.guide import Guide
from bot.locking import digits_in
from bot.model import Answer, Choice, Conversation, Spot
from bot.wording import Wording, read_sentences
from nlu.understand import Understanding
from storage.sealing.keys import Keys
from storage.written import answer_from, codes, conversation_from, pack, state_of, unpack, words_of

GIVEN = re.compile(r"Votre référence est (?!\d{4}-7KQ2)(\S+)\.")
CHANNEL = re.compile(r"^# channel: (\w+)$", re.MULTILINE)
LATER = "… une heure plus tard"
TAG = "7KQ"  # of each conversation that another person begins
DRAWN = "citron vélo nuage lampe"  # of every return code
CODES = Keys(bytes(32))
NOON = datetime(2022, 3, 14, 12, tzinfo=UTC)
FACTS = {
    "organiser": "l'organisateur",
    "contact": "contact@exemple.invalid",
    "human": "Écrivez à contact@exemple.invalid : une personne vous répond.",
    "privacy_url": "https://exemple.invalid/donnees",
    "emergency": "15 : urgence médicale\n17 : police\n3114 : suicide\n3919 : violences",
    "reminder_when": "demain",
    "reference": "K7QF-3M2P",
}


def wording() -> Wording:
    return Wording(read_sentences(), FACTS)


def through_bytes(talk: Conversation) -> Conversation:
    """The same conversation, after a stay in the form in which it is stored."""
    row = SimpleNamespace(
        id=talk.id, reference=talk.reference, guide=talk.guide, version=talk.version,
        channel=talk.channel, at=str(talk.at) if talk.at else None,
        helped=talk.helped, helper=talk.helper,
    )  # fmt: skip
    kept = unpack(pack([_stored(spot, answer) for spot, answer in talk.answers.items()]))
    answers = {Spot.parse(one[0]): answer_from(one[:-1], one[-1]) for one in kept}
    return conversation_from(row, unpack(pack(state_of(talk))), answers)


def _stored(spot: Spot, answer: Answer) -> list[object]:
    values, labels = codes(answer.values), codes(answer.labels)
    return [
        str(spot), spot.round, answer.state.value, values, labels, answer.draft, answer.version,
        words_of(answer),
    ]  # fmt: skip


def replay(transcript: str, guide: Guide, reload=through_bytes) -> str:
    """The same person's lines, answered again. `reload` stands between two turns."""
    if "\n# doors\n" in transcript:
        return doors.replay(transcript, guide, wording(), NOON)
    understanding, speak = Understanding(None), wording()
    now, number = NOON, 0
    reference, channel = GIVEN.search(transcript), CHANNEL.search(transcript)
    talk = Conversation(
        "id",
        reference[1] if reference else "K7QF-3M2P",
        guide.guide,
        guide.version,
        channel[1] if channel else "terminal",
        now,
    )
    turn, first = engine.start(guide, talk, now), talk
    offered: tuple[Choice, ...] = ()

    def spoken() -> str:
        nonlocal offered
        said = [speak.say(reply, guide) for reply in turn.aloud]
        offered = tuple(choice for one in said for choice in one.choices) or offered
        return written(said, turn.events)

    head = [line for line in transcript.splitlines() if line.startswith("#")]
    out = "".join(f"{line}\n" for line in head) + spoken()
    for line in transcript.splitlines():
        if line == LATER:
            now += timedelta(hours=1)
            out += f"{line}\n"
        if not line.startswith(">"):
            continue
        number += 1
        now += timedelta(minutes=1)
        said = read_line(line[2:], number, offered)
        heard = asyncio.run(understanding.understand(said.message))
        heard = replace(heard, sound=said.message.sound, hears=said.message.hears)
        if said.opinion:
            heard = replace(heard, intent=said.opinion[0], confidence=said.opinion[1], exact=False)
        talk = reload(turn.conversation)
        if digits := digits_in(heard.text):
            heard = replace(heard, code=CODES.code(talk.id, digits))
        heard = replace(heard, drawn=DRAWN)
        turn = engine.advance(guide, talk, heard, now)
        if turn.hands_over is not None:
            drawn = f"{number:04}-{TAG}2"
            new = replace(first, id=f"id{number}", reference=drawn, started=now, tag=TAG)
            turn = engine.follow(guide, new, turn, now)
        out += f"{line}\n{spoken()}"
        if turn.erase:
            break
    return out
