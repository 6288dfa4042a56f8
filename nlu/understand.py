"""The order of attempts: buttons and exact commands, then Rasa, then the words as they are."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.errors import UnderstandingError
from bot.model import Entity, Heard, Message
from nlu import commands, distress, personal, profile, untrained
from nlu.gazetteers import certain, located, places
from nlu.language import language
from nlu.rasa import NOTHING, Parsed, Rasa
from nlu.sentences import sentences
from nlu.spelling import spelled
from nlu.words import has_words, plain

PLACE_WORDS = 8  # a longer text is a contribution: a town in it answers nothing else
MOST_PLACE_WORDS = 40  # nor, in a longer one still, where we ask for a place
DOUBTFUL = 0.2  # too little for anything to follow, or to be asked
TORN = re.compile(r"(?=.*\b(?:oui|ouais|ok|d accord)\b)(?=.*\b(?:non|nan)\b)")


class Understanding:
    """Implements `bot.ports.Understander`. Without Rasa it knows the exact words and the places."""

    def __init__(self, rasa: Rasa | None = None) -> None:
        self._rasa = rasa

    async def understand(self, message: Message) -> Heard:
        """What the message means; never raises, at worst its words as they are."""
        heard = Heard(message.id, edits=message.edits)
        if message.choice is not None:
            return replace(heard, choice=message.choice, entities=_pressed(message.choice))
        respelled = spelled(message.text)
        heard = replace(heard, text=message.text, spelled=respelled, media=message.media)
        if message.media is not None:
            heard = replace(heard, masked=without_names(message.text))
            return _heeded(replace(heard, language=language(message.text)))
        if command := commands.find(message.text) or commands.find(respelled):
            return replace(
                heard,
                intent=command.intent,
                confidence=1.0,
                exact=True,
                entities=command.entities,
            )
        if not has_words(message.text):
            return heard
        parsed = await self._parse(message.text)
        if untrained.asks_who_reads(message.text):
            parsed = Parsed("ask_privacy", untrained.SURELY, parsed.entities)
        words = message.text.split()
        told = profile.read(message.text)
        loose = places.find(message.text) if len(words) <= PLACE_WORDS else ()
        named = _surest(message.text, loose, told) or _in_sentence(message.text, len(words))
        return _heeded(
            replace(
                heard,
                intent=parsed.intent,
                confidence=parsed.confidence,
                ranking=parsed.ranking,
                entities=_once(named, _not_jobs(parsed), told),
                language=language(message.text),
                masked=without_names(message.text),
            )
        )

    async def _parse(self, text: str) -> Parsed:
        if self._rasa is None or _torn(text) or text.lstrip().startswith("/"):
            return NOTHING
        try:
            return await self._rasa.parse(text)
        except UnderstandingError:
            return NOTHING


def warm() -> None:
    """Read the lists now (half a second), so that nobody waits for them."""
    text = "je suis bien dans mon travail à Lille"
    distress.signal(text)
    places.find(text)
    profile.read(text)
    language(text)


def _pressed(choice: str) -> tuple[Entity, ...]:
    """The department that a pressed button stands for, when its code is one's."""
    code = choice.rpartition(":")[2].upper()
    label = places.load().labels.get(code)
    return (Entity("department", code, label, code, 0, len(code)),) if label else ()


def _heeded(heard: Heard) -> Heard:
    """With a danger that the words tell; without one that the model alone has imagined."""
    said = tuple(sentences(heard.text))
    if who := distress.told(said, heard.intent, heard.confidence):
        intent = next(name for name, whose in distress.INTENTS.items() if whose == who)
        alone = not distress.worded(said)
        return replace(heard, intent=intent, confidence=1.0, alone=alone)
    if heard.intent in distress.INTENTS:
        return replace(heard, confidence=min(heard.confidence, DOUBTFUL))
    return heard


def without_names(text: str) -> str | None:
    """The text without what points to a person; None when nothing does."""
    found = personal.find(text)
    return personal.masked(text, found) if found else None


def _in_sentence(text: str, length: int) -> tuple[Entity, ...]:
    """The places of a sentence, believed only where a place is asked for."""
    if not PLACE_WORDS < length <= MOST_PLACE_WORDS:
        return ()
    found = places.find(text) or located.find(text, _nothing_taken, work=False)
    return tuple(replace(one, sure=False) for one in found)


def _nothing_taken(*_: int) -> bool:
    return False


def _surest(text: str, loose: tuple[Entity, ...], told: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """The departments read with what else is said if they are sure, else all that may be one."""
    strict = certain.marked(text, (one for one in told if one.kind == "department"), told)
    loose = certain.marked(text, loose, told)
    return strict if strict and all(one.sure for one in strict) else loose or strict


def _not_jobs(parsed: Parsed) -> tuple[Entity, ...]:
    """The model's names; whose job it is, only the profile knows."""
    return tuple(entity for entity in parsed.entities if entity.kind != "job")


def _once(places: tuple[Entity, ...], *more: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """All of them, each kind and value once; the places come from their own reading only."""
    kept = {(one.kind, one.value): one for one in places}
    for one in (one for some in more for one in some):
        if one.kind != "department":
            kept.setdefault((one.kind, one.value), one)
    return tuple(kept.values())


def _torn(text: str) -> bool:
    """« Oui non » : both at once is neither."""
    words = plain(text)
    return len(words) <= 20 and TORN.match(words) is not None
