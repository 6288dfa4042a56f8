"""Going back to an answer: by its number, from a read-back, by an edited message, by a button."""

from __future__ import annotations

from dataclasses import replace

from bot.answers import read
from bot.asking import (
    answered_spots,
    ask,
    asked,
    is_begun,
    is_given,
    listed,
    named,
    shown,
    takes_more,
)
from bot.flow import (
    EDITS,
    Answers,
    Scene,
    consented,
    digress,
    go_on,
    left_out,
)
from bot.guide import Open, ReadBack
from bot.keeping import beside, noted, withdrawn
from bot.model import Answer, Choice, Conversation, Event, Refusal, Reply, Spot, Turn
from bot.plain import fold
from bot.third_parties import LATER, part_of, undecided

CORRECT = "correct.go"


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


def correct_named(scene: Scene) -> Turn | None:
    """« Département », typed where we ask which answer to change; None for two, or none."""
    said = f" {fold(scene.heard.text)} "
    spots = [
        spot
        for spot in answered_spots(scene.guide, scene.talk.answers)
        if f" {fold(named(scene.guide.step(spot)))} " in said
    ]
    return correct_at(scene, spots[0]) if len(spots) == 1 else None


def correct_at(scene: Scene, spot: Spot) -> Turn:
    if spot not in answered_spots(scene.guide, scene.talk.answers):
        return stale(scene, spot)
    turn = ask_again_at(scene, spot, CORRECT)
    return replace(turn, events=(Event("correcting", spot),))


def change(scene: Scene, name: str) -> Turn:
    """From a read-back, to one of the answers it reads."""
    at = scene.talk.at
    step = scene.guide.step(at) if at else None
    if at is None or not isinstance(step, ReadBack) or name not in step.of:
        return digress(scene, "stale")
    return ask_again_at(scene, Spot(name, at.round), CORRECT)


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
    """An edited message corrects the answers it gave, wherever the conversation stands.

    `asked_something`: a question of ours waited; it is dropped, so the guide's is asked again.
    """
    guide, talk, heard = scene.guide, scene.talk, scene.heard
    given = [
        spot
        for spot, answer in talk.answers.items()
        if any(part.message == heard.edits for part in answer.parts)
    ]
    if not given:
        return digress(scene, "edit.unknown")
    filled = [spot for spot in given if talk.answers[spot].filled]
    main = next((spot for spot in given if spot not in filled), None)
    moved = scene.with_(answers={s: a for s, a in talk.answers.items() if s not in filled})
    if main is not None:
        answer = _edited(scene, main)
        if answer is None:
            return digress(scene, "edit.refused")
        moved = moved.with_(answers=Answers(guide, moved.talk.answers).put(main, answer))
    if consented(guide, talk) and not consented(guide, moved.talk):
        return withdrawn(scene.with_(at=main or scene.talk.at), moved.talk)
    again = replace(moved, heard=replace(heard, message=heard.edits or ""))
    again, found = beside(again, main or filled[0])
    if main is None and not found:
        return digress(scene, "edit.refused")
    moved = moved.with_(answers=again.talk.answers)
    also = (noted(moved, (main, *found) if main else found),) if found else ()
    replies = (Reply("edited", spot=main), *also)
    changed = [spot for spot in filled if not _same(talk, moved.talk, spot)]
    events = tuple(Event("corrected", spot) for spot in given if spot == main or spot in changed)
    events += tuple(Event("answered", spot) for spot in found if spot not in filled)
    return _after_edit(scene, moved, replies, events, asked_something=asked_something)


def _same(before: Conversation, after: Conversation, spot: Spot) -> bool:
    answer = after.answers.get(spot)
    return answer is not None and answer.values == before.answers[spot].values


def _edited(scene: Scene, spot: Spot) -> Answer | None:
    """The answer once its message is changed; None when the new words do not answer."""
    guide, talk, heard = scene.guide, scene.talk, scene.heard
    step, answer = guide.step(spot), talk.answers[spot]
    question = replace(asked(guide, replace(talk, at=None), spot), so_far=None)
    reading = read(question, replace(heard, choice=None))
    if isinstance(reading, Refusal):
        return None
    said = part_of(heard, step, heard.edits or "")
    typed = [p for p in answer.parts if p.message == heard.edits and not p.origin]
    parts = tuple(said if p in typed else p for p in answer.parts)
    if not typed:  # words added to a voice message
        parts = (*parts, said)
    if isinstance(step, Open):
        masking = answer.masking if said.masked is None else None
        return replace(answer, parts=parts, masking=masking)
    return replace(answer, values=reading.values, labels=reading.labels, parts=parts)


def _after_edit(
    scene: Scene,
    moved: Scene,
    replies: tuple[Reply, ...],
    events: tuple[Event, ...],
    *,
    asked_something: bool,
) -> Turn:
    """Where the person stood before, unless that question is answered now or is no more.

    First, of a text that names somebody, which version to keep.
    """
    guide, at = scene.guide, scene.talk.at
    answers = moved.talk.answers
    given = (
        spot for spot in scene.talk.answers if answers.get(spot) is not scene.talk.answers[spot]
    )
    for spot in given:
        if undecided(guide.step(spot), answers.get(spot)):
            moved = moved.with_(at=spot, astray=0)
            return moved.turn(*replies, ask(guide, moved.talk), events=events)
    reviewing = at is not None and isinstance(guide.step(at), ReadBack)
    answered = at is not None and at in answers and at not in scene.talk.answers
    if reviewing or answered or at not in guide.path(answers):
        turn = go_on(moved, left_out(scene))
        told = () if turn.conversation.at is None and at is None else turn.replies
        return replace(turn, replies=(*replies, *told), events=(*events, *turn.events))
    if asked_something:
        replies = (*replies, ask(guide, moved.talk))
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
    before = scene.talk.answers.get(spot)
    if key == CORRECT and before is not None and is_begun(before):  # else new words are added
        before = replace(before, draft=False)
        scene = scene.with_(answers={**scene.talk.answers, spot: before})
    moved = scene.with_(at=spot, astray=0)
    if before is not None and undecided(scene.guide.step(spot), before):
        later = replace(before, masking=LATER)  # new words are asked for, not a choice
        moved = moved.with_(answers={**scene.talk.answers, spot: later})
    if before is None or not is_given(before) or isinstance(scene.guide.step(spot), ReadBack):
        return moved.turn(Reply(f"{key}.bare", {}, spot), ask(scene.guide, moved.talk))
    step, simpler = scene.guide.step(spot), scene.talk.simpler
    if key == CORRECT and isinstance(step, Open) and scene.talk.channel in EDITS:
        key = f"{key}.edits"
    said = Reply(key, {"before": shown(before, step, simpler=simpler)}, spot)
    return moved.turn(said, ask(scene.guide, moved.talk))


def _numbered(scene: Scene, spots: tuple[Spot, ...]) -> str:
    lines = listed(scene.guide, scene.talk, spots)
    return "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
