"""The words on a button, typed instead of touched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from bot import danger
from bot.afterwards import ANOTHER, possible
from bot.asking import ask, asked
from bot.choosing import exact_option
from bot.flow import Scene, at_the_end, confirmation
from bot.model import Choice
from bot.pauses import ways_on
from bot.plain import fold
from bot.wording import read_sentences, spelled


def button_typed(scene: Scene) -> str | None:
    """The value of the button whose words, all of them, are the text; None without one.

    The options of the question are left to its reader, which keeps the words typed as well.
    """
    guide, talk, said = scene.guide, scene.talk, fold(scene.heard.text)
    if not said:
        return None
    if talk.pending == danger.WAITING:
        if said == fold(_sentences()["button.danger.erase"]):
            return f"?{danger.WAITING}:erase"
        return _find(danger.ways(talk.opening), said)
    if talk.pending and (found := _find(_confirming(talk.pending), said)):
        return found
    if talk.at is not None and exact_option(asked(guide, talk, talk.at).offered, said):
        return None
    return _find(_offered(scene), said)


def _confirming(pending: str) -> Iterator[Choice]:
    for choice in confirmation(pending):
        yield choice
        if pending.startswith("meant:"):  # asked in a closed question, it says « Oui » or « Non »
            yield Choice(f"@{choice.value.rpartition(':')[2]}", choice.value)


def _offered(scene: Scene) -> Iterator[Choice]:
    talk = scene.talk
    yield Choice("@danger.see", ":!distress_self")
    if talk.paused:
        yield from ways_on()
    if talk.at is None:
        yield from at_the_end(scene)
        if possible(scene):
            yield ANOTHER
    else:
        yield from (c for c in ask(scene.guide, talk).choices if ":!" in c.value)


def _find(choices: Iterable[Choice], said: str) -> str | None:
    return next((c.value for c in choices if fold(spelled(_sentences(), c.label)) == said), None)


@cache
def _sentences() -> dict[str, str]:
    return read_sentences()
