"""Going back to an answer: by its number, from a read-back, by an edited message, by a button."""

from __future__ import annotations

from dataclasses import replace

from bot.answers import read
from bot.asking import answered_spots, ask, asked, is_given, listed, shown, takes_more
from bot.flow import Answers, Scene, consented, digress, go_on, left_out, withdrawn
from bot.guide import Open, ReadBack
from bot.model import Choice, Event, Part, Refusal, Reply, Spot, Turn


def my_answers(scene: Scene) -> Turn:
    spots = answered_spots(scene.guide, scene.talk.answers)
    if not spots:
        return _nothing_answered(scene)
    return digress(scene, "my_answers", {"list": _numbered(scene, spots)})


def _nothing_answered(scene: Scene) -> Turn:
    over = scene.talk.at is None and not consented(scene.guide, scene.talk)
    return digress(scene, "already_finished" if over else "my_answers.none")


def correct(scene: Scene) -> Turn:
    """« corriger 3 », or the list and the question « lequel ? »."""
    for entity in scene.heard.entities:
        if entity.kind == "number" and entity.value.isdigit():
            return correct_number(scene, int(entity.value))
    spots = answered_spots(scene.guide, scene.talk.answers)
    if not spots:
        return _nothing_answered(scene)
    return _which(scene, spots, "correct.which")


def _which(scene: Scene, spots: tuple[Spot, ...], key: str) -> Turn:
    choices = tuple(Choice(str(n + 1), f"{spot}:!correct") for n, spot in enumerate(spots))
    values = {"list": _numbered(scene, spots), "count": str(len(spots))}
    return scene.with_(pending="correct").turn(Reply(key, values, choices=choices))


def correct_number(scene: Scene, number: int) -> Turn:
    spots = answered_spots(scene.guide, scene.talk.answers)
    if not spots:
        return _nothing_answered(scene)
    if not 1 <= number <= len(spots):
        return _which(scene, spots, "correct.no_such")
    return correct_at(scene, spots[number - 1])


def correct_at(scene: Scene, spot: Spot) -> Turn:
    if spot not in answered_spots(scene.guide, scene.talk.answers):
        return stale(scene, spot)
    turn = ask_again_at(scene, spot, "correct.go")
    return replace(turn, events=(Event("correcting", spot),))


def change(scene: Scene, name: str) -> Turn:
    """From a read-back, to one of the answers it reads."""
    at = scene.talk.at
    step = scene.guide.step(at) if at else None
    if at is None or not isinstance(step, ReadBack) or name not in step.of:
        return digress(scene, "stale")
    return ask_again_at(scene, Spot(name, at.round), "correct.go")


def add(scene: Scene, name: str) -> Turn:
    """From a read-back, more words for one of the texts it reads."""
    guide, talk = scene.guide, scene.talk
    step = guide.step(talk.at) if talk.at else None
    spot = Spot(name, talk.at.round if talk.at else 0)
    if not isinstance(step, ReadBack) or name not in step.of or not takes_more(guide, talk, spot):
        return digress(scene, "stale")
    begun = replace(talk.answers[spot], draft=True)
    moved = scene.with_(at=spot, answers=Answers(guide, talk.answers).put(spot, begun), astray=0)
    question = ask(guide, moved.talk)
    return moved.turn(Reply("add.go", {}, spot, question.choices))


def edit(scene: Scene, *, asked_something: bool = False) -> Turn:
    """An edited message corrects the answer it belongs to, wherever the conversation stands.

    `asked_something`: a question of ours waited; it is dropped, so the guide's is asked again.
    """
    guide, talk, heard = scene.guide, scene.talk, scene.heard
    found = next(
        ((s, a) for s, a in talk.answers.items() if any(p.message == heard.edits for p in a.parts)),
        None,
    )
    if found is None:
        return digress(scene, "edit.unknown")
    spot, answer = found
    step = guide.step(spot)
    question = replace(asked(guide, talk, spot), so_far=None)
    reading = read(question, replace(heard, choice=None))
    if isinstance(reading, Refusal):
        return digress(scene, "edit.refused")
    language = heard.language if isinstance(step, Open) else None
    said = Part(heard.edits or "", heard.text, language)
    parts = tuple(said if p.message == heard.edits else p for p in answer.parts)
    if isinstance(step, Open):
        new = replace(answer, parts=parts)
    else:
        new = replace(answer, values=reading.values, labels=reading.labels, parts=parts)
    reviewing = talk.at is not None and isinstance(guide.step(talk.at), ReadBack)
    moved = scene.with_(answers=Answers(guide, talk.answers).put(spot, new))
    if consented(guide, talk) and not consented(guide, moved.talk):
        return withdrawn(scene)
    edited = Reply("edited", spot=spot)
    path = tuple(guide.path(moved.talk.answers))
    events = (Event("corrected", spot),)
    if reviewing or talk.at is None or talk.at not in path:
        turn = go_on(moved, left_out(scene))
        told = () if turn.conversation.at is None and talk.at is None else turn.replies
        return replace(turn, replies=(edited, *told), events=(*events, *turn.events))
    replies = (edited, ask(guide, moved.talk)) if asked_something else (edited,)
    return moved.turn(*replies, events=events)


def stale(scene: Scene, spot: Spot) -> Turn:
    """A button of an old screen: say so, and offer to change that old answer."""
    if spot.step in scene.guide.steps and spot in answered_spots(scene.guide, scene.talk.answers):
        return digress(
            scene, "stale.answered", spot=spot,
            choices=(Choice("@correct_this", f"{spot}:!correct"),),
        )  # fmt: skip
    return digress(scene, "stale")


def ask_again_at(scene: Scene, spot: Spot, key: str) -> Turn:
    moved = scene.with_(at=spot, astray=0)
    before = scene.talk.answers.get(spot)
    if before is None or not is_given(before) or isinstance(scene.guide.step(spot), ReadBack):
        return moved.turn(Reply(f"{key}.bare", {}, spot), ask(scene.guide, moved.talk))
    said = Reply(key, {"before": shown(before)}, spot)
    return moved.turn(said, ask(scene.guide, moved.talk))


def _numbered(scene: Scene, spots: tuple[Spot, ...]) -> str:
    lines = listed(scene.guide, scene.talk, spots)
    return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
