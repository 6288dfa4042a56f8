"""One message of a text is taken out: a person who wrote several need not write all of it again."""

from __future__ import annotations

import zlib
from dataclasses import replace

from bot.asking import ask, shown
from bot.corrections import stale
from bot.flow import EDITS, Answers, Scene, digress, go_on, left_out
from bot.guide import Open, ReadBack
from bot.leaning import agrees
from bot.model import Answer, Choice, Event, Part, Reply, Spot, Turn
from bot.plain import numbers_in

PIECE = "piece"  # our question: which message goes
NUMBER_WORDS = 4  # « le 2 », « enlevez le numéro 2 »; a longer text is something else


def remove_piece(scene: Scene) -> Turn:
    """« Enlever un message »: of the text that is written, read back, or was the last one given."""
    spot = _nearest(scene)
    return digress(scene, "piece.none") if spot is None else _which(scene, spot)


def remove(scene: Scene, name: str) -> Turn:
    """From a read-back, one message of one of the texts it reads."""
    at = scene.talk.at
    step = scene.guide.step(at) if at else None
    spot = Spot(name, at.round if at else 0)
    if not isinstance(step, ReadBack) or name not in step.of or not _parts(scene, spot):
        return digress(scene, "stale")
    return _which(scene, spot)


def _which(scene: Scene, spot: Spot) -> Turn:
    answer = scene.talk.answers[spot]
    lines = [
        f"{number}. {shown(replace(answer, parts=(part,)))}"
        for number, part in enumerate(answer.parts, 1)
    ]
    choices = [Choice(str(n), f"{spot}:!piece_{_mark(p)}") for n, p in enumerate(answer.parts, 1)]
    choices.append(Choice("@piece.no", f"?{PIECE}:{spot}:no"))
    key = "piece.which.edits" if scene.talk.channel in EDITS else "piece.which"
    asking = Reply(key, {"list": "\n".join(lines)}, spot, tuple(choices))
    return scene.with_(pending=f"{PIECE}:{spot}").turn(asking)


def typed(scene: Scene, pending: str) -> Turn | None:
    """A number typed where we ask which message goes; None when it is something else."""
    spot = Spot.parse(pending.removeprefix(f"{PIECE}:"))
    parts = _parts(scene, spot)
    numbers = numbers_in(scene.heard.text)
    few = len(scene.heard.text.split()) <= NUMBER_WORDS
    if parts and (agrees(scene.heard) or (few and numbers)):
        if len(numbers) == 1 and 1 <= numbers[0] <= len(parts):
            return take_out(scene, spot, _mark(parts[numbers[0] - 1]))
        return _which(scene, spot)
    return None


def take_out(scene: Scene, spot: Spot, mark: str) -> Turn:
    """The text without the message of this mark; a message already gone changes nothing."""
    scene = scene.at_ease()
    guide, talk, parts = scene.guide, scene.talk, _parts(scene, spot)
    left = tuple(part for part in parts if _mark(part) != mark)
    if len(left) == len(parts):
        return stale(scene, spot)
    answer = replace(talk.answers[spot], parts=left)
    answers = Answers(guide, talk.answers).put(spot, answer)
    if not left:
        del answers[spot]
    moved, events = scene.with_(answers=answers, astray=0), (Event("corrected", spot),)
    if talk.at == spot and left and answer.draft:
        begun = {"before": shown(answer)}
        return moved.turn(
            Reply("piece.left", begun, spot, ask(guide, moved.talk).choices), events=events
        )
    turn = go_on(moved, left_out(scene))
    return replace(
        turn, replies=(Reply("piece.gone"), *turn.replies), events=(*events, *turn.events)
    )


def _nearest(scene: Scene) -> Spot | None:
    """The text that « un message » is about."""
    guide, talk = scene.guide, scene.talk
    at, path = talk.at, guide.path(talk.answers)
    near = [at] if at else []
    if at and isinstance(step := guide.step(at), ReadBack):
        near = sorted(
            (Spot(name, at.round) for name in step.of), key=lambda one: -len(_parts(scene, one))
        )
    return next((spot for spot in (*near, *reversed(path)) if _parts(scene, spot)), None)


def _parts(scene: Scene, spot: Spot) -> tuple[Part, ...]:
    if spot.step not in scene.guide.steps or not isinstance(scene.guide.step(spot), Open):
        return ()
    answer: Answer | None = scene.talk.answers.get(spot)
    return answer.parts if answer else ()


def _mark(part: Part) -> str:
    """Short enough for a button, and the same whatever was taken out before."""
    return f"{zlib.crc32(part.message.encode()):08x}"
