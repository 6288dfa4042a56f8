"""For a person who writes in another language: one sentence in theirs, and two ways out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from bot.flow import Scene
from bot.guide import Department
from bot.model import Choice, Event, Reply, Turn

FRENCH = "fr"
MUCH_LATER = timedelta(hours=1)
WAYS_OUT = (Choice("@stop", ":!stop"), Choice("@delete_my_data", ":!delete_my_data"))


def told_first(scene: Scene, turn: Turn, *, silent: bool = False) -> Turn:
    """The turn, begun by one sentence in the language of the words that were typed.

    Once per language and conversation; again when a question is not understood much later. Only
    while something is asked, since it is about the questions; never of the name of a place, which
    may be of any language (« L'Haÿ-les-Roses »). Starting afresh forgets it. In the silence after a
    danger (`silent`), without its ways out: those of the silence are there.
    """
    talk = turn.conversation
    if turn.afresh:
        talk = replace(talk, told_in={})
        turn = replace(turn, conversation=talk)
    code = scene.heard.language
    if code is None or code == FRENCH or talk.at is None or turn.erase or _a_place(scene, turn):
        return turn
    last = talk.told_in.get(code)
    if last and not (_refused(turn.events) and scene.now - last >= MUCH_LATER):
        return turn
    told = replace(talk, told_in={**talk.told_in, code: scene.now})
    said = Reply("language", {"language": code}, choices=() if silent else WAYS_OUT)
    return replace(turn, conversation=told, replies=(said, *turn.replies))


def _a_place(scene: Scene, turn: Turn) -> bool:
    at = scene.talk.at
    read = any(event.name == "answered" and event.spot == at for event in turn.events)
    return at is not None and read and isinstance(scene.guide.step(at), Department)


def _refused(events: Iterable[Event]) -> bool:
    return any(event.name == "refusal" for event in events)
